//! A receiver whose codec is chosen at run time.

use crate::{Inserted, KeyFrameNeed, Picture, Stats, VideoPlayout};
use core::fmt::Debug;
use core::time::Duration;
use moim_media::codec::VideoDecoder;
use moim_media::{Instant, MediaTime, SeqNo};
use moim_rtp::Packet;

/// What a [`VideoPlayout`] does, whatever its decoder: for whoever holds several as `Box<dyn VideoReceiver>`.
pub trait VideoReceiver: Debug {
    /// See [`VideoPlayout::insert`].
    fn insert(&mut self, now: Instant, seq: SeqNo, time: MediaTime, packet: &Packet<'_>) -> Inserted;

    /// See [`VideoPlayout::hear_of_loss`].
    fn hear_of_loss(&mut self, now: Instant, packets: u64);

    /// See [`VideoPlayout::poll_picture`].
    #[must_use]
    fn poll_picture(&mut self, now: Instant) -> Option<Picture<'_>>;

    /// See [`VideoPlayout::picture_due`].
    #[must_use]
    fn picture_due(&self) -> Option<Instant>;

    /// See [`VideoPlayout::poll_retransmit`].
    #[must_use]
    fn poll_retransmit(&mut self, now: Instant, round_trip: Duration) -> Option<SeqNo>;

    /// See [`VideoPlayout::poll_key_frame_request`].
    #[must_use]
    fn poll_key_frame_request(&mut self, now: Instant, round_trip: Duration) -> Option<KeyFrameNeed>;

    /// See [`VideoPlayout::feedback_due`].
    #[must_use]
    fn feedback_due(&self) -> Option<Instant>;

    /// See [`VideoPlayout::set_min_delay`].
    fn set_min_delay(&mut self, min_delay: Duration);

    /// See [`VideoPlayout::delay`].
    #[must_use]
    fn delay(&self) -> Duration;

    /// See [`VideoPlayout::wanted`].
    #[must_use]
    fn wanted(&self) -> Duration;

    /// See [`VideoPlayout::stats`].
    #[must_use]
    fn stats(&self) -> Stats;
}

impl<D: VideoDecoder> VideoReceiver for VideoPlayout<D> {
    fn insert(&mut self, now: Instant, seq: SeqNo, time: MediaTime, packet: &Packet<'_>) -> Inserted {
        Self::insert(self, now, seq, time, packet)
    }

    fn hear_of_loss(&mut self, now: Instant, packets: u64) {
        Self::hear_of_loss(self, now, packets);
    }

    fn poll_picture(&mut self, now: Instant) -> Option<Picture<'_>> {
        Self::poll_picture(self, now)
    }

    fn picture_due(&self) -> Option<Instant> {
        Self::picture_due(self)
    }

    fn poll_retransmit(&mut self, now: Instant, round_trip: Duration) -> Option<SeqNo> {
        Self::poll_retransmit(self, now, round_trip)
    }

    fn poll_key_frame_request(&mut self, now: Instant, round_trip: Duration) -> Option<KeyFrameNeed> {
        Self::poll_key_frame_request(self, now, round_trip)
    }

    fn feedback_due(&self) -> Option<Instant> {
        Self::feedback_due(self)
    }

    fn set_min_delay(&mut self, min_delay: Duration) {
        Self::set_min_delay(self, min_delay);
    }

    fn delay(&self) -> Duration {
        Self::delay(self)
    }

    fn wanted(&self) -> Duration {
        Self::wanted(self)
    }

    fn stats(&self) -> Stats {
        Self::stats(self)
    }
}
