//! A packet far ahead of all others: one is no proof.

use moim_media::SeqNo;

/// The probation of RFC 3550, appendix A.1, for a packet that is near enough to belong to the stream, and so far ahead that
/// all that waits, and all that comes before it, would make way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Leap {
    suspect: Option<SeqNo>,
}

impl Leap {
    /// Whether `seq`, with room for `capacity` packets and `newest` the newest so far, is to be believed: it is no leap, or
    /// another packet leapt there right before it.
    pub(super) fn is_believed(&mut self, seq: SeqNo, newest: Option<SeqNo>, capacity: u64) -> bool {
        if newest.is_none_or(|newest| seq.since(newest) < capacity) {
            self.suspect = None;
            return true;
        }
        let before = self.suspect.replace(seq);
        before.is_some_and(|before| before != seq && before.get().abs_diff(seq.get()) < capacity)
    }
}
