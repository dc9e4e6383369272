//! What the sender is told: which packets to send again, and when to begin anew.

use super::VideoPlayout;
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
    /// `round_trip` is the time from asking to the answer. A packet is asked for only while it would come before
    /// the picture's latest useful time: under [`Policy::Freeze`] when it is to be shown, under [`Policy::Latency`]
    /// the greatest delay after the fastest packets; and when a whole key frame waits behind it, that one's time.
    /// Changes with every [`insert`](Self::insert), and at [`feedback_due`](Self::feedback_due).
    #[must_use]
    pub fn poll_retransmit(&mut self, now: Instant, round_trip: Duration) -> Option<SeqNo> {
        let (render_time, references, policy) = (&self.render_time, &self.references, self.policy);
        let key = references.key_ahead();
        let key_due = key.and_then(|key| render_time.due(key.time));
        let asked = self.losses.poll(now, round_trip, |seq, time| {
            let own = match (policy, references.chain()) {
                (Policy::Freeze, Chain::Intact) => render_time.due(time),
                _ => render_time.limit(time),
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
        let need = self.need(now)?;
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
            Chain::Intact => self.losses.any_lost(self.references.frontier()).then_some(requests),
        };
        let broken =
            broken.filter(|_| self.slots.newest().is_some() && self.references.key_ahead().is_none());
        broken.into_iter().chain(self.losses.next_due()).min()
    }

    fn need(&self, now: Instant) -> Option<KeyFrameNeed> {
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
                let lost =
                    self.references.key_ahead().is_none() && self.losses.any_lost(self.references.frontier());
                lost.then_some(KeyFrameNeed::Loss)
            }
        }
    }
}
