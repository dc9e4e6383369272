//! A receiver whose codec is chosen at run time.

use crate::{Inserted, Playout, Produced, Stats};
use core::fmt::Debug;
use core::time::Duration;
use moim_jitter::DelayPolicy;
use moim_media::codec::{AudioDecoder, CodecError};
use moim_media::{AudioFormat, Instant, MediaTime, SeqNo};

/// What a [`Playout`] does, whatever its decoder: for whoever holds several as `Box<dyn AudioReceiver>`.
pub trait AudioReceiver: Debug {
    /// See [`Playout::format`].
    fn format(&self) -> AudioFormat;

    /// See [`Playout::insert`].
    ///
    /// # Errors
    ///
    /// As [`Playout::insert`].
    fn insert(
        &mut self,
        now: Instant,
        seq: SeqNo,
        time: MediaTime,
        payload: &[u8],
    ) -> Result<Inserted, CodecError>;

    /// See [`Playout::insert_copy`].
    ///
    /// # Errors
    ///
    /// As [`Playout::insert_copy`].
    fn insert_copy(
        &mut self,
        now: Instant,
        seq: SeqNo,
        time: MediaTime,
        payload: &[u8],
    ) -> Result<Inserted, CodecError>;

    /// See [`Playout::pull`].
    fn pull(&mut self, now: Instant, out: &mut [f32]) -> Produced;

    /// See [`Playout::poll_retransmit`].
    #[must_use]
    fn poll_retransmit(&mut self, now: Instant, round_trip: Duration) -> Option<SeqNo>;

    /// See [`Playout::retransmit_due`].
    #[must_use]
    fn retransmit_due(&self) -> Option<Instant>;

    /// See [`Playout::set_min_delay`].
    fn set_min_delay(&mut self, delay: Duration);

    /// See [`Playout::playing`].
    #[must_use]
    fn playing(&self, now: Instant) -> Option<MediaTime>;

    /// See [`Playout::waiting`].
    #[must_use]
    fn waiting(&self) -> usize;

    /// See [`Playout::stats`].
    #[must_use]
    fn stats(&self) -> Stats;
}

impl<D: AudioDecoder, P: DelayPolicy> AudioReceiver for Playout<D, P> {
    fn format(&self) -> AudioFormat {
        Self::format(self)
    }

    fn insert(
        &mut self,
        now: Instant,
        seq: SeqNo,
        time: MediaTime,
        payload: &[u8],
    ) -> Result<Inserted, CodecError> {
        Self::insert(self, now, seq, time, payload)
    }

    fn insert_copy(
        &mut self,
        now: Instant,
        seq: SeqNo,
        time: MediaTime,
        payload: &[u8],
    ) -> Result<Inserted, CodecError> {
        Self::insert_copy(self, now, seq, time, payload)
    }

    fn pull(&mut self, now: Instant, out: &mut [f32]) -> Produced {
        Self::pull(self, now, out)
    }

    fn poll_retransmit(&mut self, now: Instant, round_trip: Duration) -> Option<SeqNo> {
        Self::poll_retransmit(self, now, round_trip)
    }

    fn retransmit_due(&self) -> Option<Instant> {
        Self::retransmit_due(self)
    }

    fn set_min_delay(&mut self, delay: Duration) {
        Self::set_min_delay(self, delay);
    }

    fn playing(&self, now: Instant) -> Option<MediaTime> {
        Self::playing(self, now)
    }

    fn waiting(&self) -> usize {
        Self::waiting(self)
    }

    fn stats(&self) -> Stats {
        Self::stats(self)
    }
}
