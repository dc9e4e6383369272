//! The number of a header extension: `a=extmap` (RFC 8285, section 8).

use super::{AttributeError, Direction, Part, TypedAttribute, number, rest, valid, word};
use core::fmt;
use core::str::FromStr;
use moim_rtp::ExtensionId;

/// A header extension and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtMap {
    /// The number, which packets carry.
    pub id: ExtensionId,
    /// Who sends it, as seen by who writes this; both when nothing is said.
    pub direction: Option<Direction>,
    /// What it is.
    pub uri: String,
    /// What the extension wants to have said beyond that.
    pub attributes: Option<String>,
}

impl ExtMap {
    /// The extension `uri` as number `id`, both ways.
    #[must_use]
    pub fn new(id: ExtensionId, uri: &str) -> Self {
        Self { id, direction: None, uri: uri.to_owned(), attributes: None }
    }

    /// Who sends it, said or not.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction.unwrap_or_default()
    }
}

impl FromStr for ExtMap {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let mut words = value.split_ascii_whitespace();
        let mut numbered = word(&mut words, Part::ExtensionId)?.splitn(2, '/');
        let id = number(word(&mut numbered, Part::ExtensionId)?).and_then(ExtensionId::new);
        Ok(Self {
            id: valid(id, Part::ExtensionId)?,
            direction: numbered.next().map(str::parse).transpose()?,
            uri: word(&mut words, Part::Uri)?.to_owned(),
            attributes: rest(words),
        })
    }
}

impl fmt::Display for ExtMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id.get())?;
        if let Some(direction) = self.direction {
            write!(f, "/{direction}")?;
        }
        write!(f, " {}", self.uri)?;
        match &self.attributes {
            Some(attributes) => write!(f, " {attributes}"),
            None => Ok(()),
        }
    }
}

impl TypedAttribute for ExtMap {
    const NAME: &'static str = "extmap";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_direction_name_and_what_follows() {
        for text in [
            "1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level",
            "255/sendrecv URI-A long:off x",
        ] {
            assert_eq!(text.parse::<ExtMap>().unwrap().to_string(), text);
        }
        let level: ExtMap = "2/recvonly x".parse().unwrap();
        assert_eq!((level.id.get(), level.direction()), (2, Direction::RecvOnly));
    }

    #[test]
    fn nonsense_is_named() {
        for (text, error) in [
            ("", AttributeError::Missing(Part::ExtensionId)),
            ("0 x", AttributeError::Invalid(Part::ExtensionId)),
            ("4096 x", AttributeError::Invalid(Part::ExtensionId)),
            ("1/up x", AttributeError::Invalid(Part::Direction)),
            ("1", AttributeError::Missing(Part::Uri)),
        ] {
            assert_eq!(text.parse::<ExtMap>(), Err(error), "{text}");
        }
    }
}
