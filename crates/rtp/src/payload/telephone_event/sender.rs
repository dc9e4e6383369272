//! What to send while a key is pressed, and after (RFC 4733, section 2.5.1).

use super::{EventCode, TelephoneEvent, Volume};
use core::time::Duration;
use moim_media::{ClockRate, Instant, Timestamp};

/// From one report to the next unless something else is asked for.
pub const INTERVAL: Duration = Duration::from_millis(50);
/// The least time between two reports.
const SHORTEST: Duration = Duration::from_millis(5);
/// How often the end is reported.
const ENDS: u8 = 3;
/// The longest that one report can be about; what lasts longer goes on in another segment.
const SEGMENT: u16 = u16::MAX;

/// Reports one event at a time. An event that lasts longer than a report can say is reported in segments; the end of each
/// but the last once, not three times (RFC 4733, section 2.5.1.4): the next one tells where it was.
///
/// After [`press`](Self::press) and [`release`](Self::release), and when [`poll_timeout`](Self::poll_timeout) says so,
/// ask [`poll_transmit`](Self::poll_transmit) until there is nothing more.
#[derive(Clone, Debug)]
pub struct EventSender {
    clock_rate: ClockRate,
    interval: Duration,
    reporting: Option<Reporting>,
}

/// What became of a key that is to be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Pressed {
    /// It is being reported.
    Reported,
    /// Nothing: another is still pressed, or its end was not sent yet.
    Busy,
}

/// A packet to be sent, with the next sequence number of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    /// Whether it is marked: the first of the event.
    pub marker: bool,
    /// When the event began, or its present segment.
    pub timestamp: Timestamp,
    /// The payload, by [`TelephoneEvent::to_bytes`].
    pub event: TelephoneEvent,
}

#[derive(Clone, Copy, Debug)]
struct Reporting {
    event: EventCode,
    volume: Volume,
    began: Instant,
    /// Of the present segment.
    timestamp: Timestamp,
    /// Ticks from the beginning of the event to that of the present segment.
    before: u64,
    /// When the next report is due.
    due: Instant,
    first: First,
    until: Until,
}

/// Whether the packet that is marked has been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Due,
    Sent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Held,
    /// After so many ticks, which so many packets have said.
    Released {
        ticks: u64,
        said: u8,
    },
}

impl EventSender {
    /// For a stream whose clock is `clock_rate`, with a report every `interval`: [`INTERVAL`], or as often as the sound
    /// sends packets. It is at least 5 ms.
    #[must_use]
    pub fn new(clock_rate: ClockRate, interval: Duration) -> Self {
        Self { clock_rate, interval: interval.max(SHORTEST), reporting: None }
    }

    /// The event begins at `now`, which is `timestamp` in the stream. An event before it whose end was sent at least
    /// once is not reported any more.
    pub fn press(&mut self, now: Instant, timestamp: Timestamp, event: EventCode, volume: Volume) -> Pressed {
        let busy = |before: &Reporting| !matches!(before.until, Until::Released { said: 1.., .. });
        if self.reporting.as_ref().is_some_and(busy) {
            return Pressed::Busy;
        }
        let (first, until) = (First::Due, Until::Held);
        self.reporting =
            Some(Reporting { event, volume, began: now, timestamp, before: 0, due: now, first, until });
        Pressed::Reported
    }

    /// The event is over at `now`. Means nothing when none is pressed.
    pub fn release(&mut self, now: Instant) {
        let Some(reporting) = &mut self.reporting else { return };
        if reporting.until == Until::Held {
            let ticks = reporting.ticks(now, self.clock_rate);
            reporting.until = Until::Released { ticks, said: 0 };
            reporting.due = now;
        }
    }

    /// When [`poll_transmit`](Self::poll_transmit) will have something; `None` until a key is pressed. Changes with
    /// every other call.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.reporting.as_ref().map(|reporting| reporting.due)
    }

    /// The next packet to be sent at `now`.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<EventPacket> {
        let reporting = self.reporting.as_mut().filter(|reporting| now >= reporting.due)?;
        let marker = core::mem::replace(&mut reporting.first, First::Sent) == First::Due;
        let Reporting { event, volume, timestamp, .. } = *reporting;
        let packet = |end, duration| {
            Some(EventPacket { marker, timestamp, event: TelephoneEvent { event, end, volume, duration } })
        };
        let ticks = reporting.ticks(now, self.clock_rate) - reporting.before;
        let Ok(duration) = u16::try_from(ticks) else {
            reporting.timestamp = Timestamp(timestamp.0.wrapping_add(u32::from(SEGMENT)));
            reporting.before += u64::from(SEGMENT);
            return packet(false, SEGMENT);
        };
        reporting.due = now + self.interval;
        match &mut reporting.until {
            Until::Held => packet(false, duration),
            Until::Released { said, .. } => {
                *said += 1;
                if *said == ENDS {
                    self.reporting = None;
                }
                packet(true, duration)
            }
        }
    }
}

impl Reporting {
    /// How long the event has lasted at `now`. Never zero: that is for states, which last until another comes.
    fn ticks(&self, now: Instant, clock_rate: ClockRate) -> u64 {
        match self.until {
            Until::Held => clock_rate.ticks(now.since(self.began)).max(self.before + 1),
            Until::Released { ticks, .. } => ticks,
        }
    }
}
