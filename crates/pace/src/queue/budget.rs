//! How much may leave now: a leaky bucket.

use core::time::Duration;
use moim_media::Instant;

/// What may leave at once after a rest, and what the queue waits for before it asks to be polled again.
const BURST: Duration = Duration::from_millis(5);
/// Whoever polls a queue with packets in it this seldom still gets all of the rate.
const PATIENCE: Duration = Duration::from_millis(20);

/// A balance of bits: credit grows with time, packets spend it.
///
/// A packet may leave while there is any credit, so the rate is exceeded by less than one packet.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    factor: f64,
    bits_per_second: f64,
    /// Positive is credit, negative is debt.
    balance: f64,
    at: Instant,
}

impl Budget {
    pub(crate) fn new(factor: f32, rate: u32) -> Self {
        let factor = f64::from(factor);
        let bits_per_second = factor * f64::from(rate);
        Self { factor, bits_per_second, balance: bits_per_second * BURST.as_secs_f64(), at: Instant::EPOCH }
    }

    pub(crate) fn set_rate(&mut self, now: Instant, rate: u32) {
        self.advance(now);
        self.bits_per_second = self.factor * f64::from(rate);
        self.balance = self.balance.min(self.in_bits(PATIENCE));
    }

    /// Nothing waited until now: only a burst has been saved.
    pub(crate) fn rest(&mut self, now: Instant) {
        self.advance(now);
        self.balance = self.balance.min(self.in_bits(BURST));
    }

    /// Time passed. A `now` before an earlier one counts as the earlier one.
    pub(crate) fn advance(&mut self, now: Instant) {
        let gained = self.in_bits(now.since(self.at));
        self.balance = (self.balance + gained).min(self.in_bits(PATIENCE));
        self.at = self.at.max(now);
    }

    pub(crate) fn allows(&self) -> bool {
        self.balance > 0.0
    }

    pub(crate) fn spend(&mut self, bytes: usize) {
        self.balance -= 8.0 * bytes as f64;
    }

    /// When there is a burst to spend; `None` when never.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        if self.allows() {
            return Some(now);
        }
        let wait = self.in_time(self.in_bits(BURST) - self.balance)?;
        // Rounded up, so that at that time there is credit indeed.
        Some((self.at + wait + Duration::from_nanos(1)).max(now))
    }

    /// How long `bytes` take to leave once debts are paid.
    pub(crate) fn time_to_send(&self, bytes: usize) -> Duration {
        self.in_time(8.0 * bytes as f64 - self.balance.min(0.0)).unwrap_or(Duration::MAX)
    }

    fn in_bits(&self, time: Duration) -> f64 {
        self.bits_per_second * time.as_secs_f64()
    }

    fn in_time(&self, bits: f64) -> Option<Duration> {
        if self.bits_per_second <= 0.0 {
            return None;
        }
        Duration::try_from_secs_f64(bits / self.bits_per_second).ok()
    }
}
