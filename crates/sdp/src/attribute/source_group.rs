//! Sources that belong together: `a=ssrc-group` (RFC 5576, section 4.2).

use super::{AttributeError, Part, TypedAttribute, is_token, number, valid, word};
use core::fmt;
use core::str::FromStr;
use moim_rtp::Ssrc;

/// Sources, and what they have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceGroup {
    /// What it is.
    pub semantics: SourceSemantics,
    /// The sources, the original first.
    pub sources: Vec<Ssrc>,
}

/// What sources have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceSemantics {
    /// The second sends again what the first sent (RFC 5576, section 4.2).
    Fid,
    /// The last protects the others (RFC 5956, section 4.3).
    FecFr,
    /// Layers of one picture, from the smallest, as browsers name them.
    Sim,
    /// What is not known here.
    Other(String),
}

impl FromStr for SourceGroup {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let mut words = value.split_ascii_whitespace();
        let semantics = match word(&mut words, Part::Semantics)? {
            "FID" => SourceSemantics::Fid,
            "FEC-FR" => SourceSemantics::FecFr,
            "SIM" => SourceSemantics::Sim,
            other => {
                valid(is_token(other).then(|| SourceSemantics::Other(other.to_owned())), Part::Semantics)?
            }
        };
        let sources =
            words.map(|source| valid(number(source).map(Ssrc), Part::Ssrc)).collect::<Result<_, _>>()?;
        Ok(Self { semantics, sources })
    }
}

impl fmt::Display for SourceGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.semantics {
            SourceSemantics::Fid => "FID",
            SourceSemantics::FecFr => "FEC-FR",
            SourceSemantics::Sim => "SIM",
            SourceSemantics::Other(other) => other,
        })?;
        self.sources.iter().try_for_each(|source| write!(f, " {}", source.0))
    }
}

impl TypedAttribute for SourceGroup {
    const NAME: &'static str = "ssrc-group";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_keep_their_order() {
        for text in ["FID 1 2", "FEC-FR 3 4", "SIM 5 6 7", "DUP 8 9", "FID"] {
            assert_eq!(text.parse::<SourceGroup>().unwrap().to_string(), text);
        }
        assert_eq!("FID x".parse::<SourceGroup>(), Err(AttributeError::Invalid(Part::Ssrc)));
        assert_eq!("".parse::<SourceGroup>(), Err(AttributeError::Missing(Part::Semantics)));
    }
}
