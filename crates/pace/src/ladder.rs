//! Size and frame rate for a bitrate.

use core::time::Duration;
use moim_media::{Instant, VideoSize};

/// Below so many bits per pixel a picture falls into blocks: step down. H.264 of a face is good at 0.05 and poor at 0.02.
const STARVED: f64 = 0.03;
/// To step up, the larger picture must have this many times that.
const HEADROOM: f64 = 1.3;
/// For this long.
const HOLD: Duration = Duration::from_secs(2);
/// Pictures that wait this long in the pacer are larger than the encoder was asked for: step down as well,
const QUEUE: Duration = Duration::from_millis(300);
/// but give each step this long to help.
const PATIENCE: Duration = Duration::from_secs(1);
/// Fewer pictures per second are a slide show.
const LEAST_FRAME_RATE: f32 = 5.0;
/// Pictures of fewer luma rows are not made smaller.
const LEAST_HEIGHT: usize = 90;
const MOST_STEPS: usize = 6;

/// What to keep when there is too little for both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefer {
    /// The frame rate: for faces, and above all for sign language. The picture becomes smaller first.
    #[default]
    Motion,
    /// The size: for slides and text. Pictures become fewer first.
    Sharpness,
}

/// What to encode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Width and height are divided by this: 1, 2 or 4.
    pub divisor: u32,
    /// Pictures per second.
    pub frame_rate: f32,
}

/// Chooses size and frame rate so that each pixel has enough bits: down at once, up one step at a time and only when it
/// has looked safe for two seconds.
#[derive(Clone, Debug)]
pub struct Ladder {
    steps: [Step; MOST_STEPS],
    count: usize,
    current: usize,
    /// Since when the step above would do.
    promising: Option<Instant>,
    lowered: Option<Instant>,
}

/// A quality, and the bitrate below which it starves.
#[derive(Clone, Copy, Debug)]
struct Step {
    quality: Quality,
    bitrate: f64,
}

impl Ladder {
    /// For a camera of this size and frame rate; a frame rate that is not above zero counts as one. It begins with all
    /// of both.
    #[must_use]
    pub fn new(size: VideoSize, frame_rate: f32, prefer: Prefer) -> Self {
        let frame_rate = if frame_rate > 0.0 { frame_rate.min(1_000.0) } else { 1.0 };
        let halvings: [(u32, f32); MOST_STEPS] = match prefer {
            Prefer::Motion => [(1, 1.0), (2, 1.0), (4, 1.0), (4, 2.0), (4, 4.0), (4, 6.0)],
            Prefer::Sharpness => [(1, 1.0), (1, 2.0), (1, 4.0), (1, 6.0), (2, 6.0), (4, 6.0)],
        };
        let whole = Quality { divisor: 1, frame_rate };
        let mut steps = [Step::new(whole, size); MOST_STEPS];
        let mut count = 1;
        for (divisor, fewer) in halvings.into_iter().skip(1) {
            let quality =
                Quality { divisor, frame_rate: (frame_rate / fewer).max(LEAST_FRAME_RATE.min(frame_rate)) };
            let too_small = divisor > 1 && size.height() / (divisor as usize) < LEAST_HEIGHT;
            // A step that the limits make equal to the one before it is none.
            if !too_small && quality != steps[count - 1].quality {
                steps[count] = Step::new(quality, size);
                count += 1;
            }
        }
        Self { steps, count, current: 0, promising: None, lowered: None }
    }

    /// The picture has `bitrate` bits per second, and those before it take `picture_delay` to leave
    /// ([`PacedQueue::picture_delay`](crate::PacedQueue::picture_delay)). To be called for every picture, or as often.
    pub fn update(&mut self, now: Instant, bitrate: u32, picture_delay: Duration) -> Quality {
        let bitrate = f64::from(bitrate);
        let last = self.count - 1;
        let fits = self.steps[..self.count].iter().position(|step| step.bitrate <= bitrate).unwrap_or(last);
        if fits > self.current {
            self.lower_to(fits, now);
        } else if picture_delay > QUEUE
            && self.current < last
            && self.lowered.is_none_or(|lowered| now.since(lowered) > PATIENCE)
        {
            self.lower_to(self.current + 1, now);
        } else {
            self.rise(now, bitrate, picture_delay);
        }
        self.quality()
    }

    /// What was chosen last.
    #[must_use]
    pub fn quality(&self) -> Quality {
        self.steps[self.current].quality
    }

    fn lower_to(&mut self, step: usize, now: Instant) {
        self.current = step;
        self.promising = None;
        self.lowered = Some(now);
    }

