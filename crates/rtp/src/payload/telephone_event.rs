//! Keys of a telephone, and its other signals, as named events (RFC 4733).
//!
//! An event travels in the stream of the sound that it replaces, under the same source and numbers. While it lasts,
//! packets report how long it has lasted so far, all with the timestamp at which it began; the last report comes three
//! times. [`EventSender`] says what to send when, [`EventReceiver`] tells each key once, whatever was lost.

mod parameters;
mod receiver;
mod sender;
#[cfg(test)]
mod tests;

pub use parameters::{Events, Parameters};
pub use receiver::{End, EventReceiver, Key, PATIENCE};
pub use sender::{EventPacket, EventSender, INTERVAL, Pressed};

use moim_media::ClockRate;

/// The name in `a=rtpmap`.
pub const ENCODING_NAME: &str = "telephone-event";
/// The RTP clock beside sound of 8 kHz. It is always that of the sound, whose stream the events are part of: browsers
/// offer 48 000 beside Opus too.
pub const CLOCK_RATE: ClockRate = ClockRate::HZ_8000;
/// One.
pub const CHANNELS: u8 = 1;
/// What follows the payload type in `a=rtpmap` beside sound of 8 kHz.
pub const RTPMAP: &str = "telephone-event/8000";

/// Bytes of a report.
const REPORT: usize = 4;
const END_BIT: u8 = 0x80;

/// A report on one event: four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// Which event.
    pub event: EventCode,
    /// Whether it is over.
    pub end: bool,
    /// How loud the tone is.
    pub volume: Volume,
    /// How long the event has lasted, in ticks of the RTP clock since the timestamp.
    pub duration: u16,
}

impl TelephoneEvent {
    /// Reads a report. The reserved bit is ignored.
    #[must_use]
    pub const fn from_bytes([event, flags, d0, d1]: [u8; REPORT]) -> Self {
        Self {
            event: EventCode(event),
            end: flags & END_BIT != 0,
            volume: Volume(flags & Volume::QUIETEST.0),
            duration: u16::from_be_bytes([d0, d1]),
        }
    }

    /// The report as it travels.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; REPORT] {
        let [d0, d1] = self.duration.to_be_bytes();
        let end = if self.end { END_BIT } else { 0 };
        [self.event.0, end | self.volume.0, d0, d1]
    }

    /// All reports in `payload`; `None` unless it is made of them. Each begins where the one before ends
    /// (RFC 4733, section 2.5.1.5).
    #[must_use]
    pub fn read_all(payload: &[u8]) -> Option<impl ExactSizeIterator<Item = Self>> {
        let (reports, rest) = payload.as_chunks::<REPORT>();
        rest.is_empty().then(|| reports.iter().map(|&report| Self::from_bytes(report)))
    }
}

/// Which event: the keys 0 … 15, and others that a registry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventCode(pub u8);

/// The keys in the order of their codes (RFC 4733, section 3.2).
const KEYS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

impl EventCode {
    /// The hook is pressed for a moment.
    pub const FLASH: Self = Self(16);

    /// That of the key `0` … `9`, `*`, `#`, `A` … `D`, in either case.
    #[must_use]
    pub fn of_key(key: char) -> Option<Self> {
        let key = key.to_ascii_uppercase();
        (0..).zip(KEYS).find(|&(_, known)| known == key).map(|(code, _)| Self(code))
    }

    /// The key, where it is one.
    #[must_use]
    pub fn key(self) -> Option<char> {
        KEYS.get(usize::from(self.0)).copied()
    }
}

/// The level of a tone in steps of −1 dBm0: 0 is the loudest, 63 the quietest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Volume(u8);

impl Volume {
    /// The least there is.
    pub const QUIETEST: Self = Self(63);

    /// `below` decibels below the reference; `None` above 63.
    #[must_use]
    pub const fn new(below: u8) -> Option<Self> {
        if below <= Self::QUIETEST.0 { Some(Self(below)) } else { None }
    }

    /// Decibels below the reference.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for Volume {
    /// −10 dBm0, as most telephones send.
    fn default() -> Self {
        Self(10)
    }
}
