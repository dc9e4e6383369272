//! When a key frame is made because somebody cannot go on without one.

use core::time::Duration;
use moim_media::Instant;
use moim_media::codec::FrameKind;

/// However often it is asked for: a key frame costs as much as many others, and makes the next ones coarse.
const APART: Duration = Duration::from_millis(250);

/// Requests for key frames (RFC 4585, section 6.3.1), and what was done about them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyFrames {
    wanted: bool,
    last: Option<Instant>,
}

impl KeyFrames {
    /// The far side asks for one. What it asked before the last one can have reached it is answered already.
    pub(crate) fn request(&mut self, now: Instant, round_trip: Duration) {
        self.wanted |= self.last.is_none_or(|last| now.since(last) > round_trip);
    }

    /// What is sent is no longer what was encoded: only a key frame mends that.
    pub(crate) fn need(&mut self) {
        self.wanted = true;
    }

    /// The kind of picture to ask the encoder for at `now`.
    pub(crate) fn next(&self, now: Instant) -> FrameKind {
        let may = self.last.is_none_or(|last| now.since(last) >= APART);
        if self.wanted && may { FrameKind::Key } else { FrameKind::Delta }
    }

    /// A key frame was sent.
    pub(crate) fn sent(&mut self, now: Instant) {
        self.wanted = false;
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND_TRIP: Duration = Duration::from_millis(100);

    #[test]
    fn a_request_is_answered_once_and_stale_ones_are_not() {
        let mut keys = KeyFrames::default();
        let at = |millis| Instant::from_millis(millis);
        assert_eq!(keys.next(at(0)), FrameKind::Delta);
        keys.request(at(0), ROUND_TRIP);
        assert_eq!(keys.next(at(1)), FrameKind::Key);
        keys.sent(at(1));
        keys.request(at(90), ROUND_TRIP);
        assert_eq!(keys.next(at(900)), FrameKind::Delta, "it was under way");
        keys.request(at(901), ROUND_TRIP);
        assert_eq!(keys.next(at(902)), FrameKind::Key);
    }

    #[test]
    fn a_flood_of_requests_makes_no_flood_of_key_frames() {
        let mut keys = KeyFrames::default();
        let mut made = 0;
        for millis in 0..10_000 {
            let now = Instant::from_millis(millis);
            keys.request(now, Duration::ZERO);
            if keys.next(now) == FrameKind::Key {
                keys.sent(now);
                made += 1;
            }
        }
        assert!((35..=40).contains(&made), "{made}");
    }
}
