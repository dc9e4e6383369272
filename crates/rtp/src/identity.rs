//! Who sends, and what: the names a packet carries (RFC 3550, section 5.1).

use core::fmt;

/// A synchronization source: one stream of one sender (RFC 3550, section 3).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ssrc(pub u32);

impl fmt::Debug for Ssrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// The number that says which format a payload has: 0 … 127, given its meaning by signalling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadType(u8);

impl PayloadType {
    /// `None` above 127.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < 128 { Some(Self(number)) } else { None }
    }

    /// The payload type in the low 7 bits of a header's second byte; the marker bit is ignored.
    #[must_use]
    pub(crate) const fn of_byte(byte: u8) -> Self {
        Self(byte & 0x7f)
    }

    /// The number, 0 … 127.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_type_has_seven_bits() {
        assert_eq!(PayloadType::new(127).map(PayloadType::get), Some(127));
        assert_eq!(PayloadType::new(128), None);
        assert_eq!(PayloadType::of_byte(0xe0).get(), 96);
    }
}
