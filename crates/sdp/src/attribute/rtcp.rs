//! Where reports go when it is not the next port: `a=rtcp` (RFC 3605, section 2.1).

use super::{AttributeError, Part, TypedAttribute, number, valid, word};
use core::fmt;
use core::str::FromStr;
use sdp_types::Connection;

/// A port, and an address where it is not that of the media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rtcp {
    /// The port.
    pub port: u16,
    /// The address, if it is said.
    pub connection: Option<Connection>,
}

impl FromStr for Rtcp {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let mut words = value.split_ascii_whitespace();
        let port = valid(number(word(&mut words, Part::Port)?), Part::Port)?;
        let connection = match words.next() {
            None => None,
            Some(network) => {
                let (kind, address) = (word(&mut words, Part::Address)?, word(&mut words, Part::Address)?);
                Some(Connection {
                    nettype: network.into(),
                    addrtype: kind.into(),
                    connection_address: address.to_owned(),
                })
            }
        };
        Ok(Self { port, connection })
    }
}

impl fmt::Display for Rtcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.port)?;
        match &self.connection {
            Some(Connection { nettype, addrtype, connection_address }) => {
                write!(f, " {} {} {connection_address}", nettype.as_str(), addrtype.as_str())
            }
            None => Ok(()),
        }
    }
}

impl TypedAttribute for Rtcp {
    const NAME: &'static str = "rtcp";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_be_missing() {
        for text in ["5005", "9 IN IP4 0.0.0.0", "53020 IN IP6 2001:db8::1"] {
            assert_eq!(text.parse::<Rtcp>().unwrap().to_string(), text);
        }
        for (text, error) in [
            ("", AttributeError::Missing(Part::Port)),
            ("65536", AttributeError::Invalid(Part::Port)),
            ("9 IN IP4", AttributeError::Missing(Part::Address)),
        ] {
            assert_eq!(text.parse::<Rtcp>(), Err(error), "{text}");
        }
    }
}
