//! Media time: what a stream counts, in ticks of its own clock.

use core::cmp::Ordering;
use core::num::NonZeroU32;
use core::ops::Add;
use core::time::Duration;

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// Ticks per second of a media clock (RFC 3550, section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockRate(NonZeroU32);

impl ClockRate {
    /// Telephone sound; also the RTP clock of G.722, whatever its sampling rate (RFC 3551, section 4.5.2).
    pub const HZ_8000: Self = Self(NonZeroU32::new(8_000).unwrap());
    /// Wide-band sound.
    pub const HZ_16000: Self = Self(NonZeroU32::new(16_000).unwrap());
    /// Opus, at every sampling rate (RFC 7587, section 4.1), and full-band sound.
    pub const HZ_48000: Self = Self(NonZeroU32::new(48_000).unwrap());
    /// Video (RFC 3551, section 5).
    pub const HZ_90000: Self = Self(NonZeroU32::new(90_000).unwrap());

    /// A clock of `hz` ticks per second; `None` for a clock that stands still.
    #[must_use]
    pub const fn new(hz: u32) -> Option<Self> {
        match NonZeroU32::new(hz) {
            Some(hz) => Some(Self(hz)),
            None => None,
        }
    }

    /// Ticks per second.
    #[must_use]
    pub const fn hz(self) -> u32 {
        self.0.get()
    }

    /// Ticks in `duration`, rounded to the nearest.
    #[must_use]
    pub fn ticks(self, duration: Duration) -> u64 {
        let ticks = (duration.as_nanos() * u128::from(self.hz()) + 500_000_000) / 1_000_000_000;
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }

    /// The time that `ticks` take, rounded down to a nanosecond.
    #[must_use]
    pub fn duration(self, ticks: u64) -> Duration {
        let nanos = u128::from(ticks) * 1_000_000_000 / u128::from(self.hz());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// A point in a stream: ticks of the stream's clock, already unwrapped to 64 bits.
///
/// The zero is arbitrary (RTP starts at a random number); only differences within one stream mean something.
/// Arithmetic saturates. Two media times compare by the instant they name, whatever their clock rates.
#[derive(Clone, Copy, Debug)]
pub struct MediaTime {
    ticks: u64,
    rate: ClockRate,
}

impl MediaTime {
    /// The point `ticks` ticks into a stream of clock rate `rate`.
    #[must_use]
    pub const fn new(ticks: u64, rate: ClockRate) -> Self {
        Self { ticks, rate }
    }

    /// Ticks since the stream's arbitrary zero.
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.ticks
    }

    /// The clock that counts them.
    #[must_use]
    pub const fn rate(self) -> ClockRate {
        self.rate
    }

    /// Media time since `earlier`, or zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        u64::try_from(self.nanos_since(earlier)).map_or(Duration::ZERO, Duration::from_nanos)
    }

    /// Signed nanoseconds from `other` to `self`.
    #[must_use]
    pub fn nanos_since(self, other: Self) -> i64 {
        let nanos = self.nanos() - other.nanos();
        i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
    }

    /// The point `duration` before this one, not before the stream's zero.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self { ticks: self.ticks.saturating_sub(self.rate.ticks(duration)), ..self }
    }

    fn nanos(self) -> i128 {
        i128::from(self.ticks) * NANOS_PER_SECOND / i128::from(self.rate.hz())
    }

    /// What both sides of a comparison are, over one common denominator.
    fn over_common_rate(self, other: Self) -> (u128, u128) {
        (
            u128::from(self.ticks) * u128::from(other.rate.hz()),
            u128::from(other.ticks) * u128::from(self.rate.hz()),
        )
    }
}

impl Add<Duration> for MediaTime {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self { ticks: self.ticks.saturating_add(self.rate.ticks(duration)), ..self }
    }
}

impl PartialEq for MediaTime {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for MediaTime {}

impl PartialOrd for MediaTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for MediaTime {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = self.over_common_rate(*other);
        a.cmp(&b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(20);

    #[test]
    fn a_frame_is_a_whole_number_of_ticks() {
        assert_eq!(ClockRate::HZ_48000.ticks(FRAME), 960);
        assert_eq!(ClockRate::HZ_90000.ticks(FRAME), 1_800);
        assert_eq!(ClockRate::HZ_48000.duration(960), FRAME);
        assert_eq!(ClockRate::new(0), None);
    }

    #[test]
    fn adding_frames_never_drifts() {
        let video = MediaTime::new(1 << 32, ClockRate::new(30_000).unwrap());
        let frame = Duration::from_nanos(33_366_667);
        let last = (0..30_000).fold(video, |time, _| time + frame);
        assert_eq!(last.ticks() - video.ticks(), 30_000 * 1_001);
    }

    #[test]
    fn order_is_by_instant_not_by_ticks() {
        let sound = MediaTime::new(48_000, ClockRate::HZ_48000);
        let picture = MediaTime::new(90_000, ClockRate::HZ_90000);
        assert_eq!(sound, picture);
        assert!(sound + FRAME > picture);
        assert_eq!((picture + FRAME).nanos_since(sound), 20_000_000);
        assert_eq!(sound.nanos_since(picture + FRAME), -20_000_000);
        assert_eq!(sound.since(picture + FRAME), Duration::ZERO);
    }

    #[test]
    fn extremes_saturate() {
        let last = MediaTime::new(u64::MAX, ClockRate::HZ_8000);
        let first = MediaTime::new(0, ClockRate::HZ_8000);
        assert_eq!(last.nanos_since(first), i64::MAX);
        assert_eq!(first.nanos_since(last), i64::MIN);
        assert_eq!((last + FRAME).ticks(), u64::MAX);
        assert_eq!(first.minus(FRAME).ticks(), 0);
    }
}
