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

/// Tells each event once, as long as any of its packets arrives before one of a later event: an event is known by when
/// it began, so it does not matter which of its packets were lost or repeated.
///
/// Time is the stream's own, unwrapped by [`reception::Source`](crate::reception::Source).
#[derive(Clone, Debug)]
pub struct EventReceiver {
    patience: Duration,
    pressed: Option<Heard>,
    /// When the last segment began of the last event that is over.
    over: Option<u64>,
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

#[derive(Clone, Copy, Debug)]
struct Heard {
    event: EventCode,
    rate: ClockRate,
    /// Ticks at which the event began, and its present segment.
    began: u64,
    segment: u64,
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
        // A marker says that the first one begins here, which its time says already, but for a new event that begins
        // where a segment of the same could.
        if packet.marker() && self.pressed.is_some_and(|heard| heard.segment < time.ticks()) {
            self.presume_over(sink);
        }
        self.report(now, time, first, sink);
        let mut ticks = time.ticks().saturating_add(u64::from(first.duration));
        for report in reports {
            self.report(now, MediaTime::new(ticks, time.rate()), report, sink);
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
            self.presume_over(sink);
        }
    }

    /// Begins anew, as the stream did. A key that is pressed is not told to be over.
    pub const fn clear(&mut self) {
        (self.pressed, self.over) = (None, None);
    }

    fn report(&mut self, now: Instant, time: MediaTime, report: TelephoneEvent, sink: &mut dyn FnMut(Key)) {
        let TelephoneEvent { event, end, volume, duration } = report;
        if self.over.is_some_and(|over| time.ticks() <= over) {
            return;
        }
        if self.pressed.is_some_and(|heard| heard.segment < time.ticks() && !heard.goes_on(event, time)) {
            self.presume_over(sink);
        }
        let heard = self.pressed.get_or_insert_with(|| {
            sink(Key::Down { event, volume, at: time });
            Heard {
                event,
                rate: time.rate(),
                began: time.ticks(),
                segment: time.ticks(),
                duration,
                last: now,
            }
        });
        if heard.segment > time.ticks() || heard.event != event {
            return;
        }
        if heard.segment < time.ticks() {
            (heard.segment, heard.duration) = (time.ticks(), 0);
        }
        heard.duration = heard.duration.max(duration);
        heard.last = now;
        if end {
            self.finish(End::Reported, sink);
        }
    }

    fn presume_over(&mut self, sink: &mut dyn FnMut(Key)) {
        self.finish(End::Presumed, sink);
    }

    fn finish(&mut self, end: End, sink: &mut dyn FnMut(Key)) {
        let Some(heard) = self.pressed.take() else { return };
        self.over = Some(heard.segment);
        let ticks = heard.segment - heard.began + u64::from(heard.duration);
        sink(Key::Up { event: heard.event, duration: heard.rate.duration(ticks), end });
    }
}

impl Heard {
    /// Whether a report on `event` at `time` is about the next segment of this event.
    fn goes_on(&self, event: EventCode, time: MediaTime) -> bool {
        event == self.event && time.ticks() - self.segment == SEGMENT
    }
}
