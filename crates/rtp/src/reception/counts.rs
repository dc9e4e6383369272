//! Packets expected and received (RFC 3550, appendix A.3).

use super::{CONFIRMED, LATEST, MISORDERED, NEAR};
use crate::rtcp::{ExtendedSeq, FractionLost};
use moim_media::{MediaTime, SeqNo};

/// What is counted of a confirmed source.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    first: SeqNo,
    /// Where the cycle began in which counting did.
    cycle: u64,
    highest: SeqNo,
    newest: MediaTime,
    pub(super) received: u64,
    /// Expected and received when the last interval ended.
    before: (u64, u64),
}

impl Counts {
    /// Two packets were received: `seq` and, unnoticed by now, the one before.
    pub(super) fn new(seq: SeqNo, time: MediaTime) -> Self {
        let first = SeqNo::new(seq.get().saturating_sub(CONFIRMED - 1));
        let cycle = first.get() & !0xffff;
        Self { first, cycle, highest: seq, newest: time, received: CONFIRMED, before: (0, 0) }
    }

    pub(super) fn owns(&self, seq: SeqNo, time: MediaTime) -> bool {
        if seq >= self.highest {
            return seq.since(self.highest) <= NEAR;
        }
        // A packet may come again on request long after its place. What tells it from the first of a sender that
        // started afresh a little further back is that its time fits.
        let behind = self.highest.since(seq);
        behind <= MISORDERED || (behind <= NEAR && time <= self.newest && self.newest.since(time) <= LATEST)
    }

    /// Whether the packet is newer than all before.
    pub(super) fn count(&mut self, seq: SeqNo, time: MediaTime) -> bool {
        self.received += 1;
        self.first = self.first.min(seq);
        let newer = seq > self.highest;
        if newer {
            (self.highest, self.newest) = (seq, time);
        }
        newer
    }

    pub(super) fn expected(&self) -> u64 {
        self.highest.since(self.first) + 1
    }

    pub(super) fn lost(&self) -> i64 {
        signed_difference(self.expected(), self.received)
    }

    pub(super) fn heard_since_report(&self) -> bool {
        self.received > self.before.1
    }

    pub(super) fn end_interval(&mut self) -> FractionLost {
        let now = (self.expected(), self.received);
        let (expected, received) = (now.0.saturating_sub(self.before.0), now.1 - self.before.1);
        self.before = now;
        FractionLost::of(signed_difference(expected, received), expected)
    }

    pub(super) fn extended_highest(&self) -> ExtendedSeq {
        ExtendedSeq::from(SeqNo::new(self.highest.get() - self.cycle))
    }
}

fn signed_difference(a: u64, b: u64) -> i64 {
    i64::try_from(i128::from(a) - i128::from(b)).unwrap_or(i64::MAX)
}
