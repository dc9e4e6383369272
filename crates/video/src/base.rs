//! The fastest packets of the last seconds: the path without queues.

use crate::timeline::Transit;
use core::time::Duration;
use moim_media::Instant;

const SLOT: Duration = Duration::from_millis(500);
/// Long enough to see the path empty, short enough to follow the drift between two clocks.
const SLOTS: usize = 40;

/// A running minimum of transit over the last 20 s.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    slots: [Option<Transit>; SLOTS],
    current: usize,
    current_since: Instant,
}

impl Base {
    pub(crate) fn new() -> Self {
        Self { slots: [None; SLOTS], current: 0, current_since: Instant::EPOCH }
    }

    pub(crate) fn record(&mut self, now: Instant, transit: Transit) {
        let steps = now.since(self.current_since).as_millis() / SLOT.as_millis();
        for _ in 0..steps.min(SLOTS as u128) {
            self.current = (self.current + 1) % SLOTS;
            self.slots[self.current] = None;
        }
        if steps > 0 {
            self.current_since = now;
        }
        let slot = &mut self.slots[self.current];
        *slot = Some(slot.map_or(transit, |least| least.min(transit)));
    }

    /// The least transit; `None` before the first packet.
    pub(crate) fn transit(&self) -> Option<Transit> {
        self.slots.iter().flatten().min().copied()
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
