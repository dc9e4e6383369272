//! When to play faster or slower, so that the delay follows its target: the deciding part of playout.

use core::time::Duration;
use moim_media::codec::Content;

/// In a pause this much may go before the pause has proved to be a long one …
const SHORT_PAUSE_CUT: Duration = Duration::from_millis(36);
/// … which it has after this time; then all of it may go.
const LONG_PAUSE: Duration = Duration::from_millis(260);
/// Delay over target that is worth touching speech for …
const EXCESS: Duration = Duration::from_millis(30);
/// … and sound that may have no pause to wait for.
const GENERAL_EXCESS: Duration = Duration::from_millis(10);
/// Delay over target that is worth being heard.
const LARGE_EXCESS: Duration = Duration::from_millis(60);
/// Lags are this much alike before speech is touched, or, with a large excess, this much.
const SIMILARITY: f32 = 0.9;
const HURRIED_SIMILARITY: f32 = 0.8;
/// Speech rests between two cuts, or, with a large excess, only for this long.
const REST: Duration = Duration::from_millis(80);
const HURRIED_REST: Duration = Duration::from_millis(20);
/// For a picture's sake speech is slowed down by a fifth at most.
const PICTURE_REST: Duration = Duration::from_millis(40);
/// Pauses are made longer in steps of one pull.
const STEP: Duration = Duration::from_millis(10);

/// What to do with the sound that was just decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// Play it as it is.
    Keep,
    /// Leave out up to this much, anywhere: it is quiet.
    CutQuiet(Duration),
    /// Leave out one pitch period, if one repeats at least this well.
    CutPeriod(f32),
    /// Repeat this much: it is quiet.
    RepeatQuiet(Duration),
    /// Repeat one pitch period, if one repeats at least this well.
    RepeatPeriod(f32),
}

/// The delay there is, and what others would have it be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delays {
    /// How long after the fastest packets sound is played now.
    pub(crate) now: Duration,
    /// What is aimed at.
    pub(crate) target: Duration,
    /// What of it is demanded for the sake of a picture.
    pub(crate) demanded: Duration,
    /// What the sound was coded as.
    pub(crate) content: Content,
}

/// Follows the target delay: eagerly in pauses, reluctantly in speech. For jitter's sake slower only in pauses: in speech
/// an underrun raises the delay by itself, and just as far as is needed. For the picture's sake in speech too: nothing
/// else would raise it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    quiet_for: Duration,
    cut_in_pause: Duration,
    since_cut: Duration,
}

impl Pace {
    /// Decides about `lasting` of sound.
    pub(crate) fn decide(&mut self, lasting: Duration, quiet: bool, delays: Delays) -> Change {
        let Delays { now: delay, target, demanded, .. } = delays;
        self.since_cut += lasting;
        if !quiet {
            self.quiet_for = Duration::ZERO;
            self.cut_in_pause = Duration::ZERO;
            return self.in_speech(delays);
        }
        self.quiet_for += lasting;
        if delay + STEP <= target || delay + STEP / 2 <= demanded.min(target) {
            return Change::RepeatQuiet(STEP);
        }
        let allowed = if self.quiet_for >= LONG_PAUSE {
            lasting
        } else {
            SHORT_PAUSE_CUT.saturating_sub(self.cut_in_pause)
        };
        let cut = delay.saturating_sub(target).min(allowed);
        if cut.is_zero() { Change::Keep } else { Change::CutQuiet(cut) }
    }

    /// Tells how much was left out.
    pub(crate) fn cut(&mut self, gone: Duration) {
        if gone.is_zero() {
            return;
        }
        self.since_cut = Duration::ZERO;
        self.cut_in_pause += gone;
    }

    /// Tells how much was repeated in speech.
    pub(crate) fn repeated(&mut self, added: Duration) {
        if !added.is_zero() {
            self.since_cut = Duration::ZERO;
        }
    }

