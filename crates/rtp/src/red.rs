//! Redundant data: earlier units in front of the present one (RFC 2198).
//!
//! A payload is a chain of *blocks*, oldest first; the last one, the *primary*, is what the packet would hold without
//! redundancy. Browsers send Opus that way (`red/48000/2`, `a=fmtp:63 111/111`), text always travelled so (RFC 4103),
//! and video has its ULPFEC packets as the only block of such payloads (RFC 5109, section 14.2).
//!
//! * [`Red::parse`] reads a payload: a forwarder takes the [`primary`](Red::primary) out for who cannot read the rest.
//! * [`recover`] gives each block the numbers of the packet it was the primary of, for a jitter buffer to fill a gap.
//! * [`RedSender`] keeps what was sent lately and puts it in front; [`write()`] is that without the keeping.
//!
//! The clock rate and the channels in `a=rtpmap` are those of the format inside: `red/48000/2` for Opus, `red/1000`
//! for text, `red/90000` for video.
//!
//! ```
//! use moim_media::{Seq, Timestamp};
//! use moim_rtp::red::{Numbering, RedSender, Unit, recover};
//! use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
//!
//! let [red, opus] = [63, 111].map(|number| PayloadType::new(number).unwrap());
//! let mut sender = RedSender::new(&[1], 400);
//! let mut datagram = [0; 1_200];
//! let mut send = |number: u16, sound: &[u8]| {
//!     let timestamp = Timestamp(u32::from(number) * 960);
//!     let mut payload = [0; 1_188];
//!     let len = sender.write(Unit { payload_type: opus, timestamp, data: sound }, &mut payload)?.len;
//!     let header = Header { marker: false, payload_type: red, seq: Seq(number), timestamp, ssrc: Ssrc(1) };
//!     PacketBuilder::new(header).write(&[&payload[..len]], &mut datagram)
//! };
//! send(7, b"lost on the way")?;
//! let len = send(8, b"arrives")?;
//!
//! let packet = Packet::parse(&datagram[..len])?;
//! let found: Vec<_> = recover(&packet, Numbering::Consecutive)?.map(|it| (it.seq, it.payload)).collect();
//! assert_eq!(found, [(Seq(7), &b"lost on the way"[..]), (Seq(8), b"arrives")]);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod parameters;
mod recovery;
mod sender;
#[cfg(test)]
mod tests;
mod writer;

pub use parameters::{Parameters, ParametersError};
pub use recovery::{Numbering, Recovered, recover};
pub use sender::RedSender;
pub use writer::{Unit, Written, write};

use crate::PayloadType;
use moim_media::Timestamp;

/// The name in `a=rtpmap`.
pub const ENCODING_NAME: &str = "red";
/// What follows the payload type in `a=rtpmap` where Opus is inside.
pub const OPUS_RTPMAP: &str = "red/48000/2";
/// The longest redundant block, in bytes. The primary may have any length.
pub const MAX_BLOCK: usize = 0x3ff;

/// Bytes of the header of a redundant block; that of the primary has one.
const HEADER: usize = 4;
/// Says that another header follows.
const FOLLOWED: u8 = 0x80;

/// A payload of redundant data, checked as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Red<'a> {
    headers: &'a [[u8; HEADER]],
    bodies: &'a [u8],
    primary: Block<'a>,
}

/// One block of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Which format the block has. Not every block needs to be of the same.
    pub payload_type: PayloadType,
    /// How far before the packet's timestamp the block's is; zero for the primary.
    pub offset: TimestampOffset,
    /// The block. It may be empty: then it only holds its place (RFC 4103, section 5.2).
    pub data: &'a [u8],
}

impl<'a> Red<'a> {
    /// Checks `payload` and views it as blocks. However many there are, this costs one pass over their headers.
    ///
    /// # Errors
    ///
    /// [`RedError`] when the blocks announced are not all there.
    pub fn parse(payload: &'a [u8]) -> Result<Self, RedError> {
        let actual = payload.len();
        let truncated = |needed| RedError::Truncated { needed, actual };
        let (chunks, _) = payload.as_chunks::<HEADER>();
        let redundant = chunks.iter().take_while(|[first, ..]| first & FOLLOWED != 0).count();
        let (headers, _) = chunks.split_at(redundant);
        let mut before = redundant * HEADER + 1;
        let (first, rest) = match payload.get(redundant * HEADER..).and_then(<[u8]>::split_first) {
            None => return Err(truncated(before)),
            // A whole header would have been a chunk.
            Some((first, _)) if first & FOLLOWED != 0 => return Err(truncated(before + HEADER)),
            Some(split) => split,
        };
        before += headers.iter().map(body_len).sum::<usize>();
        let Some((bodies, data)) = rest.split_at_checked(before - redundant * HEADER - 1) else {
            return Err(truncated(before));
        };
        let payload_type = PayloadType::of_byte(*first);
        Ok(Self { headers, bodies, primary: Block { payload_type, offset: TimestampOffset::ZERO, data } })
    }

    /// The block that the packet would hold without redundancy.
    #[must_use]
    pub const fn primary(&self) -> Block<'a> {
        self.primary
    }

    /// The blocks before the primary, as they stand: oldest first where the sender does as it should.
    pub fn redundant(&self) -> impl ExactSizeIterator<Item = Block<'a>> + Clone + use<'a> {
        let mut bodies = self.bodies;
        self.headers.iter().map(move |header| {
            // `parse` has summed the lengths.
            let (data, behind) = bodies.split_at_checked(body_len(header)).unwrap_or_default();
            bodies = behind;
            let [first, offset_high, offset_low, _] = *header;
            let offset = u16::from(offset_high) << 6 | u16::from(offset_low) >> 2;
            Block { payload_type: PayloadType::of_byte(first), offset: TimestampOffset(offset), data }
        })
    }

    /// All blocks, the primary last.
    pub fn blocks(&self) -> impl Iterator<Item = Block<'a>> + Clone + use<'a> {
        self.redundant().chain(core::iter::once(self.primary))
    }
}

fn body_len(&[_, _, high, low]: &[u8; HEADER]) -> usize {
    usize::from(u16::from_be_bytes([high & 0x03, low]))
}

/// How many ticks a block lies before the packet's timestamp: 14 bits, about a third of a second at 48 kHz.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimestampOffset(u16);

impl TimestampOffset {
    /// That of the primary.
    pub const ZERO: Self = Self(0);
    /// The furthest there is.
    pub const MAX: Self = Self(0x3fff);

    /// `None` above 16 383 ticks.
    #[must_use]
    pub const fn new(ticks: u16) -> Option<Self> {
        if ticks <= Self::MAX.0 { Some(Self(ticks)) } else { None }
    }

    /// From `block` to `packet`; `None` when that is too far, or the block is the later one.
    #[must_use]
    pub fn between(block: Timestamp, packet: Timestamp) -> Option<Self> {
        u16::try_from(packet.0.wrapping_sub(block.0)).ok().and_then(Self::new)
    }

    /// Ticks of the stream's clock.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The timestamp that lies this far before `packet`.
    #[must_use]
    pub const fn before(self, packet: Timestamp) -> Timestamp {
        Timestamp(packet.0.wrapping_sub(self.0 as u32))
    }
}

/// Why a payload is none of redundant data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedError {
    /// It ends inside a header, or before the primary block begins.
    #[error("the blocks before the primary need {needed} bytes, there are {actual}")]
    Truncated {
        /// Bytes needed at least, as far as could be read.
        needed: usize,
        /// Bytes there are.
        actual: usize,
    },
}
