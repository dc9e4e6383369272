//! The name of a section: `a=mid` (RFC 5888, section 4).

use super::{AttributeError, Part, TypedAttribute, is_token, valid};
use core::fmt;
use core::str::FromStr;

/// By what groups, and packets in the extension of that name, say which section they mean: a token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mid(String);

impl Mid {
    /// The token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<usize> for Mid {
    /// As browsers name the section of this number, the first being 0.
    fn from(index: usize) -> Self {
        Self(index.to_string())
    }
}

impl FromStr for Mid {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let value = value.trim();
        valid(is_token(value).then(|| Self(value.to_owned())), Part::Mid)
    }
}

impl fmt::Display for Mid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TypedAttribute for Mid {
    const NAME: &'static str = "mid";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_token() {
        assert_eq!(" audio-1 ".parse::<Mid>().unwrap().as_str(), "audio-1");
        assert_eq!(Mid::from(3), "3".parse().unwrap());
        for nonsense in ["", "a b", "a:b"] {
            assert_eq!(nonsense.parse::<Mid>(), Err(AttributeError::Invalid(Part::Mid)));
        }
    }
}
