//! How long to wait between two reports (RFC 3550, sections 6.3.1 and A.7).

use super::Bandwidth;
use crate::dice::Dice;
use core::time::Duration;

/// e − 3/2: what reconsidering the timer makes the interval longer on average.
const COMPENSATION: f64 = core::f64::consts::E - 1.5;

/// The longest interval: of use to nobody, but short enough to reckon with.
pub(super) const LONGEST: Duration = Duration::from_secs(1 << 20);

/// Bytes of a report that says nothing (RFC 3550, section 6.4.2).
const EMPTY_REPORT: u16 = 8;

/// How many share the bandwidth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Population {
    /// All of them.
    pub(super) members: usize,
    /// Those of them who send media.
    pub(super) senders: usize,
}

/// On whose share of the bandwidth a report goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Sender,
    Receiver,
}

/// What a compound packet of the session has in bytes on average (RFC 3550, section 6.3.3).
#[derive(Clone, Debug)]
pub(super) struct Average(f64);

impl Average {
    pub(super) fn new(bytes: usize) -> Self {
        Self(bounded(bytes))
    }

    pub(super) fn update(&mut self, bytes: usize) {
        self.0 += (bounded(bytes) - self.0) / 16.0;
    }
}

/// No datagram is longer, and no packet shorter: without a size there would be no interval.
fn bounded(bytes: usize) -> f64 {
    f64::from(u16::try_from(bytes).unwrap_or(u16::MAX).max(EMPTY_REPORT))
}

/// The interval before it is spread, at least `shortest`; `None` without bandwidth.
pub(super) fn deterministic(
    bandwidth: Bandwidth,
    population: Population,
    role: Role,
    average: &Average,
    shortest: Duration,
) -> Option<Duration> {
    let Population { members, senders } = population;
    let (of_senders, of_receivers) = (f64::from(bandwidth.senders), f64::from(bandwidth.receivers));
    let all = of_senders + of_receivers;
    // A few senders have a share of their own; many are members like all others.
    let few = senders as f64 * all <= members as f64 * of_senders;
    let (sharing, bits_per_second) = match (few, role) {
        (true, Role::Sender) => (senders, of_senders),
        (true, Role::Receiver) => (members.saturating_sub(senders), of_receivers),
        (false, _) => (members, all),
    };
    if bits_per_second <= 0.0 {
        return None;
    }
    let seconds = sharing as f64 * average.0 * 8.0 / bits_per_second;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST).max(shortest))
}

/// By how much an interval is longer or shorter than reckoned: half to one and a half, compensated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread(f64);

impl Spread {
    pub(super) fn roll(dice: &mut Dice) -> Self {
        Self((0.5 + dice.unit()) / COMPENSATION)
    }

    pub(super) fn over(self, interval: Duration) -> Duration {
        interval.mul_f64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(bandwidth: Bandwidth, members: usize, senders: usize, role: Role) -> Option<f64> {
        let average = Average::new(100);
        let population = Population { members, senders };
        deterministic(bandwidth, population, role, &average, Duration::ZERO).map(|found| found.as_secs_f64())
    }

    #[test]
    fn few_senders_have_a_quarter_to_themselves() {
        let bandwidth = Bandwidth::of_session(64_000);
        assert_eq!(bandwidth, Bandwidth { senders: 800, receivers: 2_400 });
        // 1 × 800 bits on 800 bit/s; 9 × 800 on 2 400.
        assert_eq!(seconds(bandwidth, 10, 1, Role::Sender), Some(1.0));
        assert_eq!(seconds(bandwidth, 10, 1, Role::Receiver), Some(3.0));
        // Three of ten are more than a quarter: all share 3 200.
        assert_eq!(seconds(bandwidth, 10, 3, Role::Sender), Some(2.5));
        assert_eq!(seconds(bandwidth, 10, 3, Role::Receiver), Some(2.5));
    }

    #[test]
    fn without_bandwidth_there_are_no_reports() {
        let senders_only = Bandwidth { senders: 800, receivers: 0 };
        assert_eq!(seconds(senders_only, 10, 1, Role::Receiver), None);
        assert_eq!(seconds(senders_only, 10, 1, Role::Sender), Some(1.0));
        assert_eq!(seconds(Bandwidth { senders: 0, receivers: 0 }, 2, 1, Role::Sender), None);
    }

    #[test]
    fn the_average_follows_by_sixteenths() {
        let mut average = Average::new(160);
        average.update(16);
        assert!((average.0 - 151.0).abs() < 1e-9);
        average.update(usize::MAX);
        assert!((average.0 - (151.0 + (65_535.0 - 151.0) / 16.0)).abs() < 1e-9);
    }

    #[test]
    fn every_interval_takes_time() {
        let most = Bandwidth { senders: u32::MAX, receivers: u32::MAX };
        let alone = Population { members: 1, senders: 0 };
        let mut average = Average::new(0);
        average.update(0);
        let interval = deterministic(most, alone, Role::Receiver, &average, Duration::ZERO).unwrap();
        let mut dice = Dice::new(1);
        assert!((0..1_000).all(|_| Spread::roll(&mut dice).over(interval) > Duration::ZERO));
    }
}
