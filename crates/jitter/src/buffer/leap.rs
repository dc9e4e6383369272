//! Packets of the stream, but as far from all others as the buffer is long: one is no proof.

use core::time::Duration;
use moim_media::transit::Belongs;
use moim_media::{Instant, SeqNo};

/// When nothing but what a leap left behind has come for so long, it was the leap that did not belong.
const ALONE: Duration = Duration::from_secs(1);

/// The probation of RFC 3550, appendix A.1, for a packet that is near enough to continue the stream, and so far ahead that
/// all that waits, and all that comes before it, would make way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Leap {
    /// The last packet, if it leapt and was not believed.
    suspect: Option<SeqNo>,
    /// Since when all that came had been left behind.
    behind_since: Option<Instant>,
}

impl Leap {
    /// What the packet `seq` is, which came at `now`, beside the newest so far in a buffer of `capacity` packets.
    pub(super) fn judge(
        &mut self,
        now: Instant,
        seq: SeqNo,
        newest: Option<SeqNo>,
        capacity: u64,
    ) -> Belongs {
        if seq.next() == seq {
            // Nothing can come after the last number there is.
            return Belongs::Unclear;
        }
        let distance = newest.map_or(0, |newest| newest.get().abs_diff(seq.get()));
        if distance < capacity {
            *self = Self::default();
            return Belongs::Here;
        }
        if newest > Some(seq) {
            let since = *self.behind_since.get_or_insert(now);
            return if now.since(since) < ALONE { Belongs::Here } else { Belongs::Elsewhere };
        }
        let before = self.suspect.replace(seq);
        if before.is_none_or(|before| before == seq || before.get().abs_diff(seq.get()) >= capacity) {
            return Belongs::Unclear;
        }
        *self = Self::default();
        Belongs::Here
    }
}