    fn in_speech(&self, Delays { now, target, demanded, content }: Delays) -> Change {
        let missing = demanded.min(target).saturating_sub(now);
        if missing > STEP / 2 {
            let rest = if missing > EXCESS { PICTURE_REST } else { REST };
            return if self.since_cut >= rest { Change::RepeatPeriod(SIMILARITY) } else { Change::Keep };
        }
        let excess = now.saturating_sub(target);
        if demanded >= target && excess > STEP {
            // As much too late as it would be too early.
            return if self.since_cut >= REST { Change::CutPeriod(SIMILARITY) } else { Change::Keep };
        }
        let (similarity, rest) =
            if excess > LARGE_EXCESS { (HURRIED_SIMILARITY, HURRIED_REST) } else { (SIMILARITY, REST) };
        let worth = match content {
            Content::Speech => EXCESS,
            Content::General => GENERAL_EXCESS,
        };
        if excess > worth && self.since_cut >= rest { Change::CutPeriod(similarity) } else { Change::Keep }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(20);

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn delays(now: u64, target: u64) -> Delays {
        Delays { now: ms(now), target: ms(target), demanded: Duration::ZERO, content: Content::Speech }
    }

    #[test]
    fn for_the_sake_of_a_picture_speech_is_slowed_down_and_only_as_far() {
        let mut pace = Pace::default();
        let far = Delays { demanded: ms(150), ..delays(40, 150) };
        pace.since_cut = REST;
        assert_eq!(pace.decide(FRAME, false, far), Change::RepeatPeriod(SIMILARITY));
        pace.repeated(ms(10));
        pace.since_cut = Duration::ZERO;
        let near = Delays { now: ms(145), ..far };
        for _ in 0..20 {
            assert_eq!(pace.decide(FRAME, false, near), Change::Keep);
        }
    }

    #[test]
    fn speech_is_left_alone_near_the_target() {
        let mut pace = Pace::default();
        for _ in 0..100 {
            assert_eq!(pace.decide(FRAME, false, delays(60, 40)), Change::Keep);
            assert_eq!(pace.decide(FRAME, false, delays(10, 90)), Change::Keep);
        }
    }

    #[test]
    fn speech_is_cut_rarely_and_a_large_excess_hurries() {
        let cuts = |delay: u64| {
            let mut pace = Pace::default();
            (0..100)
                .filter(|_| {
                    let cut = matches!(pace.decide(FRAME, false, delays(delay, 20)), Change::CutPeriod(_));
                    if cut {
                        pace.cut(ms(5));
                    }
                    cut
                })
                .count()
        };
        assert_eq!(cuts(55), 25);
        assert_eq!(cuts(100), 100);
    }

    #[test]
    fn a_short_pause_loses_little_and_a_long_one_all_that_is_asked() {
        let mut pace = Pace::default();
        let mut gone = Duration::ZERO;
        let mut after_short = None;
        for frame in 0..30 {
            let delays = Delays { now: ms(200).saturating_sub(gone), ..delays(200, 20) };
            if let Change::CutQuiet(cut) = pace.decide(FRAME, true, delays) {
                let cut = cut.min(ms(15));
                pace.cut(cut);
                gone += cut;
            }
            if frame == 11 {
                after_short = Some(gone);
            }
        }
        assert_eq!(after_short, Some(SHORT_PAUSE_CUT));
        assert_eq!(gone, ms(180));
    }

    #[test]
    fn what_may_have_no_pause_is_cut_earlier() {
        let speech = delays(55, 40);
        let music = Delays { content: Content::General, ..speech };
        let mut pace = Pace { since_cut: REST, ..Pace::default() };
        assert_eq!(pace.decide(FRAME, false, speech), Change::Keep);
        assert_eq!(pace.decide(FRAME, false, music), Change::CutPeriod(SIMILARITY));
    }

    #[test]
    fn a_pause_is_made_longer_when_more_delay_is_wanted() {
        assert_eq!(Pace::default().decide(FRAME, true, delays(20, 60)), Change::RepeatQuiet(STEP));
    }
}
