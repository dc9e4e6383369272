//! How long packets are overtaken on this path: as long as a gap is not yet a loss.

use core::time::Duration;
use moim_media::Instant;

/// Overtaking that was seen is expected again for this long.
const REMEMBERED: Duration = Duration::from_secs(10);

/// The longest overtaking lately.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reordering {
    most: Duration,
    longest: Option<Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Instant,
    lasted: Duration,
}

impl Reordering {
    /// Never expects more than `most`.
    pub(crate) fn new(most: Duration) -> Self {
        Self { most, longest: None }
    }

    /// A packet that had not been lost came `lasted` after one that was sent later.
    pub(crate) fn seen(&mut self, at: Instant, lasted: Duration) {
        if lasted > self.most {
            return;
        }
        if lasted >= self.patience(at) {
            self.longest = Some(Seen { at, lasted });
        }
    }

    /// How long to wait before a missing packet counts as lost.
    pub(crate) fn patience(&self, now: Instant) -> Duration {
        match self.longest {
            // A little more than what was seen, so that the like of it is covered.
            Some(seen) if now.since(seen.at) < REMEMBERED => (seen.lasted + seen.lasted / 4).min(self.most),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_follows_what_was_seen_and_is_forgotten() {
        let ms = Duration::from_millis;
        let mut reordering = Reordering::new(ms(50));
        assert_eq!(reordering.patience(Instant::EPOCH), Duration::ZERO);
        reordering.seen(Instant::EPOCH, ms(8));
        assert_eq!(reordering.patience(Instant::EPOCH), ms(10));
        reordering.seen(Instant::EPOCH, ms(2));
        assert_eq!(reordering.patience(Instant::EPOCH), ms(10));
        reordering.seen(Instant::EPOCH, ms(48));
        assert_eq!(reordering.patience(Instant::EPOCH), ms(50));
        assert_eq!(reordering.patience(Instant::from_millis(10_000)), Duration::ZERO);
    }
}
