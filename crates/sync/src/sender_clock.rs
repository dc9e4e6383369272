//! From a stream's media time to the sender's wall clock.

mod fastest;
mod reports;
#[cfg(test)]
mod tests;

use crate::{Captured, ClockTime};
use fastest::{Fastest, Transit};
use moim_media::{Instant, MediaTime};
use moim_rtp::NtpTime;
use reports::{Report, Reports};

/// Further from one another than any two timestamps of a stream, in nanoseconds: decades. Below, no sum overflows.
const ANOTHER_STREAM: u64 = 1 << 61;

/// When the media of one stream was captured.
///
/// Two sources answer side by side: sender reports, which give the sender's own clock, and, before any has come, the
/// fastest packets of the last 20 seconds. Bounded memory, no allocation.
///
/// A report is believed while it agrees with those before it. One that does not (a clock that was set, a forged or
/// garbled report) waits for a second that agrees with it; then both replace what was known. Reports that are old,
/// repeated, or without a clock (zero) teach nothing. What nobody can tell apart from a clock that was set is two
/// false reports that agree with one another.
#[derive(Clone, Debug, Default)]
pub struct SenderClock {
    /// Where media time is counted from, in nanoseconds.
    origin: Option<MediaTime>,
    /// The packet before, when it was decades away from there.
    stray: Option<MediaTime>,
    reports: Reports,
    fastest: Fastest,
}

impl SenderClock {
    /// The clock of a stream of which nothing came yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of a sender report that arrived at `now` and says that `ntp` and `time` are the same moment.
    pub fn report(&mut self, now: Instant, ntp: NtpTime, time: MediaTime) {
        // "No wall clock" (RFC 3550, section 6.4.1).
        if ntp.0 == 0 {
            return;
        }
        let Some(media) = media(time, *self.origin.get_or_insert(time)) else { return };
        self.reports.insert(Report {
            now: ClockTime::from(now).as_nanos(),
            ntp: ClockTime::from(ntp),
            media,
        });
    }

    /// Takes note of a packet of `time` that arrived at `now`; every packet counts, those in order and others.
    pub fn arrived(&mut self, now: Instant, time: MediaTime) {
        let Some(media) = media(time, *self.origin.get_or_insert(time)) else { return self.stray(now, time) };
        self.stray = None;
        if self.fastest.insert(now, media) == Transit::Restarted {
            // Another zero: what the reports said is about a stream that is no more.
            self.reports.clear();
        }
    }

    /// When the media of `time` was captured.
    #[must_use]
    pub fn captured(&self, time: MediaTime) -> Captured {
        let Some(origin) = self.origin else { return Captured::default() };
        let Some(media) = media(time, origin) else { return Captured::default() };
        Captured { by_report: self.reports.captured(media), by_arrival: self.fastest.captured(media) }
    }

    /// How much faster the sender's wall clock runs than the stream's media clock, in parts per million; `None`
    /// before reports over ten seconds agree. Between two streams of one sender, the difference is their drift.
    #[must_use]
    pub fn drift_ppm(&self) -> Option<f64> {
        self.reports.drift().map(|drift| drift * 1e6)
    }

    /// A packet from where the stream is not, unless the one before was from there too.
    fn stray(&mut self, now: Instant, time: MediaTime) {
        if self.stray.is_none_or(|stray| media(time, stray).is_none()) {
            self.stray = Some(time);
            return;
        }
        *self = Self { origin: Some(time), ..Self::default() };
        self.fastest.insert(now, 0);
    }
}

/// Nanoseconds from `origin` to `time`; `None` when they are not of one stream.
fn media(time: MediaTime, origin: MediaTime) -> Option<i64> {
    Some(time.nanos_since(origin)).filter(|media| media.unsigned_abs() < ANOTHER_STREAM)
}
