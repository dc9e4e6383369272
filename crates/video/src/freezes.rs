//! Did the picture stand still? W3C webrtc-stats, `freezeCount`.

use crate::Freezes;
use core::time::Duration;
use moim_media::{Instant, MediaTime};

/// The usual interval before one was seen.
const USUAL: Duration = Duration::from_millis(40);
/// A freeze is at least the usual interval and this.
const MARGIN: Duration = Duration::from_millis(150);
/// Intervals that the usual one is an average of.
const REMEMBERED: u32 = 30;

/// Looks at the times between shown pictures.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FreezeDetector {
    last: Option<(Instant, MediaTime)>,
    usual: Option<Duration>,
}

/// Whether a picture is the one that the sender made right after the last shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    Directly,
    AfterOthers,
}

impl FreezeDetector {
    /// A picture of media time `time` is shown at `now`.
    pub(crate) fn shown(&mut self, now: Instant, time: MediaTime, follows: Follows, freezes: &mut Freezes) {
        let Some((last, last_time)) = self.last.replace((now, time)) else { return };
        let (took, made) = (now.since(last), time.since(last_time));
        let usual = self.usual.unwrap_or(USUAL);
        let pause = match follows {
            Follows::Directly => made,
            Follows::AfterOthers => usual,
        };
        if took >= (3 * usual).max(usual + MARGIN) && took >= pause + MARGIN {
            freezes.count += 1;
            freezes.total += took;
            freezes.longest = freezes.longest.max(took);
        }
        if follows == Follows::Directly && made < Duration::from_secs(1) {
            self.usual = Some((usual * (REMEMBERED - 1) + made) / REMEMBERED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moim_media::ClockRate;

    fn freezes_in(shown: &[(u64, u64)], follows: Follows) -> Freezes {
        let (mut detector, mut freezes) = (FreezeDetector::default(), Freezes::default());
        for &(at, time) in shown {
            let time = MediaTime::new(90 * time, ClockRate::HZ_90000);
            detector.shown(Instant::from_millis(at), time, follows, &mut freezes);
        }
        freezes
    }

    #[test]
    fn a_late_picture_is_a_freeze_and_a_pause_is_none() {
        let late = freezes_in(&[(0, 0), (40, 40), (280, 80), (281, 120)], Follows::Directly);
        assert_eq!((late.count, late.longest), (1, Duration::from_millis(240)));
        assert_eq!(freezes_in(&[(0, 0), (40, 40), (2_040, 2_040)], Follows::Directly).count, 0);
        assert_eq!(freezes_in(&[(0, 0), (40, 40), (540, 540)], Follows::AfterOthers).count, 1);
        assert_eq!(freezes_in(&[(0, 0), (40, 40), (160, 160)], Follows::AfterOthers).count, 0);
    }
}
