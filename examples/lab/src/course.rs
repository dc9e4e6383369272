//! What happened in a call, step by step: for tables and figures.

use crate::receiver::Received;
use core::time::Duration;
use moim_media::codec::CodecError;
use moim_media::{Instant, MediaTime};
use moim_playout::{AudioReceiver, Inserted, Produced};

/// Everything that came and everything that was played.
///
/// A *transit* is an instant minus the media time that belongs to it, over that of the fastest packet: of a packet, how
/// much longer than the fastest it took; of played sound, how much later than the fastest it is heard. So both can be
/// drawn over the same axis.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// Media time that the transits are reckoned from.
    origin: Option<MediaTime>,
    /// The least of those that came, before it is taken off.
    fastest: Option<i64>,
    events: Vec<Event>,
}

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A packet came.
    Came(Came),
    /// 10 ms were played.
    Played(Played),
}

/// A packet that came.
#[derive(Clone, Copy, Debug)]
pub struct Came {
    /// When.
    pub at: Instant,
    /// Its number on the wire.
    pub seq: u16,
    /// What became of it.
    pub inserted: Result<Inserted, CodecError>,
    transit: i64,
}

/// 10 ms that were played.
#[derive(Clone, Copy, Debug)]
pub struct Played {
    /// From when on.
    pub at: Instant,
    /// What they are made of.
    pub produced: Produced,
    /// How long after the fastest packets of the last seconds, as the receiver says.
    pub delay: Duration,
    /// What it aims at.
    pub target: Duration,
    /// Packets that wait behind these 10 ms.
    pub waiting: usize,
    /// Time-scaling so far: left out, and repeated.
    pub removed: Duration,
    /// See `removed`.
    pub inserted: Duration,
    transit: Option<i64>,
}

impl Course {
    /// Notes a packet that came at `now`.
    pub fn received(&mut self, now: Instant, packet: &Received) {
        let transit = self.transit(now, packet.time);
        self.fastest = Some(self.fastest.map_or(transit, |fastest| fastest.min(transit)));
        let (seq, inserted) = (packet.seq.wire().0, packet.inserted);
        self.events.push(Event::Came(Came { at: now, seq, inserted, transit }));
    }

    /// Notes what is played from `now` on.
    pub fn played(&mut self, now: Instant, produced: Produced, receiver: &dyn AudioReceiver) {
        let stats = receiver.stats();
        let transit = receiver.playing(now).map(|time| self.transit(now, time));
        self.events.push(Event::Played(Played {
            at: now,
            produced,
            delay: stats.delay,
            target: stats.target,
            waiting: receiver.waiting(),
            removed: stats.removed,
            inserted: stats.inserted,
            transit,
        }));
    }

    /// Everything, in the order in which it happened.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How much longer than the fastest packet this one took, in ms.
    #[must_use]
    pub fn transit_ms(&self, came: &Came) -> f64 {
        self.over_fastest(came.transit)
    }

    /// How much later than the fastest packet would allow this sound is heard, in ms; `None` while there is no stream.
    #[must_use]
    pub fn played_ms(&self, played: &Played) -> Option<f64> {
        Some(self.over_fastest(played.transit?))
    }

    /// What the receiver aims at, on the same scale; `None` while there is no stream.
    #[must_use]
    pub fn target_ms(&self, played: &Played) -> Option<f64> {
        Some(self.played_ms(played)? + millis(played.target) - millis(played.delay))
    }

    fn transit(&mut self, now: Instant, time: MediaTime) -> i64 {
        let origin = *self.origin.get_or_insert(time);
        i64::try_from(now.as_nanos()).unwrap_or(i64::MAX).saturating_sub(time.nanos_since(origin))
    }

    fn over_fastest(&self, transit: i64) -> f64 {
        transit.saturating_sub(self.fastest.unwrap_or(transit)) as f64 / 1e6
    }
}

/// In ms, with a fraction.
#[must_use]
pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
