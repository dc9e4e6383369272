//! What is said of one source: `a=ssrc` (RFC 5576, section 4.1).

use super::{AttributeError, Part, TypedAttribute, first_word, is_token, number, valid};
use core::fmt;
use core::str::FromStr;
use moim_rtp::Ssrc;

/// An attribute of a source, as `cname`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceAttribute {
    /// The source.
    pub ssrc: Ssrc,
    /// The attribute's name.
    pub name: String,
    /// Its value, if it has one.
    pub value: Option<String>,
}

impl FromStr for SourceAttribute {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let (ssrc, attribute) = first_word(value, Part::Ssrc)?;
        let ssrc = Ssrc(valid(number(ssrc), Part::Ssrc)?);
        let (name, value) = match attribute.split_once(':') {
            Some((name, value)) => (name, Some(value.trim().to_owned())),
            None => (attribute, None),
        };
        if name.is_empty() {
            return Err(AttributeError::Missing(Part::Name));
        }
        Ok(Self { ssrc, name: valid(is_token(name).then(|| name.to_owned()), Part::Name)?, value })
    }
}

impl fmt::Display for SourceAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.ssrc.0, self.name)?;
        match &self.value {
            Some(value) => write!(f, ":{value}"),
            None => Ok(()),
        }
    }
}

impl TypedAttribute for SourceAttribute {
    const NAME: &'static str = "ssrc";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_may_hold_anything_and_may_be_missing() {
        for text in ["1 cname:a b:c", "4294967295 msid:- {5a}", "7 recvonly", "7 x:"] {
            assert_eq!(text.parse::<SourceAttribute>().unwrap().to_string(), text);
        }
        for (text, error) in [
            ("", AttributeError::Missing(Part::Ssrc)),
            ("4294967296 cname:x", AttributeError::Invalid(Part::Ssrc)),
            ("1", AttributeError::Missing(Part::Name)),
            ("1 :x", AttributeError::Missing(Part::Name)),
            ("1 a b:x", AttributeError::Invalid(Part::Name)),
        ] {
            assert_eq!(text.parse::<SourceAttribute>(), Err(error), "{text}");
        }
    }
}
