//! Where playing has got to.

use crate::slots::Slot;
use core::time::Duration;
use moim_media::codec::Activity;
use moim_media::transit::Transit;
use moim_media::{Instant, MediaTime, SeqNo};

/// Where playing has got to.
#[derive(Clone, Debug)]
pub(super) enum Playing {
    /// Nowhere, and nothing waits.
    Idle {
        /// The first packet that has not been played.
        next: SeqNo,
    },
    /// Waiting until there is enough to begin with.
    Filling {
        /// The first packet that has not been played.
        next: SeqNo,
        /// The earliest packet so far.
        oldest: SeqNo,
        /// When to begin.
        due: Instant,
    },
    /// In the middle of the stream.
    At(Cursor),
}

/// The point in the stream up to which everything has been pulled.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    /// The next packet.
    pub(super) seq: SeqNo,
    /// The next sound.
    pub(super) time: MediaTime,
    /// The instant at which the caller plays it, minus its media time; in a silence, of the sound before it.
    pub(super) transit: Transit,
    /// What was pulled last marked a silence.
    pub(super) silent: bool,
    /// Where `transit` belongs, while something has pushed it up: an underrun, or a start.
    pub(super) belongs: Option<Transit>,
    /// How far beyond that late sound may push it up.
    pub(super) hold: Duration,
}

impl Playing {
    /// Before a stream: any packet may begin it.
    pub(super) const NOWHERE: Self = Self::Idle { next: SeqNo::new(0) };

    /// Whether the place of `seq` has been played.
    pub(super) fn is_past(&self, seq: SeqNo) -> bool {
        seq < match self {
            Self::Idle { next } | Self::Filling { next, .. } => *next,
            Self::At(cursor) => cursor.seq,
        }
    }

    /// The oldest packet that may still be played.
    pub(super) fn oldest(&self) -> Option<SeqNo> {
        match self {
            Self::Idle { .. } => None,
            Self::Filling { oldest, .. } => Some(*oldest),
            Self::At(cursor) => Some(cursor.seq),
        }
    }

    /// The transit of what was pulled last.
    pub(super) fn transit(&self) -> Option<Transit> {
        match self {
            Self::At(cursor) => Some(cursor.transit),
            Self::Idle { .. } | Self::Filling { .. } => None,
        }
    }

    /// A packet came at `now`, to wait `wait` if it is the first: begins to fill, or lets an even older packet be
    /// the first.
    pub(super) fn expect(&mut self, now: Instant, seq: SeqNo, wait: Duration) {
        match self {
            Self::At(_) => {}
            Self::Filling { oldest, .. } => *oldest = (*oldest).min(seq),
            Self::Idle { next } => *self = Self::Filling { next: *next, oldest: seq, due: now + wait },
        }
    }

    /// Everything before `seq`, which begins at `time`, is given up.
    pub(super) fn skip_to(&mut self, seq: SeqNo, time: MediaTime) {
        match self {
            Self::Idle { .. } => {}
            Self::Filling { oldest, .. } => *oldest = seq,
            Self::At(cursor) => {
                cursor.seq = seq;
                cursor.time = time;
            }
        }
    }

    /// The packet in `slot` has been pulled.
    pub(super) fn move_behind(&mut self, slot: &Slot) {
        let Self::At(cursor) = self else { return };
        cursor.seq = slot.seq.next();
        // A frame that lost its place to concealment does not bring that time back.
        cursor.time = cursor.time.max(slot.time + slot.info.duration);
        cursor.silent = slot.info.activity == Activity::Silent;
    }
}
