//! The last second of packets, on whatever clock: how many bits, and how fast the fastest was.

use core::time::Duration;

/// Shorter than what must be told apart, longer than the clock ticks of 250 µs in feedback.
const BUCKET: Duration = Duration::from_millis(25);
const BUCKETS: u64 = 40;

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Which 25 ms of the clock.
    number: u64,
    bytes: u64,
    /// In nanoseconds, from the sender's clock to the receiver's.
    least_delay: i64,
}

/// Packets in buckets of 25 ms.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    buckets: [Option<Bucket>; BUCKETS as usize],
    first: u64,
    newest: Option<Duration>,
}

impl Flow {
    pub(crate) fn new() -> Self {
        Self { buckets: [None; BUCKETS as usize], first: 0, newest: None }
    }

    /// A packet of `bytes` passed. What is more than a second older than the newest says nothing any more.
    pub(crate) fn record(&mut self, at: Duration, delay: i64, bytes: usize) {
        let number = number(at);
        if self.newest.is_none() {
            self.first = number;
        }
        if self.newest.is_some_and(|newest| number + BUCKETS <= self::number(newest)) {
            return;
        }
        self.newest = self.newest.max(Some(at));
        let bucket = &mut self.buckets[(number % BUCKETS) as usize];
        let before = bucket.filter(|bucket| bucket.number == number);
        *bucket = Some(before.map_or(Bucket { number, bytes: bytes as u64, least_delay: delay }, |before| {
            let least_delay = before.least_delay.min(delay);
            Bucket { number, bytes: before.bytes.saturating_add(bytes as u64), least_delay }
        }));
    }

    /// Bits per second over the last `window` before the newest packet, at most a second of it; `None` before that
    /// much has passed.
    pub(crate) fn rate(&self, window: Duration) -> Option<f64> {
        let newest = self.newest?;
        let last = number(newest);
        let whole = (window.as_nanos() / BUCKET.as_nanos()).clamp(2, u128::from(BUCKETS)) as u64 - 1;
        if last < self.first + whole {
            return None;
        }
        let bytes: u64 = self.since(last - whole).map(|bucket| bucket.bytes).sum();
        let begun = newest.as_nanos() % BUCKET.as_nanos();
        let time = BUCKET.as_secs_f64() * whole as f64 + begun as f64 * 1e-9;
        Some(8.0 * bytes as f64 / time)
    }

    /// The least delay in the last `window`, in nanoseconds from clock to clock.
    pub(crate) fn least_delay(&self, window: Duration) -> Option<i64> {
        let from = self.newest?.saturating_sub(window);
        self.since(number(from)).map(|bucket| bucket.least_delay).min()
    }

    fn since(&self, number: u64) -> impl Iterator<Item = &Bucket> {
        self.buckets.iter().flatten().filter(move |bucket| bucket.number >= number)
    }
}

fn number(at: Duration) -> u64 {
    at.as_nanos() as u64 / BUCKET.as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_window() {
        let mut flow = Flow::new();
        assert_eq!(flow.rate(Duration::from_millis(200)), None);
        // 1 byte per millisecond, then 4.
        for milli in 0..3_000_u64 {
            let bytes = if milli < 2_500 { 1 } else { 4 };
            flow.record(Duration::from_millis(1_000_000 + milli), 0, bytes);
        }
        let kilobits = |millis| flow.rate(Duration::from_millis(millis)).unwrap() / 1_000.0;
        assert!((kilobits(300) - 32.0).abs() < 1.5, "{}", kilobits(300));
        assert!((kilobits(1_000) - 20.0).abs() < 1.5, "{}", kilobits(1_000));
    }

    #[test]
    fn the_least_delay_is_that_of_the_window() {
        let mut flow = Flow::new();
        for milli in 0..2_000_i64 {
            flow.record(Duration::from_millis(milli as u64), milli - 5_000, 1);
        }
        let least = flow.least_delay(Duration::from_millis(100)).unwrap();
        assert!((-3_125..=-3_100).contains(&least), "{least}");
    }

    #[test]
    fn late_news_are_old_news() {
        let mut flow = Flow::new();
        flow.record(Duration::from_secs(10), 7, 1);
        flow.record(Duration::from_secs(9), 3, 1);
        assert_eq!(flow.least_delay(Duration::from_secs(5)), Some(7));
    }
}
