//! What every packet says, structure or not (section A.8.3).

use core::fmt;

/// A frame's number in the order of decoding: 16 bits that wrap. It has no order.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FrameNumber(pub u16);

impl FrameNumber {
    /// The number so many frames before this one.
    #[must_use]
    pub const fn back(self, frames: u16) -> Self {
        Self(self.0.wrapping_sub(frames))
    }
}

impl fmt::Debug for FrameNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The first three bytes, which stand for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MandatoryFields {
    /// Whether a frame begins with the packet.
    pub first_in_frame: bool,
    /// Whether a frame ends with it. Frames of further layers may follow at the same time.
    pub last_in_frame: bool,
    /// Which template the frame follows, 0 … 63.
    pub template_id: u8,
    /// Which frame the packet is of.
    pub frame: FrameNumber,
}

impl MandatoryFields {
    /// Reads them at the front of an element's value; `None` when that is shorter.
    #[must_use]
    pub const fn read(value: &[u8]) -> Option<Self> {
        let &[first, high, low, ..] = value else { return None };
        Some(Self {
            first_in_frame: first & 0x80 != 0,
            last_in_frame: first & 0x40 != 0,
            template_id: first & 0x3f,
            frame: FrameNumber(u16::from_be_bytes([high, low])),
        })
    }
}
