//! One attribute of a description (RFC 8866, section 5.13) as a value: each is read from what follows the colon, and
//! writes the same.

mod crypto;
mod direction;
mod extmap;
mod feedback;
mod fmtp;
mod group;
mod mid;
mod msid;
mod packet_time;
mod rid;
mod rtcp;
mod rtpmap;
mod setup;
mod simulcast;
mod source;
mod source_group;

pub use crypto::{Crypto, CryptoSuite, KeyAndSalt, KeyParameter, MasterKeyId, SessionParameter};
pub use direction::Direction;
pub use extmap::ExtMap;
pub use feedback::{Feedback, FeedbackFor, RtcpFb};
pub use fmtp::Fmtp;
pub use group::{Group, GroupSemantics};
pub use mid::Mid;
pub use msid::Msid;
pub use packet_time::{MaxPtime, Ptime};
pub use rid::{Restriction, Rid, RidDirection, RidId};
pub use rtcp::Rtcp;
pub use rtpmap::{Encoding, RtpMap};
pub use setup::Setup;
pub use simulcast::{Alternative, Simulcast, SimulcastStream, Start};
pub use source::SourceAttribute;
pub use source_group::{SourceGroup, SourceSemantics};

use core::fmt;
use core::str::FromStr;

/// A value that an attribute can have. [`FromStr`] reads what follows the colon, `Display` writes it; what is read
/// and written again is read as the same.
pub trait TypedAttribute: FromStr<Err = AttributeError> + fmt::Display {
    /// The attribute's name, before the colon.
    const NAME: &'static str;

    /// As the line of a description.
    fn to_attribute(&self) -> sdp_types::Attribute {
        sdp_types::Attribute::with_value(Self::NAME, self)
    }
}

/// Why an attribute cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttributeError {
    /// It ends too early.
    #[error("there is no {0}")]
    Missing(Part),
    /// Something in it is not what belongs there, or is out of range.
    #[error("the {0} makes no sense")]
    Invalid(Part),
}

/// A part of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of the standards")]
#[non_exhaustive]
pub enum Part {
    Address,
    ClockRate,
    Channels,
    CryptoSuite,
    Direction,
    EncodingName,
    ExtensionId,
    Feedback,
    Format,
    Interval,
    Key,
    Lifetime,
    MasterKeyId,
    Mid,
    Name,
    PacketTime,
    PayloadType,
    Port,
    Restriction,
    RidId,
    Role,
    Semantics,
    Ssrc,
    StreamId,
    Tag,
    Uri,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "address",
            Self::ClockRate => "clock rate",
            Self::Channels => "number of channels",
            Self::CryptoSuite => "crypto suite",
            Self::Direction => "direction",
            Self::EncodingName => "encoding name",
            Self::ExtensionId => "number of the extension",
            Self::Feedback => "feedback",
            Self::Format => "format",
            Self::Interval => "interval",
            Self::Key => "key",
            Self::Lifetime => "lifetime of the key",
            Self::MasterKeyId => "identifier of the key",
            Self::Mid => "identifier of the section",
            Self::Name => "name",
            Self::PacketTime => "packet time",
            Self::PayloadType => "payload type",
            Self::Port => "port",
            Self::Restriction => "restriction",
            Self::RidId => "identifier of the restriction",
            Self::Role => "role",
            Self::Semantics => "meaning of the group",
            Self::Ssrc => "source",
            Self::StreamId => "identifier of the stream",
            Self::Tag => "tag",
            Self::Uri => "name of the extension",
        })
    }
}

/// What could be read, or that this part could not.
fn valid<T>(value: Option<T>, part: Part) -> Result<T, AttributeError> {
    value.ok_or(AttributeError::Invalid(part))
}

/// The next word, or that this part is not there.
fn word<'a>(words: &mut impl Iterator<Item = &'a str>, part: Part) -> Result<&'a str, AttributeError> {
    words.next().ok_or(AttributeError::Missing(part))
}

/// The first word and what follows the space behind it, which may be nothing.
fn first_word(text: &str, part: Part) -> Result<(&str, &str), AttributeError> {
    let text = text.trim();
    match text.split_once(|byte: char| byte.is_ascii_whitespace()) {
        Some((word, rest)) => Ok((word, rest.trim_start())),
        None if text.is_empty() => Err(AttributeError::Missing(part)),
        None => Ok((text, "")),
    }
}

/// What is left of the words, one space between them; `None` when nothing is.
fn rest<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let rest = words.collect::<Vec<_>>().join(" ");
    (!rest.is_empty()).then_some(rest)
}

/// A payload type in decimal.
pub(crate) fn payload_type(word: &str) -> Result<moim_rtp::PayloadType, AttributeError> {
    valid(number(word).and_then(moim_rtp::PayloadType::new), Part::PayloadType)
}

/// A number in decimal: digits only, no sign.
fn number<T: FromStr>(word: &str) -> Option<T> {
    word.bytes().all(|digit| digit.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

/// Whether it is a token (RFC 8866, section 9).
fn is_token(word: &str) -> bool {
    let is_token_char = |byte: u8| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]".contains(&byte);
    !word.is_empty() && word.bytes().all(is_token_char)
}

/// Writes the items with `separator` between them.
fn separated<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    items: impl IntoIterator<Item = T>,
    separator: char,
) -> fmt::Result {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            write!(f, "{separator}")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_no_sign_and_a_token_no_separator() {
        assert_eq!(number::<u8>("255"), Some(255));
        assert_eq!((number::<u8>("+1"), number::<u8>("256"), number::<u8>("")), (None, None, None));
        assert!(is_token("a-b_c.d!") && !is_token("a b") && !is_token("a:b") && !is_token("é"));
    }

    #[test]
    fn an_attribute_becomes_a_line() {
        let mid: Mid = "audio".parse().unwrap();
        assert_eq!(mid.to_attribute(), sdp_types::Attribute::with_value("mid", "audio"));
        assert_eq!(AttributeError::Missing(Part::Uri).to_string(), "there is no name of the extension");
    }
}
