//! The fastest packets of the last seconds: the path without queues.

use super::Transit;
use crate::Instant;
use core::time::Duration;

const SLOT: Duration = Duration::from_millis(500);
/// Long enough to see the path empty, short enough to follow the drift between two clocks.
const SLOTS: usize = (Base::WINDOW.as_millis() / SLOT.as_millis()) as usize;

/// A running minimum of transit over the last 20 s.
#[derive(Clone, Debug)]
pub struct Base {
    slots: [Option<Transit>; SLOTS],
    /// The least of them.
    least: Option<Transit>,
    current: usize,
    current_since: Instant,
}

impl Default for Base {
    fn default() -> Self {
        Self::new()
    }
}

impl Base {
    /// What it remembers.
    pub const WINDOW: Duration = Duration::from_secs(20);

    /// Of a stream of which nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: [None; SLOTS], least: None, current: 0, current_since: Instant::EPOCH }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// A packet came at `now` with this transit.
    pub fn record(&mut self, now: Instant, transit: Transit) {
        let steps = now.since(self.current_since).as_millis() / SLOT.as_millis();
        for _ in 0..steps.min(SLOTS as u128) {
            self.current = (self.current + 1) % SLOTS;
            self.slots[self.current] = None;
        }
        if steps > 0 {
            self.current_since = now;
        }
        let slot = self.slots[self.current].map_or(transit, |least| least.min(transit));
        self.slots[self.current] = Some(slot);
        self.least = match self.least {
            Some(least) if steps == 0 => Some(least.min(transit)),
            _ => self.slots.iter().flatten().min().copied(),
        };
    }

    /// The least transit; `None` before the first packet.
    #[must_use]
    pub fn transit(&self) -> Option<Transit> {
        self.least
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_a_fast_packet_after_twenty_seconds() {
        let mut base = Base::new();
        assert_eq!(base.transit(), None);
        base.record(Instant::EPOCH, Transit(1));
        for second in 0..19 {
            base.record(Instant::from_millis(second * 1_000), Transit(5));
            assert_eq!(base.transit(), Some(Transit(1)));
        }
        for second in 19..22 {
            base.record(Instant::from_millis(second * 1_000), Transit(5));
        }
        assert_eq!(base.transit(), Some(Transit(5)));
    }
}
