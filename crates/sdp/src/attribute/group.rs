//! Sections that belong together: `a=group` (RFC 5888, section 5).

use super::{AttributeError, Mid, Part, TypedAttribute, valid, word};
use core::fmt;
use core::str::FromStr;

/// Sections, and what they have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it is.
    pub semantics: GroupSemantics,
    /// The sections, in the order in which they were written.
    pub mids: Vec<Mid>,
}

/// What sections have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum GroupSemantics {
    /// They share a transport, that of the first (RFC 9143).
    Bundle,
    /// They are to be presented together (RFC 5888, section 7).
    LipSync,
    /// What is not known here.
    Other(String),
}

impl FromStr for Group {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let mut words = value.split_ascii_whitespace();
        let semantics = match word(&mut words, Part::Semantics)? {
            "BUNDLE" => GroupSemantics::Bundle,
            "LS" => GroupSemantics::LipSync,
            other => valid(
                super::is_token(other).then(|| GroupSemantics::Other(other.to_owned())),
                Part::Semantics,
            )?,
        };
        Ok(Self { semantics, mids: words.map(str::parse).collect::<Result<_, _>>()? })
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.semantics {
            GroupSemantics::Bundle => "BUNDLE",
            GroupSemantics::LipSync => "LS",
            GroupSemantics::Other(other) => other,
        })?;
        self.mids.iter().try_for_each(|mid| write!(f, " {mid}"))
    }
}

impl TypedAttribute for Group {
    const NAME: &'static str = "group";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_sections_keep_their_order_and_may_be_none() {
        for text in ["BUNDLE 1 0 audio", "LS a b", "BUNDLE", "DUP x"] {
            assert_eq!(text.parse::<Group>().unwrap().to_string(), text);
        }
        assert_eq!("".parse::<Group>(), Err(AttributeError::Missing(Part::Semantics)));
        assert_eq!("BUNDLE a:b".parse::<Group>(), Err(AttributeError::Invalid(Part::Mid)));
    }
}
