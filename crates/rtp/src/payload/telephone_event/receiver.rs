//! Which keys were pressed, told from the reports that arrive (RFC 4733, section 2.5.2).

use super::{EventCode, TelephoneEvent, Volume};
use crate::Packet;
use crate::payload::DepayloadError;
use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime};

/// How long after its last report an event counts as over, unless something else is asked for.
pub const PATIENCE: Duration = Duration::from_millis(500);
/// As far after a segment begins the next one of the event.
const SEGMENT: u64 = u16::MAX as u64;
/// No report is so late: one as far before what was heard last is of a stream that goes on after a lie, or began anew.
const LATEST: Duration = Duration::from_secs(60);

/// Tells each event once, as long as any of its packets arrives before one of a later event: an event is known by when
/// it began, so it does not matter which of its packets were lost or repeated.
///
/// Time is the stream's own, unwrapped by [`reception::Source`](crate::reception::Source), which also tells the packets
/// apart that are not of the stream: one from the future would hide the keys of the minute before it.
#[derive(Clone, Debug)]
pub struct EventReceiver {
    patience: Duration,
    pressed: Option<Heard>,
    /// The last event that is over.
    over: Option<Place>,
}

/// What is told of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// It began.
    Down {
        /// Which event.
        event: EventCode,
        /// How loud the tone is.
        volume: Volume,
        /// When, in the stream.
        at: MediaTime,
    },
    /// The one that began last is over.
    Up {
        /// Which event.
        event: EventCode,
        /// How long it lasted, as far as is known.
        duration: Duration,
        /// How that is known.
        end: End,
    },
}

/// How the end of an event is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was reported.
    Reported,
    /// Another event began, or no more reports came. The event has lasted longer than is known.
    Presumed,
}

/// Where an event is, or was.
#[derive(Clone, Copy, Debug)]
struct Place {
    event: EventCode,
    /// Ticks at which its last segment began.
    segment: u64,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    place: Place,
    rate: ClockRate,
    /// Ticks at which the event began.
    began: u64,
    /// The longest duration reported of the segment.
    duration: u16,
    /// When the last report came.
    last: Instant,
}

impl EventReceiver {
    /// Presumes an event to be over `patience` after its last report, for instance [`PATIENCE`].
    #[must_use]
    pub const fn new(patience: Duration) -> Self {
        Self { patience, pressed: None, over: None }
    }

    /// Takes `packet`, of media time `time`, that arrived at `now`, and tells `sink` what it says.
    ///
    /// # Errors
    ///
    /// [`DepayloadError`] when the packet reports no events. `sink` has then seen nothing.
    pub fn receive(
        &mut self,
        now: Instant,
        time: MediaTime,
        packet: &Packet<'_>,
        sink: &mut dyn FnMut(Key),
    ) -> Result<(), DepayloadError> {
        let mut reports = TelephoneEvent::read_all(packet.payload()).ok_or(DepayloadError::Malformed)?;
        let first = reports.next().ok_or(DepayloadError::Empty)?;
        let mark = if packet.marker() { Mark::Begins } else { Mark::Unknown };
        self.report(now, time, mark, first, sink);
        let mut ticks = time.ticks().saturating_add(u64::from(first.duration));
        for report in reports {
            self.report(now, MediaTime::new(ticks, time.rate()), Mark::Unknown, report, sink);
            ticks = ticks.saturating_add(u64::from(report.duration));
        }
        Ok(())
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to tell; `None` while no key is pressed.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.pressed.map(|heard| heard.last + self.patience)
    }

    /// Tells `sink` when a key is presumed not to be pressed any more.
    pub fn handle_timeout(&mut self, now: Instant, sink: &mut dyn FnMut(Key)) {
        if self.poll_timeout().is_some_and(|due| now >= due) {
            self.finish(End::Presumed, sink);
        }
    }

    /// Begins anew, as the stream did. A key that is pressed is not told to be over.
    pub const fn clear(&mut self) {
        (self.pressed, self.over) = (None, None);
    }

    fn report(
        &mut self,
        now: Instant,
        time: MediaTime,
        mark: Mark,
        report: TelephoneEvent,
        sink: &mut dyn FnMut(Key),
    ) {
        let TelephoneEvent { event, end, volume, duration } = report;
        let (ticks, rate) = (time.ticks(), time.rate());
        let latest = rate.ticks(LATEST);
        let is_anew = |last: &Place| ticks.saturating_add(latest) < last.segment;
        if self.pressed.is_some_and(|heard| is_anew(&heard.place)) {
            self.finish(End::Presumed, sink);
        }
        self.over = self.over.filter(|over| !is_anew(over));
        if let Some(over) = &mut self.over {
            if ticks <= over.segment {
                return;
            }
            // It was presumed to be over, and is not.
            if self.pressed.is_none() && over.goes_on(event, ticks, mark) {
                over.segment = ticks;
                return;
            }
        }
        let before = self.pressed.map(|heard| heard.place).filter(|before| before.segment < ticks);
        if before.is_some_and(|before| !before.goes_on(event, ticks, mark)) {
            self.finish(End::Presumed, sink);
        }
        let heard = self.pressed.get_or_insert_with(|| {
            sink(Key::Down { event, volume, at: time });
            Heard { place: Place { event, segment: ticks }, rate, began: ticks, duration, last: now }
        });
        if heard.place.segment > ticks || heard.place.event != event {
            return;
        }
        if heard.place.segment < ticks {
            (heard.place.segment, heard.duration) = (ticks, 0);
        }
        heard.duration = heard.duration.max(duration);
        heard.last = now;
        if end {
            self.finish(End::Reported, sink);
        }
    }

    fn finish(&mut self, end: End, sink: &mut dyn FnMut(Key)) {
        let Some(Heard { place, rate, began, duration, .. }) = self.pressed.take() else { return };
        self.over = Some(place);
        let ticks = place.segment - began + u64::from(duration);
        sink(Key::Up { event: place.event, duration: rate.duration(ticks), end });
    }
}

/// What a packet says of its first report besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// The event begins here.
    Begins,
    /// Whether it does was said by a packet that may be lost.
    Unknown,
}

impl Place {
    /// Whether a report on `event` at `ticks`, later than this, is about another segment of the same event.
    fn goes_on(&self, event: EventCode, ticks: u64, mark: Mark) -> bool {
        mark == Mark::Unknown && event == self.event && (ticks - self.segment).is_multiple_of(SEGMENT)
    }
}
