//! The packets that needed the least time on the way: a minimum over a window.

use crate::ClockTime;
use moim_media::Instant;

/// Seconds of the window, each with its own minimum.
const SECONDS: usize = 20;
/// A packet that much earlier or later than the fastest is none of the stream's, unless the next one is as well.
const FAR: i64 = 10_000_000_000;

/// What a packet was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transit {
    Usual,
    /// The stream counts from another zero.
    Restarted,
}

/// The least of arrival less media time, over the last 20 seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Fastest {
    seconds: [Option<i64>; SECONDS],
    /// The second that the last packet arrived in.
    newest: u64,
    least: Option<i64>,
    /// The transit of a packet far from all others.
    stray: Option<i64>,
}

impl Fastest {
    pub(super) fn insert(&mut self, now: Instant, media: i64) -> Transit {
        let transit = ClockTime::from(now).as_nanos().saturating_sub(media);
        let far = |from: i64| transit.saturating_sub(from).saturating_abs() > FAR;
        let strange = self.least.is_some_and(far);
        if strange && self.stray.is_none_or(far) {
            self.stray = Some(transit);
            return Transit::Usual;
        }
        self.stray = None;
        if strange {
            *self = Self::default();
        }
        self.advance(now.as_nanos() / 1_000_000_000);
        let place = &mut self.seconds[place(self.newest)];
        *place = Some(place.map_or(transit, |least| least.min(transit)));
        self.least = self.seconds.iter().flatten().min().copied();
        if strange { Transit::Restarted } else { Transit::Usual }
    }

    pub(super) fn captured(&self, media: i64) -> Option<ClockTime> {
        self.least.map(|least| ClockTime::from_nanos(media.saturating_add(least)))
    }

    /// Forgets the seconds that `second` pushes out of the window; all of them when the clock was set back.
    fn advance(&mut self, second: u64) {
        let passed = second.checked_sub(self.newest).unwrap_or(SECONDS as u64);
        for n in 0..passed.min(SECONDS as u64) {
            self.seconds[place(second.wrapping_sub(n))] = None;
        }
        self.newest = second;
    }
}

fn place(second: u64) -> usize {
    (second % SECONDS as u64) as usize
}
