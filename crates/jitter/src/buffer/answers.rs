//! What the buffer answers: what became of a packet, and what is to be played next.

use core::time::Duration;
use moim_media::codec::PacketInfo;
use moim_media::{MediaTime, SeqNo};

/// What became of a packet that was inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Inserted {
    /// It waits for its turn.
    Accepted,
    /// It waits for its turn; everything before it belonged to a stream that is over.
    Restarted,
    /// It is here already, or was.
    Duplicate,
    /// Its place has been played, or given up for lack of room.
    Late,
    /// It does not fit the stream, or is so far ahead that all the buffer holds would make way. If the next one does not
    /// either, but fits this one, the sender has started afresh, or so much was lost.
    Suspect,
    /// Its payload is longer than the buffer takes.
    TooLong,
}

/// A packet on its way to the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its number.
    pub seq: SeqNo,
    /// Where its sound begins.
    pub time: MediaTime,
    /// What it holds.
    pub info: PacketInfo,
    /// The bytes for the decoder.
    pub payload: &'a [u8],
}

/// What is to be played next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Pulled<'a> {
    /// The next packet. It continues what was pulled before without a gap – also after an
    /// [`Underrun`](Self::Underrun), when it is the packet that was waited for – or opens a talk spurt.
    Packet(Packet<'a>),
    /// The next packet, but so late that playing it would keep the delay up. Decode it for the decoder's state,
    /// drop the sound and pull again.
    Overdue(Packet<'a>),
    /// Sound of this length is missing, and `from`, which stays in the buffer, carries a copy of it.
    Repairable {
        /// How much is missing.
        missing: Duration,
        /// A packet after the gap.
        from: Packet<'a>,
        /// Where in it.
        copy: Copied,
    },
    /// Sound of this length is missing and will not come any more: conceal it.
    Missing {
        /// How much of it to conceal before pulling again; at most one frame.
        missing: Duration,
    },
    /// The sender is silent: comfort noise of this length, then pull again.
    Silence {
        /// How long the silence lasts at least.
        lasting: Duration,
    },
    /// Nothing came yet, late or lost: conceal a little and pull again. Media time stands still.
    Underrun,
    /// There is no stream: it has not begun, or nothing came for so long that it is over.
    Idle,
}

/// How a packet carries sound that was lost before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// By in-band FEC: what is missing ends where the packet's own sound begins.
    InBand,
    /// By deep redundancy: what is missing begins this much before the packet's own sound.
    Deep {
        /// How much.
        offset: Duration,
    },
}
