//! What is to be known of a payload type: `a=fmtp` (RFC 8866, section 6.15).

use super::{AttributeError, Part, TypedAttribute, first_word, payload_type};
use core::fmt;
use core::str::FromStr;
use moim_rtp::PayloadType;

/// A payload type and its parameters, as they are written. [`Parameters`](crate::Parameters) reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fmtp {
    /// The number.
    pub payload_type: PayloadType,
    /// What follows it.
    pub parameters: String,
}

impl FromStr for Fmtp {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let (number, parameters) = first_word(value, Part::PayloadType)?;
        Ok(Self { payload_type: payload_type(number)?, parameters: parameters.to_owned() })
    }
}

impl fmt::Display for Fmtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.payload_type.get(), self.parameters)
    }
}

impl TypedAttribute for Fmtp {
    const NAME: &'static str = "fmtp";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_stay_as_they_are() {
        for text in ["111 minptime=10;useinbandfec=1", "101 0-16", "63 111/111", "96 a b; c = d"] {
            assert_eq!(text.parse::<Fmtp>().unwrap().to_string(), text);
        }
        assert_eq!("96".parse::<Fmtp>().unwrap().parameters, "");
        assert_eq!("opus x=1".parse::<Fmtp>(), Err(AttributeError::Invalid(Part::PayloadType)));
    }
}
