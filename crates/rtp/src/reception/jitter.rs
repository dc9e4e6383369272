//! The interarrival jitter of RFC 3550, appendix A.8.

use moim_media::{ClockRate, Instant, Timestamp};

/// A smoothed mean of how much packets come closer together or farther apart than they were sent.
#[derive(Clone, Debug)]
pub(super) struct Jitter {
    /// The clock in whose ticks it is told.
    pub(super) rate: ClockRate,
    before: Option<Before>,
    sixteenths: u64,
}

/// The packet before.
#[derive(Clone, Copy, Debug)]
struct Before {
    rate: ClockRate,
    transit: u32,
    timestamp: Timestamp,
}

impl Jitter {
    pub(super) const fn new(rate: ClockRate) -> Self {
        Self { rate, before: None, sixteenths: 0 }
    }

    /// Only packets of the same clock are compared: what a sender does to its timestamps when it changes to another
    /// one nobody knows (RFC 7160, section 3).
    #[allow(
        clippy::cast_possible_truncation,
        reason = "transit times are compared modulo 2³², as timestamps are"
    )]
    pub(super) fn update(&mut self, now: Instant, timestamp: Timestamp, rate: ClockRate) {
        let transit = (rate.ticks(now.since_epoch()) as u32).wrapping_sub(timestamp.0);
        let packet = Before { rate, transit, timestamp };
        let before = self.before.filter(|before| before.rate == rate);
        // An event that lasts is told again and again under the time of its begin (RFC 4733, section 2.2.1): the first
        // of its packets is the one to compare.
        if rate != self.rate && before.is_some_and(|before| before.timestamp == timestamp) {
            return;
        }
        self.before = Some(packet);
        let Some(before) = before else { return };
        let mut difference = u64::from(transit.wrapping_sub(before.transit).cast_signed().unsigned_abs());
        if rate != self.rate {
            difference = difference * u64::from(self.rate.hz()) / u64::from(rate.hz());
        }
        self.sixteenths += difference;
        self.sixteenths -= (self.sixteenths - difference + 8) >> 4;
    }

    pub(super) fn ticks(&self) -> u32 {
        u32::try_from(self.sixteenths >> 4).unwrap_or(u32::MAX)
    }
}
