//! Numbers as they are on the wire, and the number they become.

use core::fmt;
use core::ops::Add;

/// A sequence number as RTP carries it: 16 bits that wrap (RFC 3550, section 5.1). It has no order.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Seq(pub u16);

/// A timestamp as RTP carries it: 32 bits that wrap (RFC 3550, section 5.1). It has no order.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Timestamp(pub u32);

/// A sequence number unwrapped to 64 bits: it has an order and never wraps.
///
/// [`Unwrap`](crate::Unwrap) makes it, once, where the packet enters.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeqNo(u64);

impl SeqNo {
    /// The packet with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Its low 16 bits, as they travel.
    #[must_use]
    pub const fn wire(self) -> Seq {
        Seq((self.0 & 0xffff) as u16)
    }

    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// How many numbers after `earlier` this one is, or zero when it is before.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<u64> for SeqNo {
    type Output = Self;

    fn add(self, count: u64) -> Self {
        Self(self.0.saturating_add(count))
    }
}

impl fmt::Debug for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "~{}", self.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "~{}", self.0)
    }
}

impl fmt::Debug for SeqNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
