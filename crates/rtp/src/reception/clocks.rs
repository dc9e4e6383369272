//! The clocks that the timestamps of one source tick by: one for each of its payload types (RFC 7160).

use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime, Timestamp, Unwrap};

/// Clocks besides the first; a further one takes the place of one of these.
const OTHERS: usize = 3;
/// How much later or earlier than its arrival tells a packet may be stamped when the clock changes. A sender that goes
/// on counting where the other clock stopped (RFC 7160, section 3.2) is off by more after a while.
const SLACK: Duration = Duration::from_millis(500);

/// One timeline, whatever the clock.
///
/// Timestamps of different clocks cannot be compared. When the clock changes, media time goes on by as much as passed
/// between the arrivals, unless that clock was heard before and tells about the same.
#[derive(Clone, Debug)]
pub(super) struct Clocks {
    first: Clock,
    others: [Option<Clock>; OTHERS],
    /// Where a clock that is new goes.
    place: usize,
    newest: Option<Newest>,
}

#[derive(Clone, Debug)]
struct Clock {
    unwrap: Unwrap,
    rate: ClockRate,
    /// From what its timestamps say to the common timeline, in its ticks.
    offset: i128,
}

#[derive(Clone, Copy, Debug)]
struct Newest {
    time: MediaTime,
    heard: Instant,
}

impl Clocks {
    pub(super) const fn new(rate: ClockRate) -> Self {
        Self { first: Clock::new(rate), others: [const { None }; OTHERS], place: 0, newest: None }
    }

    /// The media time of a packet that came at `now`.
    pub(super) fn time(&mut self, now: Instant, timestamp: Timestamp, rate: ClockRate) -> MediaTime {
        let newest = self.newest;
        let clock = self.clock(rate);
        match newest {
            Some(newest) if newest.time.rate() != rate => {
                clock.follow(newest.time + now.since(newest.heard), timestamp)
            }
            _ => clock.time(timestamp),
        }
    }

    /// A packet of that media time came at `now` and is believed.
    pub(super) const fn heard(&mut self, now: Instant, time: MediaTime) {
        self.newest = Some(Newest { time, heard: now });
    }

    /// The media time nearest to the newest packet, on its clock.
    pub(super) fn nearest_time(&self, timestamp: Timestamp) -> Option<MediaTime> {
        let rate = self.newest?.time.rate();
        let mut clocks = core::iter::once(&self.first).chain(self.others.iter().flatten());
        let clock = clocks.find(|clock| clock.rate == rate)?;
        Some(clock.shifted(clock.unwrap.nearest_time(timestamp)?))
    }

    fn clock(&mut self, rate: ClockRate) -> &mut Clock {
        if self.first.rate == rate {
            return &mut self.first;
        }
        let known =
            self.others.iter().position(|other| other.as_ref().is_some_and(|other| other.rate == rate));
        let place = known.unwrap_or_else(|| {
            let place = self.place;
            self.place = (place + 1) % OTHERS;
            place
        });
        match self.others.get_mut(place) {
            Some(other) if known.is_some() => other.get_or_insert(Clock::new(rate)),
            Some(other) => other.insert(Clock::new(rate)),
            None => &mut self.first,
        }
    }
}

impl Clock {
    const fn new(rate: ClockRate) -> Self {
        Self { unwrap: Unwrap::new(rate), rate, offset: 0 }
    }

    fn time(&mut self, timestamp: Timestamp) -> MediaTime {
        let time = self.unwrap.time(timestamp);
        self.shifted(time)
    }

    /// The time of the first packet after another clock's, which should be about `expected`.
    fn follow(&mut self, expected: MediaTime, timestamp: Timestamp) -> MediaTime {
        let was_heard = self.unwrap.nearest_time(timestamp).is_some();
        let stamped = self.unwrap.time(timestamp);
        let time = self.shifted(stamped);
        let apart = Duration::from_nanos(time.nanos_since(expected).unsigned_abs());
        if was_heard && apart <= SLACK {
            return time;
        }
        let (hz, of_expected) = (u128::from(self.rate.hz()), u128::from(expected.rate().hz()));
        let ticks = (u128::from(expected.ticks()) * hz + of_expected / 2) / of_expected;
        self.offset = i128::try_from(ticks).unwrap_or(i128::MAX) - i128::from(stamped.ticks());
        self.shifted(stamped)
    }

    fn shifted(&self, time: MediaTime) -> MediaTime {
        let ticks = i128::from(time.ticks()) + self.offset;
        MediaTime::new(u64::try_from(ticks.max(0)).unwrap_or(u64::MAX), self.rate)
    }
}
