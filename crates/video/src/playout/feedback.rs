//! What the sender is told: which packets to send again, and when to begin anew.

use super::VideoPlayout;
use crate::losses::Asked;
use crate::references::{Chain, Next};
use crate::{KeyFrameNeed, Policy};
use core::time::Duration;
use moim_media::codec::VideoDecoder;
use moim_media::{Instant, SeqNo};

/// A stream that has brought nothing to decode for this long needs a key frame, whatever may still come.
const START_PATIENCE: Duration = Duration::from_millis(300);

impl<D: VideoDecoder> VideoPlayout<D> {
    /// The next sequence number to ask the sender for again, once per call; `None` when there is none now.
    ///
    /// `round_trip` is the time from asking to the answer. A packet is asked for only if it can come before the
    /// picture's latest useful time: under [`Policy::Freeze`] when it is to be shown, under [`Policy::Latency`]
    /// the greatest delay after the fastest packets; and when a whole key frame waits behind it, that one's time.
    /// Changes with every [`insert`](Self::insert), and at [`feedback_due`](Self::feedback_due).
    #[must_use]
    pub fn poll_retransmit(&mut self, now: Instant, round_trip: Duration) -> Option<SeqNo> {
        let (render_time, references) = (&self.render_time, &self.references);
        // Once the chain is torn, whatever may belong to a key frame is worth a longer wait.
        let in_time_only =
            self.policy == Policy::Freeze && references.chain() == Chain::Intact && !self.is_torn();
        let key = references.key_ahead();
        let key_due = key.and_then(|key| render_time.due(key.time));
        let asked = self.losses.poll(now, round_trip, |seq, time, asked| {
            let own = match asked {
                Asked::No if in_time_only => render_time.due(time),
                Asked::No => render_time.limit(time),
                // As long as the picture stands still, an answer is welcome however late it comes.
                Asked::Once(_) | Asked::Again(_) => None,
            };
            let before_key = key.filter(|key| seq < key.first).and(key_due);
            own.unwrap_or(Instant::MAX).min(before_key.unwrap_or(Instant::MAX))
        })?;
        self.stats.nacks += 1;
        Some(asked)
    }

    /// Whether to ask the sender for a key frame now, and why: when nothing can be decoded without one, because
    /// what is missing cannot be here in time. Repeated ever more rarely until one comes.
    ///
    /// Ask [`poll_retransmit`](Self::poll_retransmit) first: it finds out what can be repaired. Changes with every
    /// [`insert`](Self::insert) and [`poll_picture`](Self::poll_picture), and at
    /// [`feedback_due`](Self::feedback_due).
    #[must_use]
    pub fn poll_key_frame_request(&mut self, now: Instant, round_trip: Duration) -> Option<KeyFrameNeed> {
        let need = self.need(now, round_trip)?;
        if !self.requests.poll(now, round_trip) {
            return None;
        }
        self.stats.key_frame_requests += 1;
        Some(need)
    }

    /// When [`poll_retransmit`](Self::poll_retransmit) or
    /// [`poll_key_frame_request`](Self::poll_key_frame_request) may next have an answer.
    #[must_use]
    pub fn feedback_due(&self) -> Option<Instant> {
        let requests = self.requests.next_due();
        let broken = match self.references.chain() {
            Chain::Broken(KeyFrameNeed::Start, since) => Some((since + START_PATIENCE).max(requests)),
            Chain::Broken(..) => Some(requests),
            Chain::Intact => self.is_torn().then_some(requests),
        };
        let broken =
            broken.filter(|_| self.slots.newest().is_some() && self.references.key_ahead().is_none());
        broken.into_iter().chain(self.losses.next_due()).min()
    }

    fn need(&self, now: Instant, round_trip: Duration) -> Option<KeyFrameNeed> {
        let newest = self.slots.newest()?;
        if matches!(self.references.next(&self.slots), Some(Next::Restarts(_))) {
            return None;
        }
        match self.references.chain() {
            Chain::Broken(KeyFrameNeed::Start, since) => {
                let passed = now.since(since) >= START_PATIENCE;
                let in_vain = self.losses.any_lost(self.slots.floor())
                    || (!self.losses.any_hope() && self.slots.units_between(self.slots.floor(), newest) > 0);
                (passed || in_vain).then_some(KeyFrameNeed::Start)
            }
            Chain::Broken(need, _) => Some(need),
            Chain::Intact => {
                (self.is_torn() || self.is_doubtful(now, round_trip)).then_some(KeyFrameNeed::Loss)
            }
        }
    }

    /// Whether what is decodable ends in a hole that will not be filled in time.
    fn is_torn(&self) -> bool {
        self.references.key_ahead().is_none() && self.losses.any_lost(self.references.frontier())
    }

    /// Whether the picture will stand still until the next answer, after one has failed already: then a key frame
    /// is tried as well.
    fn is_doubtful(&self, now: Instant, round_trip: Duration) -> bool {
        let time = self.losses.first_doubtful(self.references.frontier());
        let due = time.and_then(|time| self.render_time.due(time));
        self.references.key_ahead().is_none() && due.is_some_and(|due| due < now + round_trip)
    }
}