    fn rise(&mut self, now: Instant, bitrate: f64, picture_delay: Duration) {
        let Some(above) = self.current.checked_sub(1) else { return };
        if picture_delay > QUEUE || bitrate < HEADROOM * self.steps[above].bitrate {
            self.promising = None;
            return;
        }
        let since = *self.promising.get_or_insert(now);
        if now.since(since) >= HOLD {
            self.current = above;
            self.promising = None;
        }
    }
}

impl Step {
    fn new(quality: Quality, size: VideoSize) -> Self {
        let pixels = (size.width() * size.height()) as f64 / f64::from(quality.divisor * quality.divisor);
        Self { quality, bitrate: STARVED * pixels * f64::from(quality.frame_rate) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_QUEUE: Duration = Duration::ZERO;

    fn ladder(prefer: Prefer) -> Ladder {
        Ladder::new(VideoSize::new(640, 360).unwrap(), 30.0, prefer)
    }

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    /// The steps that a bitrate passes which falls slowly to nothing.
    fn steps_down(mut ladder: Ladder) -> Vec<(u32, f32)> {
        let mut steps: Vec<_> = (0..2_000)
            .map(|step| ladder.update(at(0), 2_000_000 - 1_000 * step, NO_QUEUE))
            .map(|quality| (quality.divisor, quality.frame_rate))
            .collect();
        steps.dedup();
        steps
    }

    #[test]
    fn each_preference_gives_up_the_other_first() {
        let motion = [(1, 30.0), (2, 30.0), (4, 30.0), (4, 15.0), (4, 7.5), (4, 5.0)];
        assert_eq!(steps_down(ladder(Prefer::Motion)), motion);
        let sharpness = [(1, 30.0), (1, 15.0), (1, 7.5), (1, 5.0), (2, 5.0), (4, 5.0)];
        assert_eq!(steps_down(ladder(Prefer::Sharpness)), sharpness);
    }

    #[test]
    fn every_step_needs_less_than_the_one_before() {
        for (width, height, frame_rate) in
            [(1, 1, 1.0), (320, 180, 12.0), (1_920, 1_080, 60.0), (640, 360, 4.0)]
        {
            for prefer in [Prefer::Motion, Prefer::Sharpness] {
                let ladder = Ladder::new(VideoSize::new(width, height).unwrap(), frame_rate, prefer);
                let steps = &ladder.steps[..ladder.count];
                assert!(steps.windows(2).all(|pair| pair[0].bitrate > pair[1].bitrate), "{steps:?}");
                assert_eq!(steps[0].quality, Quality { divisor: 1, frame_rate });
            }
        }
    }

    #[test]
    fn down_at_once_up_after_two_good_seconds_a_step() {
        let mut ladder = ladder(Prefer::Motion);
        assert_eq!(ladder.update(at(0), 600_000, NO_QUEUE).divisor, 1);
        assert_eq!(ladder.update(at(33), 30_000, NO_QUEUE).divisor, 4);
        let mut risen = Vec::new();
        for milli in (100..12_000).step_by(33) {
            let before = ladder.quality();
            if ladder.update(at(milli), 600_000, NO_QUEUE) != before {
                risen.push((milli, ladder.quality().divisor));
            }
        }
        let divisors: Vec<_> = risen.iter().map(|&(_, divisor)| divisor).collect();
        assert_eq!(divisors, [2, 1]);
        assert!(risen.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 2_000), "{risen:?}");
    }

    #[test]
    fn a_bitrate_between_two_steps_does_not_swing() {
        let mut ladder = ladder(Prefer::Motion);
        // A little less and a little more than 640×360 at 30 pictures per second need.
        let need = 0.03 * 640.0 * 360.0 * 30.0;
        for second in 0..60 {
            let bitrate = need * if second % 5 == 0 { 0.99 } else { 1.2 };
            let divisor = ladder.update(at(1_000 * second), bitrate as u32, NO_QUEUE).divisor;
            assert_eq!(divisor, 2, "second {second}");
        }
    }

    #[test]
    fn an_encoder_that_makes_too_much_is_given_less_to_do() {
        let mut ladder = ladder(Prefer::Motion);
        let full = Duration::from_millis(400);
        assert_eq!(ladder.update(at(0), 2_000_000, full).divisor, 2);
        assert_eq!(ladder.update(at(500), 2_000_000, full).divisor, 2);
        assert_eq!(ladder.update(at(1_200), 2_000_000, full).divisor, 4);
    }

    #[test]
    fn strange_frame_rates_are_taken() {
        for frame_rate in [0.0, -1.0, f32::NAN, f32::INFINITY, 0.1] {
            let quality =
                Ladder::new(VideoSize::new(640, 360).unwrap(), frame_rate, Prefer::Motion).quality();
            assert!(quality.frame_rate > 0.0 && quality.frame_rate.is_finite());
        }
    }
}
