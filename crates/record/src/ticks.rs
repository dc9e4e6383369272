//! Time as a file counts it.

use core::time::Duration;

/// The picture track's clock: that of RTP, in Hz.
pub(crate) const PICTURE_RATE: u32 = 90_000;

/// The sound track's clock, which is also Opus' own, in Hz.
pub(crate) const SOUND_RATE: u32 = 48_000;

/// The last moment that can be recorded: 136 years. Later ticks could overflow in a reader.
const LATEST: Duration = Duration::from_secs(u32::MAX as u64);

/// The tick of a clock of `rate` Hz that is nearest to `time`; `None` beyond 136 years.
pub(crate) fn from_duration(time: Duration, rate: u32) -> Option<u64> {
    if time > LATEST {
        return None;
    }
    let whole = time.as_secs() * u64::from(rate);
    Some(whole + (u64::from(time.subsec_nanos()) * u64::from(rate) + 500_000_000) / 1_000_000_000)
}

/// The moment of tick `ticks` of a clock of `rate` Hz, to the nearest nanosecond.
pub(crate) fn to_duration(ticks: u64, rate: u32) -> Duration {
    let rate = u64::from(rate.max(1));
    let nanos = ((ticks % rate) * 1_000_000_000 + rate / 2) / rate;
    Duration::from_secs(ticks / rate).saturating_add(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_survives_being_a_duration() {
        for ticks in (0..2_000_000).step_by(997).chain([90_000 * 3_600 * 24 * 365]) {
            for rate in [PICTURE_RATE, SOUND_RATE] {
                assert_eq!(from_duration(to_duration(ticks, rate), rate), Some(ticks));
            }
        }
    }

    #[test]
    fn there_is_an_end() {
        assert_eq!(from_duration(Duration::MAX, PICTURE_RATE), None);
        assert!(from_duration(LATEST, PICTURE_RATE).is_some());
        assert_eq!(to_duration(u64::MAX, 1).as_secs(), u64::MAX);
    }
}
