//! When what a packet carries was taken: absolute capture time (webrtc.org,
//! experiments/rtp-hdrext/abs-capture-time).

use super::{HeaderExtension, put};
use crate::NtpTime;
use core::time::Duration;

/// When the first sample or picture of a packet was captured, so that sound and picture meet even behind a mixer that
/// writes sender reports of its own.
///
/// It is of the first contributing source, or of the packet's source when there is none. Senders repeat it about
/// once a second; in between it goes on with the RTP timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbsCaptureTime {
    /// The time on the clock of whoever captured it: that of its own sender reports.
    pub captured: NtpTime,
    /// How far that clock is ahead of the sender's, as the sender estimates; `None` when it does not say.
    pub offset: Option<ClockOffset>,
}

/// How far a clock is ahead of another, in units of 2⁻³² s; negative when it is behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockOffset(pub i64);

impl ClockOffset {
    /// What leads from `sender` to `capture`, read from the two clocks at the same moment, by the shorter way around
    /// the era.
    #[must_use]
    pub const fn between(sender: NtpTime, capture: NtpTime) -> Self {
        Self(capture.0.wrapping_sub(sender.0).cast_signed())
    }

    /// What the clock ahead shows when the other one shows `sender`.
    #[must_use]
    pub const fn ahead_of(self, sender: NtpTime) -> NtpTime {
        NtpTime(sender.0.wrapping_add_signed(self.0))
    }

    /// What the other clock shows when the one ahead shows `capture`.
    #[must_use]
    pub const fn behind(self, capture: NtpTime) -> NtpTime {
        NtpTime(capture.0.wrapping_sub(self.0.cast_unsigned()))
    }

    /// How far apart the clocks are, whichever is ahead, rounded down to a nanosecond.
    #[must_use]
    pub const fn magnitude(self) -> Duration {
        let apart = self.0.unsigned_abs();
        // Below 10⁹ for a fraction below 2³².
        let nanos = ((apart & 0xffff_ffff) * 1_000_000_000) >> 32;
        Duration::from_nanos((apart >> 32) * 1_000_000_000 + nanos)
    }
}

impl AbsCaptureTime {
    /// The time of capture on the sender's clock; `None` without an offset.
    #[must_use]
    pub fn on_senders_clock(&self) -> Option<NtpTime> {
        self.offset.map(|offset| offset.behind(self.captured))
    }
}

impl HeaderExtension<'_> for AbsCaptureTime {
    const URI: &'static str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time";

    #[inline]
    fn read(value: &[u8]) -> Option<Self> {
        let (&captured, rest) = value.split_first_chunk()?;
        let offset = match rest {
            [] => None,
            rest => Some(ClockOffset(i64::from_be_bytes(rest.try_into().ok()?))),
        };
        Some(Self { captured: NtpTime(u64::from_be_bytes(captured)), offset })
    }

    #[inline]
    fn value_len(&self) -> usize {
        if self.offset.is_some() { 16 } else { 8 }
    }

    #[inline]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        let into = into.get_mut(..self.value_len())?;
        let (captured, offset) = into.split_at_mut_checked(8)?;
        captured.copy_from_slice(&self.captured.0.to_be_bytes());
        match self.offset {
            Some(ClockOffset(ticks)) => put(&ticks.to_be_bytes(), offset).map(|len| 8 + len),
            None => Some(8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_may_be_absent() {
        let mut bytes = [0; 16];
        let short = AbsCaptureTime { captured: NtpTime(0x0102_0304_0506_0708), offset: None };
        assert_eq!((short.write(&mut bytes), short.value_len()), (Some(8), 8));
        assert_eq!(bytes, [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(AbsCaptureTime::read(&bytes[..8]), Some(short));
        let long = AbsCaptureTime { offset: Some(ClockOffset(-2)), ..short };
        assert_eq!((long.write(&mut bytes), long.value_len()), (Some(16), 16));
        assert_eq!(bytes[8..], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]);
        assert_eq!(AbsCaptureTime::read(&bytes), Some(long));
        assert_eq!(long.write(&mut bytes[..15]), None);
        for len in [0, 7, 9, 15] {
            assert_eq!(AbsCaptureTime::read(&bytes[..len]), None);
        }
    }

    #[test]
    fn an_offset_leads_from_clock_to_clock() {
        let at = |millis| NtpTime::from_unix(Duration::from_millis(millis));
        let offset = ClockOffset::between(at(10_000), at(9_750));
        assert_eq!((offset.0 < 0, offset.magnitude()), (true, Duration::from_millis(250)));
        assert_eq!(offset.ahead_of(at(20_000)), at(19_750));
        let time = AbsCaptureTime { captured: at(19_750), offset: Some(offset) };
        assert_eq!(time.on_senders_clock(), Some(at(20_000)));
        assert_eq!(AbsCaptureTime { offset: None, ..time }.on_senders_clock(), None);
        assert_eq!(ClockOffset(i64::MIN).magnitude(), Duration::from_secs(1 << 31));
    }
}
