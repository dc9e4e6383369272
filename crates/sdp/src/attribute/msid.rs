//! The streams that a section's sender counts it to: `a=msid` (RFC 8830, section 2).

use super::{AttributeError, Part, TypedAttribute, rest, word};
use core::fmt;
use core::str::FromStr;

/// A stream, and the track of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Msid {
    /// The stream; `-` for none.
    pub stream: String,
    /// What is left to the application, as a rule the track.
    pub track: Option<String>,
}

impl FromStr for Msid {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let mut words = value.split_ascii_whitespace();
        Ok(Self { stream: word(&mut words, Part::StreamId)?.to_owned(), track: rest(words) })
    }
}

impl fmt::Display for Msid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stream)?;
        match &self.track {
            Some(track) => write!(f, " {track}"),
            None => Ok(()),
        }
    }
}

impl TypedAttribute for Msid {
    const NAME: &'static str = "msid";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_may_be_missing_and_a_stream_may_not() {
        for text in ["- 5a4f", "stream track", "stream"] {
            assert_eq!(text.parse::<Msid>().unwrap().to_string(), text);
        }
        assert_eq!(" ".parse::<Msid>(), Err(AttributeError::Missing(Part::StreamId)));
    }
}
