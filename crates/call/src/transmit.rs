//! A datagram on its way out.

use crate::Medium;

/// What a datagram carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// RTP.
    Media,
    /// RTCP.
    Report,
}

/// A datagram that was written into the caller's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Transmit {
    /// Its length.
    pub len: usize,
    /// What it carries: on two ports, media goes to the even one and reports to the next.
    pub kind: Kind,
    /// Of which stream, where voice and picture have ports of their own.
    pub medium: Medium,
}
