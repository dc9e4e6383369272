//! A steady beat on an unsteady machine.

use moim_media::Instant;
use std::time::Duration;

/// Ticks at fixed points in time: the one after a late tick is due when it always was, so nothing drifts.
///
/// Ticks missed while the thread slept too long are made up for in one go, as a sound device would ask for all
/// samples it lacks. After an interruption of more than a second they are skipped and counted.
#[derive(Clone, Debug)]
pub struct Ticker {
    next: Instant,
    period: Duration,
    stats: TickStats,
}

/// One beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// How many came before it, those skipped included.
    pub number: u64,
    /// When it should have been.
    pub due: Instant,
    /// When it is.
    pub now: Instant,
}

/// How steady the beat was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TickStats {
    /// Ticks that came.
    pub ticks: u64,
    /// Of these, those that came a whole period late or more.
    pub late: u64,
    /// How late the latest was.
    pub worst: Duration,
    /// Ticks that were given up.
    pub skipped: u64,
}

impl Ticker {
    /// Behind by more than this, ticks are not made up for.
    const GIVE_UP: Duration = Duration::from_secs(1);

    /// Beats every `period` from `start` on.
    ///
    /// # Panics
    ///
    /// When `period` is zero.
    #[must_use]
    pub fn new(start: Instant, period: Duration) -> Self {
        assert!(!period.is_zero(), "a beat needs a period");
        Self { next: start, period, stats: TickStats::default() }
    }

    /// When the next tick is due.
    #[must_use]
    pub fn next(&self) -> Instant {
        self.next
    }

    /// The next tick, if it is due by `now`. Call until `None`.
    #[must_use]
    pub fn poll(&mut self, now: Instant) -> Option<Tick> {
        let mut behind = now.since(self.next);
        if behind > Self::GIVE_UP {
            let skipped = behind.as_nanos() / self.period.as_nanos();
            let skipped = u64::try_from(skipped).unwrap_or(u64::MAX);
            self.stats.skipped += skipped;
            self.next += Duration::from_nanos((self.period.as_nanos() as u64).saturating_mul(skipped));
            behind = now.since(self.next);
        }
        if self.next > now {
            return None;
        }
        let tick = Tick { number: self.stats.ticks + self.stats.skipped, due: self.next, now };
        self.next += self.period;
        self.stats.ticks += 1;
        self.stats.late += u64::from(behind >= self.period);
        self.stats.worst = self.stats.worst.max(behind);
        Some(tick)
    }

    /// How steady it was so far.
    #[must_use]
    pub fn stats(&self) -> TickStats {
        self.stats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_millis(10);

    fn ms(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn late_ticks_do_not_shift_the_beat() {
        let mut ticker = Ticker::new(ms(100), PERIOD);
        assert_eq!(ticker.poll(ms(99)), None);
        assert_eq!(ticker.poll(ms(103)), Some(Tick { number: 0, due: ms(100), now: ms(103) }));
        assert_eq!(ticker.poll(ms(109)), None);
        assert_eq!(ticker.next(), ms(110));
        assert_eq!(
            ticker.stats(),
            TickStats { ticks: 1, worst: Duration::from_millis(3), ..TickStats::default() }
        );
    }

    #[test]
    fn missed_ticks_are_made_up_for_and_counted() {
        let mut ticker = Ticker::new(ms(0), PERIOD);
        let made_up: Vec<_> = std::iter::from_fn(|| ticker.poll(ms(25))).map(|tick| tick.due).collect();
        assert_eq!(made_up, [ms(0), ms(10), ms(20)]);
        let stats = ticker.stats();
        assert_eq!((stats.ticks, stats.late, stats.worst), (3, 2, Duration::from_millis(25)));
    }

    #[test]
    fn a_long_interruption_is_skipped() {
        let mut ticker = Ticker::new(ms(0), PERIOD);
        assert_eq!(ticker.poll(ms(60_005)), Some(Tick { number: 6_000, due: ms(60_000), now: ms(60_005) }));
        assert_eq!(ticker.poll(ms(60_005)), None);
        assert_eq!(ticker.stats().skipped, 6_000);
        assert_eq!(ticker.next(), ms(60_010));
    }
}
