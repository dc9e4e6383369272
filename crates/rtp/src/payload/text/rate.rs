//! How many characters may still be sent (RFC 4103, section 6).

use alloc::boxed::Box;
use alloc::vec;
use core::time::Duration;
use moim_media::Instant;

/// Over what the rate is an average.
const WINDOW: Duration = Duration::from_secs(10);

/// Counts the characters of the last ten seconds.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    /// Most characters in any ten seconds.
    most: u64,
    /// As many as packets can be sent in ten seconds.
    sent: Box<[Sent]>,
    /// Where the next packet is noted: in the place of the oldest.
    next: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    at: Instant,
    characters: u64,
}

impl Rate {
    /// At most `cps` characters per second, in packets at least `interval` apart.
    pub(super) fn new(cps: u32, interval: Duration) -> Self {
        let packets = WINDOW.as_micros().div_ceil(interval.as_micros().max(1));
        let packets = usize::try_from(packets).unwrap_or(usize::MAX).saturating_add(1);
        Self {
            most: u64::from(cps.max(1)) * WINDOW.as_secs(),
            sent: vec![Sent::default(); packets].into_boxed_slice(),
            next: 0,
        }
    }

    /// How many characters may be sent at `now`.
    pub(super) fn allowed(&self, now: Instant) -> usize {
        let counts = self.sent.iter().filter(|sent| now < sent.at + WINDOW);
        let sent = counts.map(|sent| sent.characters).sum::<u64>();
        usize::try_from(self.most.saturating_sub(sent)).unwrap_or(usize::MAX)
    }

    /// From when on at least one may be sent.
    pub(super) fn open(&self) -> Instant {
        let mut left = self.most;
        for age in 1..=self.sent.len() {
            let index = (self.next + self.sent.len() - age) % self.sent.len();
            let Some(sent) = self.sent.get(index) else { break };
            left = left.saturating_sub(sent.characters);
            if left == 0 {
                return sent.at + WINDOW;
            }
        }
        Instant::EPOCH
    }

    /// Notes a packet with so many characters.
    pub(super) fn note(&mut self, now: Instant, characters: usize) {
        if let Some(sent) = self.sent.get_mut(self.next) {
            *sent = Sent { at: now, characters: characters as u64 };
        }
        self.next = (self.next + 1) % self.sent.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_ten_seconds_hold_more_than_the_rate_allows() {
        let interval = Duration::from_millis(300);
        let mut rate = Rate::new(3, interval);
        let mut sent = std::vec::Vec::new();
        let mut now = Instant::from_millis(5);
        for step in 0..2_000 {
            let characters = rate.allowed(now).min(step % 7);
            assert_eq!(rate.allowed(now) > 0, now >= rate.open());
            rate.note(now, characters);
            sent.push((now, characters));
            let window = sent.iter().filter(|(at, _)| now < *at + WINDOW);
            let count: usize = window.map(|&(_, characters)| characters).sum();
            assert!(count <= 30, "{count} at {now:?}");
            now += interval;
        }
        let all: usize = sent.iter().map(|&(_, characters)| characters).sum();
        assert!(all > 1_700, "and nearly all that is allowed can be used: {all}");
    }
}
