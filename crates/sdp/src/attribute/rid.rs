//! One of several encodings of a picture: `a=rid` (RFC 8851, section 4).

use super::{AttributeError, Part, TypedAttribute, first_word, is_token, payload_type, separated, valid};
use core::fmt;
use core::str::FromStr;
use moim_rtp::PayloadType;

/// A stream by its name, with what it is restricted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rid {
    /// The name, which packets carry in the extension of that name.
    pub id: RidId,
    /// Who sends it, as seen by who writes this.
    pub direction: RidDirection,
    /// The payload types it may have, each once; none for any of the section.
    pub payload_types: Vec<PayloadType>,
    /// The rest, as `max-width=640`.
    pub restrictions: Vec<Restriction>,
}

/// The name of a stream: letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RidId(String);

/// Who sends a stream, as seen by who writes the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RidDirection {
    /// He does.
    Send,
    /// The other does.
    Recv,
}

/// What a stream is restricted to (RFC 8851, section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// Of what, as `max-fps`.
    pub name: String,
    /// To what, if that is said.
    pub value: Option<String>,
}

impl RidId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RidDirection {
    /// The same as seen by the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Send => Self::Recv,
            Self::Recv => Self::Send,
        }
    }
}

impl FromStr for RidId {
    type Err = AttributeError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_name = !name.is_empty() && name.bytes().all(allowed);
        valid(is_name.then(|| Self(name.to_owned())), Part::RidId)
    }
}

impl fmt::Display for RidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Restriction {
    type Err = AttributeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().to_owned())),
            None => (text.trim(), None),
        };
        valid(is_token(name).then(|| Self { name: name.to_owned(), value }), Part::Restriction)
    }
}

impl fmt::Display for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl FromStr for Rid {
    type Err = AttributeError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        let (id, rest) = first_word(value, Part::RidId)?;
        let id = id.parse()?;
        let (direction, restrictions) = first_word(rest, Part::Direction)?;
        let direction = match direction {
            "send" => RidDirection::Send,
            "recv" => RidDirection::Recv,
            _ => return Err(AttributeError::Invalid(Part::Direction)),
        };
        let mut rid = Self { id, direction, payload_types: Vec::new(), restrictions: Vec::new() };
        for text in restrictions.split(';').filter(|text| !text.trim().is_empty()) {
            let restriction: Restriction = text.parse()?;
            match (restriction.name.as_str(), &restriction.value) {
                ("pt", Some(list)) => {
                    for one in list.split(',') {
                        let one = payload_type(one.trim())?;
                        if !rid.payload_types.contains(&one) {
                            rid.payload_types.push(one);
                        }
                    }
                }
                _ => rid.restrictions.push(restriction),
            }
        }
        Ok(rid)
    }
}

impl fmt::Display for Rid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            RidDirection::Send => "send",
            RidDirection::Recv => "recv",
        };
        write!(f, "{} {direction}", self.id)?;
        let mut separator = ' ';
        if !self.payload_types.is_empty() {
            f.write_str(" pt=")?;
            separated(f, self.payload_types.iter().map(|payload_type| payload_type.get()), ',')?;
            separator = ';';
        }
        for restriction in &self.restrictions {
            write!(f, "{separator}{restriction}")?;
            separator = ';';
        }
        Ok(())
    }
}

impl TypedAttribute for Rid {
    const NAME: &'static str = "rid";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_types_come_first_and_the_rest_as_it_is() {
        for text in
            ["1 send", "hi recv pt=97,98;max-width=1280;max-fps=30", "a-b_ send max-br=64000;depend=1"]
        {
            assert_eq!(text.parse::<Rid>().unwrap().to_string(), text);
        }
        let late: Rid = "q send max-fps=15; pt=96".parse().unwrap();
        assert_eq!(late.to_string(), "q send pt=96;max-fps=15");
        let twice: Rid = "q send pt=96,97,96;pt=97".parse().unwrap();
        assert_eq!(twice.to_string(), "q send pt=96,97");
    }

    #[test]
    fn nonsense_is_named() {
        for (text, error) in [
            ("", AttributeError::Missing(Part::RidId)),
            ("a.b send", AttributeError::Invalid(Part::RidId)),
            ("1", AttributeError::Missing(Part::Direction)),
            ("1 sendonly", AttributeError::Invalid(Part::Direction)),
            ("1 send pt=200", AttributeError::Invalid(Part::PayloadType)),
            ("1 send =3", AttributeError::Invalid(Part::Restriction)),
        ] {
            assert_eq!(text.parse::<Rid>(), Err(error), "{text}");
        }
    }
}
