//! When to ask for a key frame (RFC 4585, section 6.3.1, PLI), and how often.

use core::time::Duration;
use moim_media::Instant;

/// A request is given at least this long, whatever the round trip …
const SHORTEST_WAIT: Duration = Duration::from_millis(200);
/// … and at most this, or a round trip and a half, however often it was in vain.
const LONGEST_WAIT: Duration = Duration::from_millis(600);

/// Why a key frame is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFrameNeed {
    /// Nothing that could be decoded has come yet.
    Start,
    /// Packets are lost that will not come any more, at least not in time.
    Loss,
    /// The decoder refused what came.
    Corrupt,
}

/// Spaces requests: the first at once, then after a round trip and a half, then ever more rarely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyFrameRequests {
    /// No request before this …
    rest_until: Instant,
    /// … or, as soon as a key frame has come, before this.
    rest_if_answered: Instant,
    wait: Option<Duration>,
}

impl KeyFrameRequests {
    pub(crate) fn new() -> Self {
        Self { rest_until: Instant::EPOCH, rest_if_answered: Instant::EPOCH, wait: None }
    }

    /// A key frame came: the next request is a first one again.
    pub(crate) fn answered(&mut self) {
        self.wait = None;
        self.rest_until = self.rest_if_answered;
    }

    /// Whether to ask now, given that there is a need.
    pub(crate) fn poll(&mut self, now: Instant, round_trip: Duration) -> bool {
        if now < self.rest_until {
            return false;
        }
        let shortest = (round_trip + round_trip / 2).max(SHORTEST_WAIT);
        let wait =
            self.wait.map_or(shortest, |wait| (2 * wait).max(shortest)).min(LONGEST_WAIT.max(shortest));
        self.wait = Some(wait);
        self.rest_until = now + wait;
        self.rest_if_answered = now + shortest;
        true
    }

    /// When [`poll`](Self::poll) may next say yes.
    pub(crate) fn next_due(&self) -> Instant {
        self.rest_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_at(
        requests: &mut KeyFrameRequests,
        round_trip: Duration,
        span: core::ops::Range<u64>,
    ) -> Vec<u64> {
        span.filter(|&at| requests.poll(Instant::from_millis(at), round_trip)).collect()
    }

    #[test]
    fn backs_off_by_the_round_trip() {
        let mut requests = KeyFrameRequests::new();
        let asked = asked_at(&mut requests, Duration::from_millis(200), 0..3_500);
        assert_eq!(asked, [0, 300, 900, 1_500, 2_100, 2_700, 3_300]);
    }

    #[test]
    fn an_answer_begins_anew_but_never_hastily() {
        let mut requests = KeyFrameRequests::new();
        assert_eq!(asked_at(&mut requests, Duration::ZERO, 0..700), [0, 200, 600]);
        requests.answered();
        assert_eq!(asked_at(&mut requests, Duration::ZERO, 700..1_200), [800, 1_000]);
    }
}
