//! Which pictures of the camera are encoded at all.

use core::time::Duration;
use moim_media::Instant;

/// Pictures that wait longer than this before they leave make the next one too late.
const QUEUE: Duration = Duration::from_millis(120);
/// What a new interval counts in the smoothed one.
const SMOOTHING: f64 = 0.1;

/// Whether a picture is to be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Admission {
    /// It is.
    Encode,
    /// The frame rate leaves it out.
    Decimated,
    /// Those before it still wait to be sent; it would only wait behind them.
    Congested,
}

/// Lets as many pictures through as the frame rate says, evenly, and none while the pacer is behind.
///
/// A picture that is left out before it is encoded costs nobody its reference.
#[derive(Clone, Debug)]
pub struct FrameGate {
    frame_rate: f64,
    /// When the next picture should be.
    next: Option<Instant>,
    last: Option<Instant>,
    /// From picture to picture of the camera, smoothed, in seconds.
    interval: f64,
    decimated: u64,
    congested: u64,
}

impl FrameGate {
    /// A gate that lets `frame_rate` pictures per second through; anything that is not above zero counts as one.
    #[must_use]
    pub fn new(frame_rate: f32) -> Self {
        let mut gate =
            Self { frame_rate: 1.0, next: None, last: None, interval: 0.0, decimated: 0, congested: 0 };
        gate.set_frame_rate(frame_rate);
        gate
    }

    /// Sets the pictures per second, from the next one on; anything that is not above zero counts as one.
    pub fn set_frame_rate(&mut self, frame_rate: f32) {
        let frame_rate = f64::from(frame_rate);
        let frame_rate = if frame_rate > 0.0 { frame_rate.min(1_000.0) } else { 1.0 };
        if frame_rate != self.frame_rate {
            self.frame_rate = frame_rate;
            self.next = None;
        }
    }

    /// The camera has a picture, taken at `captured`, and those before it take `picture_delay` to leave
    /// ([`PacedQueue::picture_delay`](crate::PacedQueue::picture_delay)).
    pub fn admit(&mut self, captured: Instant, picture_delay: Duration) -> Admission {
        self.watch(captured);
        let next = self.next.unwrap_or(captured);
        // The nearest picture to when one should be: half an interval of the camera early is as good as half late.
        let early = Duration::from_secs_f64(0.5 * self.interval);
        if captured + early < next {
            self.decimated += 1;
            return Admission::Decimated;
        }
        if picture_delay > QUEUE {
            self.congested += 1;
            return Admission::Congested;
        }
        let interval = Duration::from_secs_f64(1.0 / self.frame_rate);
        // From the grid, so that the rate is right on average; unless that lies behind.
        self.next = Some(if captured.since(next) > interval { captured + interval } else { next + interval });
        Admission::Encode
    }

    /// Pictures left out for the frame rate.
    #[must_use]
    pub fn decimated(&self) -> u64 {
        self.decimated
    }

    /// Pictures left out because others still waited.
    #[must_use]
    pub fn congested(&self) -> u64 {
        self.congested
    }

    fn watch(&mut self, captured: Instant) {
        if let Some(last) = self.last.replace(captured) {
            // A pause of the camera says nothing about its rate.
            let interval = captured.since(last).as_secs_f64().min(1.0 / self.frame_rate);
            let weight = if self.interval == 0.0 { 1.0 } else { SMOOTHING };
            self.interval += weight * (interval - self.interval);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When the pictures were taken that pass, of ten seconds of a camera with this rate and jitter.
    fn passed(camera: f64, wanted: f32) -> Vec<f64> {
        let mut gate = FrameGate::new(wanted);
        (0..(10.0 * camera) as u32)
            .map(|frame| (f64::from(frame) + f64::from(frame * 7_919 % 11) / 50.0) / camera)
            .filter(|&at| {
                let captured = Instant::from_nanos((at * 1e9) as u64);
                gate.admit(captured, Duration::ZERO) == Admission::Encode
            })
            .collect()
    }

    #[test]
    fn the_rate_is_right_and_even() {
        for (camera, wanted) in
            [(30.0, 30.0), (30.0, 15.0), (30.0, 10.0), (30.0, 7.5), (60.0, 20.0), (25.0, 5.0)]
        {
            let passed = passed(camera, wanted);
            let expected = 10.0 * f64::from(wanted);
            assert!((passed.len() as f64 - expected).abs() <= 2.0, "{} of {expected}", passed.len());
            let even = 1.0 / f64::from(wanted);
            for pair in passed[2..].windows(2) {
                let interval = pair[1] - pair[0];
                assert!((interval - even).abs() < 0.35 / camera, "{interval} s at {wanted} of {camera}");
            }
        }
    }

    #[test]
    fn two_of_three_are_even_on_average() {
        let passed = passed(30.0, 20.0);
        assert!((198..=202).contains(&passed.len()), "{}", passed.len());
        assert!(passed.windows(2).all(|pair| pair[1] - pair[0] < 0.075));
    }

    #[test]
    fn a_slow_camera_passes_whole() {
        assert_eq!(passed(12.0, 30.0).len(), 120);
        assert_eq!(passed(30.0, 31.0).len(), 300);
    }

    #[test]
    fn nothing_passes_while_pictures_wait_and_the_next_one_does_after() {
        let mut gate = FrameGate::new(30.0);
        let at = |frame: u64| Instant::from_micros(33_333 * frame);
        assert_eq!(gate.admit(at(0), Duration::ZERO), Admission::Encode);
        for frame in 1..10 {
            assert_eq!(gate.admit(at(frame), Duration::from_millis(150)), Admission::Congested);
        }
        for frame in 10..20 {
            assert_eq!(gate.admit(at(frame), Duration::from_millis(20)), Admission::Encode);
        }
        assert_eq!((gate.congested(), gate.decimated()), (9, 0));
    }

    #[test]
    fn no_rate_is_one_picture_a_second() {
        for rate in [0.0, -3.0, f32::NAN, f32::NEG_INFINITY] {
            assert_eq!(passed(30.0, rate).len(), 10);
        }
        assert_eq!(passed(30.0, f32::INFINITY).len(), 300);
    }
}
