//! Whether the picture moves when its sound is heard.

use super::Spread;
use super::align::{Delay, SURE};
use core::time::Duration;

/// How far the nearest sound of certain delay may be from a picture: pauses are longer than a step.
const REACH: Duration = Duration::from_millis(500);

/// One picture on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownPicture {
    /// When it was taken, since the beginning of the reference sound.
    pub captured: Duration,
    /// When it was shown, since the beginning of the heard sound.
    pub shown: Duration,
}

/// By how much one picture was late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncError {
    /// When the picture was shown.
    pub at: Duration,
    /// The delay of the picture minus that of the sound heard with it: positive when the picture is late.
    pub nanos: i64,
}

/// The error of lip sync over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LipSync {
    errors: Vec<SyncError>,
    unjudged: usize,
}

/// Compares the delay of each picture with that of the sound around it, as [`align`](super::align) found it.
///
/// Pictures with no recognised sound within half a second are not judged. Both sides must be of one recording: what
/// was captured together must have the same time, and what was played together too.
#[must_use]
pub fn lip_sync(pictures: &[ShownPicture], sound: &[Delay]) -> LipSync {
    let sure: Vec<&Delay> = sound.iter().filter(|delay| delay.likeness > SURE).collect();
    let errors: Vec<SyncError> = pictures
        .iter()
        .filter_map(|picture| {
            let heard = nearest(&sure, picture.shown)?;
            let late = signed(picture.shown) - signed(picture.captured) - signed(heard.delay);
            Some(SyncError { at: picture.shown, nanos: late })
        })
        .collect();
    LipSync { unjudged: pictures.len() - errors.len(), errors }
}

impl LipSync {
    /// The error of each picture that could be judged, in the order given.
    #[must_use]
    pub fn errors(&self) -> &[SyncError] {
        &self.errors
    }

    /// How many pictures could not be judged.
    #[must_use]
    pub const fn unjudged(&self) -> usize {
        self.unjudged
    }

    /// How large the errors are, whatever their direction; `None` if no picture was judged.
    #[must_use]
    pub fn spread(&self) -> Option<Spread> {
        Spread::of(self.errors.iter().map(|error| Duration::from_nanos(error.nanos.unsigned_abs())))
    }

    /// The median error with its direction in nanoseconds; `None` if no picture was judged.
    #[must_use]
    pub fn bias(&self) -> Option<i64> {
        let mut sorted: Vec<i64> = self.errors.iter().map(|error| error.nanos).collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }
}

/// The delay measured nearest to `at`, if near enough; `delays` are in the order of time.
fn nearest<'a>(delays: &[&'a Delay], at: Duration) -> Option<&'a Delay> {
    let after = delays.partition_point(|delay| delay.at < at);
    let around = &delays[after.saturating_sub(1)..(after + 1).min(delays.len())];
    let near = around.iter().copied().min_by_key(|delay| delay.at.abs_diff(at))?;
    (near.at.abs_diff(at) <= REACH).then_some(near)
}

fn signed(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure;
    use crate::talker::Talker;
    use moim_media::ClockRate;

    fn delay(at: u64, delay: u64, likeness: f32) -> Delay {
        let (at, delay) = (Duration::from_millis(at), Duration::from_millis(delay));
        Delay { at, samples: 0, delay, likeness }
    }

    fn picture(captured: u64, shown: u64) -> ShownPicture {
        let [captured, shown] = [captured, shown].map(Duration::from_millis);
        ShownPicture { captured, shown }
    }

    fn millis(sync: &LipSync) -> Vec<i64> {
        sync.errors().iter().map(|error| error.nanos / 1_000_000).collect()
    }

    #[test]
    fn the_error_is_the_difference_of_both_delays_at_that_time() {
        let sound = [delay(10, 100, 0.9), delay(30, 100, 0.9), delay(50, 160, 0.9)];
        let sync = lip_sync(&[picture(0, 20), picture(0, 39), picture(0, 41), picture(10, 300)], &sound);
        assert_eq!(millis(&sync), [-80, -61, -119, 130]);
        assert_eq!(sync.bias(), Some(-61_000_000));
        assert_eq!(sync.spread().unwrap().max, Duration::from_millis(130));
        assert_eq!(sync.spread().unwrap().median, Duration::from_millis(80));
        assert_eq!(sync.errors()[3].at, Duration::from_millis(300));
    }

    #[test]
    fn without_recognised_sound_nearby_there_is_no_judgement() {
        let sound = [delay(10, 100, 0.9), delay(400, 900, 0.4), delay(2_000, 100, 0.9)];
        let sync = lip_sync(&[picture(0, 400), picture(900, 1_000), picture(1_500, 1_600)], &sound);
        assert_eq!(millis(&sync), [300, 0]);
        assert_eq!(sync.unjudged(), 1);
        let nothing = lip_sync(&[picture(0, 1)], &[]);
        assert_eq!((nothing.spread(), nothing.bias(), nothing.unjudged()), (None, None, 1));
    }

    #[test]
    fn speech_and_pictures_of_one_line_are_compared() {
        let rate = ClockRate::HZ_16000;
        let mut said = vec![0.0; 16_000 * 6];
        Talker::new(3, rate).fill(&mut said);
        let mut heard = vec![0.0; 16_000 * 12 / 100];
        heard.extend_from_slice(&said);
        let alignment = measure::align(&said, &heard, rate, Duration::from_millis(300));
        let pictures: Vec<_> = (0..180).map(|n| picture(n * 100 / 3, n * 100 / 3 + 165)).collect();
        let sync = lip_sync(&pictures, alignment.delays());
        assert!(sync.unjudged() < 20, "{}", sync.unjudged());
        let bias = sync.bias().unwrap();
        assert!((bias - 45_000_000).abs() < 1_000_000, "{bias}");
        assert!(sync.spread().unwrap().p95 < Duration::from_millis(47));
    }
}
