//! What the blocks may be, in `a=fmtp` (RFC 2198, section 5).

use crate::PayloadType;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

/// The format parameters of redundant data: which payload types the blocks may have, the primary's first, as
/// `111/111` or `98/98/98`. One more is written than there are blocks in front.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// The payload types in order; none when the description does not say.
    pub payload_types: Vec<PayloadType>,
}

impl Parameters {
    /// One format, repeated `generations` times in front of itself.
    #[must_use]
    pub fn of(payload_type: PayloadType, generations: u8) -> Self {
        Self { payload_types: alloc::vec![payload_type; 1 + usize::from(generations)] }
    }

    /// The format of the primary.
    #[must_use]
    pub fn primary(&self) -> Option<PayloadType> {
        self.payload_types.first().copied()
    }
}

impl FromStr for Parameters {
    type Err = ParametersError;

    /// Reads what follows the payload type in `a=fmtp`.
    fn from_str(fmtp: &str) -> Result<Self, Self::Err> {
        let number = |part: &str| part.trim().parse().ok().and_then(PayloadType::new).ok_or(ParametersError);
        let payload_types = fmtp.split('/').map(number).collect::<Result<_, _>>()?;
        Ok(Self { payload_types })
    }
}

impl fmt::Display for Parameters {
    /// As it follows the payload type in `a=fmtp`; nothing at all when nothing is said, and then the line is to be left
    /// out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for payload_type in &self.payload_types {
            write!(f, "{separator}{}", payload_type.get())?;
            separator = "/";
        }
        Ok(())
    }
}

/// The blocks are said to have formats that are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the formats of the blocks are not payload types with slashes between")]
pub struct ParametersError;

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn what_browsers_and_text_phones_write_is_read_and_written_the_same() {
        for (fmtp, number, generations) in [("111/111", 111, 1), ("98/98/98", 98, 2), ("0", 0, 0)] {
            let expected = Parameters::of(PayloadType::new(number).unwrap(), generations);
            assert_eq!(fmtp.parse(), Ok(expected.clone()));
            assert_eq!(expected.to_string(), fmtp);
            assert_eq!(expected.primary().map(PayloadType::get), Some(number));
        }
        assert_eq!(" 5 / 0 ".parse::<Parameters>().unwrap().to_string(), "5/0");
        assert_eq!(Parameters::default().to_string(), "");
    }

    #[test]
    fn what_is_no_payload_type_is_refused() {
        for fmtp in ["", "111/", "111/128", "111;111", "a/b", "-1", "111//111"] {
            assert_eq!(fmtp.parse::<Parameters>(), Err(ParametersError), "{fmtp}");
        }
    }
}
