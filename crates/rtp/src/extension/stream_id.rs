//! What a packet belongs to, by the names that signalling gives: the media description's (MID, RFC 9143, section 15),
//! the stream's within it (RID) and that of the stream it repairs (RFC 8852, section 3).
//!
//! Short texts, as source descriptions have them, in a header extension (RFC 7941). Senders repeat them until they
//! are sure that they were heard, not in every packet.

use super::{HeaderExtension, put};
use core::fmt;

/// The longest text: the length has one byte. The one-byte form carries 16.
const LONGEST: usize = 255;

/// The name of a media description, `a=mid`: 1 … 255 characters of a token (RFC 8866, section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mid<'a>(&'a str);

impl<'a> Mid<'a> {
    /// `None` when `name` is empty, too long or has other characters than a token.
    #[must_use]
    pub fn new(name: &'a str) -> Option<Self> {
        Self::of_bytes(name.as_bytes())
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    fn of_bytes(name: &'a [u8]) -> Option<Self> {
        let token = |byte: &u8| byte.is_ascii_graphic() && !br#""(),/:;<=>?@[\]"#.contains(byte);
        text(name, token).map(Self)
    }
}

/// The name of a stream among those of its media description, `a=rid`: 1 … 255 letters, digits, `-` and `_`.
///
/// RFC 8851 (section 10) allows the last two, RFC 8852 (section 3) does not: do not choose such names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rid<'a>(&'a str);

impl<'a> Rid<'a> {
    /// `None` when `name` is empty, too long or has other characters.
    #[must_use]
    pub fn new(name: &'a str) -> Option<Self> {
        Self::of_bytes(name.as_bytes())
    }

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    fn of_bytes(name: &'a [u8]) -> Option<Self> {
        text(name, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).map(Self)
    }
}

/// The name of the stream that a stream of redundancy, such as retransmissions, repairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepairedRid<'a>(pub Rid<'a>);

fn text(bytes: &[u8], allowed: impl Fn(&u8) -> bool) -> Option<&str> {
    let fits = (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(allowed);
    core::str::from_utf8(bytes).ok().filter(|_| fits)
}

/// `value` before the zeros by which some fill up a text rewritten in place.
fn unpadded(value: &[u8]) -> &[u8] {
    let len = value.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    value.get(..len).unwrap_or_default()
}

impl<'a> HeaderExtension<'a> for Mid<'a> {
    const URI: &'static str = "urn:ietf:params:rtp-hdrext:sdes:mid";

    #[inline]
    fn read(value: &'a [u8]) -> Option<Self> {
        Self::of_bytes(unpadded(value))
    }

    #[inline]
    fn value_len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        put(self.0.as_bytes(), into)
    }
}

impl<'a> HeaderExtension<'a> for Rid<'a> {
    const URI: &'static str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";

    #[inline]
    fn read(value: &'a [u8]) -> Option<Self> {
        Self::of_bytes(unpadded(value))
    }

    #[inline]
    fn value_len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        put(self.0.as_bytes(), into)
    }
}

impl<'a> HeaderExtension<'a> for RepairedRid<'a> {
    const URI: &'static str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

    #[inline]
    fn read(value: &'a [u8]) -> Option<Self> {
        Rid::read(value).map(Self)
    }

    #[inline]
    fn value_len(&self) -> usize {
        self.0.value_len()
    }

    #[inline]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        self.0.write(into)
    }
}

impl fmt::Display for Mid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Rid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    #[test]
    fn names_are_read_and_written_as_they_are() {
        let mut into = [0; 8];
        let mid = Mid::new("audio-0").unwrap();
        assert_eq!(mid.write(&mut into), Some(7));
        assert_eq!((&into[..7], Mid::read(&into[..7])), (&b"audio-0"[..], Some(mid)));
        assert_eq!(mid.write(&mut into[..6]), None);
        let repaired = RepairedRid(Rid::new("hi").unwrap());
        assert_eq!((repaired.write(&mut into), &into[..2]), (Some(2), &b"hi"[..]));
        assert_eq!(RepairedRid::read(b"hi"), Some(repaired));
        assert_eq!((mid.as_str(), repaired.0.as_str()), ("audio-0", "hi"));
    }

    #[test]
    fn zeros_behind_a_name_are_not_of_it() {
        assert_eq!(Mid::read(b"0\0\0"), Mid::new("0"));
        assert_eq!(Rid::read(b"q\0"), Rid::new("q"));
        assert_eq!((Mid::read(b"\0"), Mid::read(b"0\x001")), (None, None));
    }

    #[test]
    fn each_kind_has_its_alphabet() {
        let tokens: String =
            (0..=255_u8).map(char::from).filter(|&c| Mid::new(&String::from(c)).is_some()).collect();
        let expected = "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~";
        assert_eq!(tokens, expected);
        let rids: String =
            (0..=255_u8).map(char::from).filter(|&c| Rid::new(&String::from(c)).is_some()).collect();
        assert_eq!(rids, "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
    }

    #[test]
    fn a_name_has_1_to_255_characters() {
        let long = "m".repeat(256);
        for len in [1, 16, 255] {
            assert!(Mid::new(&long[..len]).is_some() && Rid::new(&long[..len]).is_some());
        }
        for len in [0, 256] {
            assert!(Mid::new(&long[..len]).is_none() && Rid::new(&long[..len]).is_none());
        }
    }
}
