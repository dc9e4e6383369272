//! Where the sender's media time lies on the receiver's clock.

use core::time::Duration;
use moim_media::{Instant, MediaTime};

pub(crate) const NANOS_PER_MILLI: i64 = 1_000_000;

/// A difference between the two clocks: arrival minus media time, in nanoseconds.
///
/// RFC 3550, appendix A.8, calls it the relative transit time. Its zero is arbitrary; its changes are the
/// jitter, its minimum the path without queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Transit(pub(crate) i64);

impl Transit {
    pub(crate) fn plus_millis(self, millis: f32) -> Self {
        Self(self.0.saturating_add((millis * NANOS_PER_MILLI as f32) as i64))
    }

    pub(crate) fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// How far this is over `other`; zero when it is below.
    pub(crate) fn over(self, other: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(other.0)).map_or(Duration::ZERO, Duration::from_nanos)
    }

    /// As [`over`](Self::over), but signed and in milliseconds.
    pub(crate) fn millis_over(self, other: Self) -> f32 {
        self.0.saturating_sub(other.0) as f32 / NANOS_PER_MILLI as f32
    }
}

/// Relates media times to instants; made from the first packet of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeline {
    origin: MediaTime,
}

impl Timeline {
    pub(crate) fn new(first: MediaTime) -> Self {
        Self { origin: first }
    }

    /// The transit of sound of media time `time` that arrives, or is played, at `at`.
    pub(crate) fn transit(self, at: Instant, time: MediaTime) -> Transit {
        let at = i64::try_from(at.as_nanos()).unwrap_or(i64::MAX);
        Transit(at.saturating_sub(time.nanos_since(self.origin)))
    }

    /// The media time that is played at `at` with this transit; `None` before the stream's zero.
    pub(crate) fn time(self, at: Instant, transit: Transit) -> Option<MediaTime> {
        let since_origin = i64::try_from(at.as_nanos()).unwrap_or(i64::MAX).saturating_sub(transit.0);
        let span = Duration::from_nanos(since_origin.unsigned_abs());
        if since_origin >= 0 {
            return Some(self.origin + span);
        }
        let ticks = self.origin.ticks().checked_sub(self.origin.rate().ticks(span))?;
        Some(MediaTime::new(ticks, self.origin.rate()))
    }
}
