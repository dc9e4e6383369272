//! Which packets the blocks of a payload were the primaries of.

use super::{Block, Red, RedError};
use crate::{Packet, PayloadType};
use core::num::NonZeroU16;
use moim_media::{Seq, Timestamp};

/// How a redundant block is told to have been so many packets ago. The blocks themselves say only when they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// By its place: each block is of the packet before that of the next one. So it is for browsers, for text, and for
    /// a [`RedSender`](super::RedSender) with the distances 1, 2 … n; pauses of the stream do not matter.
    Consecutive,
    /// By its time: packets of the stream are so many ticks apart. For senders that leave packets between out, in
    /// streams that never pause. A block that lies between two packets is passed over.
    Spaced(NonZeroU16),
}

/// A block with the numbers of the packet it was the primary of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered<'a> {
    /// How many packets before this one; zero for the primary. Take it from the packet's unwrapped number.
    pub distance: u16,
    /// The number of that packet on the wire.
    pub seq: Seq,
    /// Its timestamp.
    pub timestamp: Timestamp,
    /// Which format it has.
    pub payload_type: PayloadType,
    /// Its payload.
    pub payload: &'a [u8],
}

/// The blocks of `packet` as the packets they were of, oldest first and the primary last.
///
/// A jitter buffer takes each of them as it would take that packet, and drops what it has already. Only the primary
/// counts as received: loss and jitter are of packets. Redundant blocks that are empty hold a place and are passed over.
///
/// # Errors
///
/// [`RedError`] when the payload is none of redundant data.
pub fn recover<'a>(
    packet: &Packet<'a>,
    numbering: Numbering,
) -> Result<impl Iterator<Item = Recovered<'a>> + use<'a>, RedError> {
    let red = Red::parse(packet.payload())?;
    let (seq, timestamp) = (packet.seq(), packet.timestamp());
    let of_packet = move |block: Block<'a>, distance| Recovered {
        distance,
        seq: Seq(seq.0.wrapping_sub(distance)),
        timestamp: block.offset.before(timestamp),
        payload_type: block.payload_type,
        payload: block.data,
    };
    let redundant = red.redundant();
    let left = redundant.len();
    let earlier = redundant.enumerate().filter_map(move |(place, block)| {
        let distance = match numbering {
            Numbering::Consecutive => u16::try_from(left - place).ok()?,
            Numbering::Spaced(ticks) if block.offset.get() % ticks == 0 => block.offset.get() / ticks,
            Numbering::Spaced(_) => return None,
        };
        (distance > 0 && !block.data.is_empty()).then(|| of_packet(block, distance))
    });
    Ok(earlier.chain(core::iter::once(of_packet(red.primary(), 0))))
}
