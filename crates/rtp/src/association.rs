//! Which stream a packet belongs to (RFC 9143, section 9.2; RFC 8852).
//!
//! Signalling announces streams by the names of their media descriptions and layers, by payload types and sources.
//! What a packet itself says goes before what signalling said of its source, for the two disagree with some senders.
//!
//! ```
//! use moim_media::{Instant, Seq, Timestamp};
//! use moim_rtp::association::{Association, Config, Expected, Streams};
//! use moim_rtp::extension::Mid;
//! use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
//!
//! let [speech, picture] = [111, 96].map(|number| PayloadType::new(number).unwrap());
//! let mut streams = Streams::new(Config::default());
//! streams.expect("microphone", Expected { mid: Mid::new("0"), payload_types: &[speech], ..Expected::default() });
//! streams.expect("camera", Expected { mid: Mid::new("1"), payload_types: &[picture], ..Expected::default() });
//!
//! let header =
//!     Header { marker: false, payload_type: speech, seq: Seq(7), timestamp: Timestamp(0), ssrc: Ssrc(0xa11ce) };
//! let mut bytes = [0; 64];
//! let len = PacketBuilder::new(header).write(&[b"payload"], &mut bytes)?;
//! let packet = Packet::parse(&bytes[..len])?;
//! assert_eq!(streams.associate(Instant::EPOCH, &packet), Association::Began("microphone"));
//! assert_eq!(streams.source("microphone"), Some(Ssrc(0xa11ce)));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

use crate::extension::{Mid, Rid};
use crate::{ExtensionId, Header, HeaderExtension, Packet, PayloadType, Ssrc};
use alloc::vec::Vec;
use core::time::Duration;
use moim_media::Instant;

mod stream;
#[cfg(test)]
mod tests;

use stream::Stream;

/// A stream has one source, and one that claims to be it.
const SOURCES: usize = 2;

/// How packets name what they belong to, and how sure a new source must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The number of the extension [`Mid`], if it was agreed on.
    pub mid: Option<ExtensionId>,
    /// The number of the extension [`Rid`].
    pub rid: Option<ExtensionId>,
    /// The number of the extension [`RepairedRid`](crate::extension::RepairedRid).
    pub repaired_rid: Option<ExtensionId>,
    /// How long the source of a stream must have been silent before another one takes its place.
    pub silence: Duration,
}

impl Default for Config {
    /// No names; 200 ms, longer than the gaps in sound that goes on, shorter than a word.
    fn default() -> Self {
        Self { mid: None, rid: None, repaired_rid: None, silence: Duration::from_millis(200) }
    }
}

/// What signalling said of a stream. A name that it did not say excludes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The media description it is of.
    pub mid: Option<Mid<'a>>,
    /// The layer it carries, or repairs.
    pub rid: Option<Rid<'a>>,
    /// Its source.
    pub ssrc: Option<Ssrc>,
    /// The formats it may have; packets of others are not its. Retransmissions have theirs, and are streams of their
    /// own.
    pub payload_types: &'a [PayloadType],
}

/// The stream a packet belongs to, and what is new about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Association<K> {
    /// The stream's source goes on as before.
    Known(K),
    /// The stream has a source now.
    Began(K),
    /// The stream has another source now: this packet's.
    Moved {
        /// The stream.
        key: K,
        /// Its source before.
        former: Ssrc,
    },
    /// The stream's source changed its format. Comfort noise and tones between speech do so each time.
    Reformatted {
        /// The stream.
        key: K,
        /// The format before.
        former: PayloadType,
    },
    /// The packet is for the stream, but from a source that is not the stream's: not yet, or not any more. Who knows
    /// that it is no forgery may use it.
    Rival(K),
    /// The packet is for no stream: nothing fits, or several do equally well.
    Unknown(Unknown),
}

/// Why a packet belongs to no stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// No stream of its name and format is expected.
    Unexpected,
    /// Several are, and it does not say which it is for.
    Ambiguous,
}

impl<K: Copy> Association<K> {
    /// The stream the packet is for.
    #[must_use]
    pub const fn key(&self) -> Option<K> {
        match *self {
            Self::Known(key)
            | Self::Began(key)
            | Self::Rival(key)
            | Self::Moved { key, .. }
            | Self::Reformatted { key, .. } => Some(key),
            Self::Unknown(_) => None,
        }
    }
}

/// The streams that are expected, under keys of the caller's choice, and the source of each.
///
/// A stream has one source. Another one that claims the stream is its rival, one at a time, and becomes its source
/// when two of its packets come in a row and the source before was silent for [`Config::silence`]; a source of which
/// no two packets came in a row yet gives way at once. A source takes the name of another stream, and leaves its own,
/// when two of its packets say so and none in between says otherwise. So neither many sources nor a forged packet
/// make the table grow or push out a stream that is alive. Only [`expect`](Self::expect) allocates.
#[derive(Clone, Debug)]
pub struct Streams<K> {
    config: Config,
    streams: Vec<Stream<K>>,
    /// Ordered by source.
    routes: Vec<Route>,
}

#[derive(Clone, Copy, Debug)]
struct Route {
    ssrc: Ssrc,
    /// Where in `streams`.
    stream: usize,
}

/// What a packet says it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Names<'a> {
    mid: Option<Mid<'a>>,
    rid: Option<Rid<'a>>,
}

impl<K: Copy + PartialEq> Streams<K> {
    /// No streams.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        Self { config, streams: Vec::new(), routes: Vec::new() }
    }

    /// Changes how packets name what they belong to, after a renegotiation.
    pub const fn configure(&mut self, config: Config) {
        self.config = config;
    }

    /// Announces a stream, or says anew what is expected of the one with this key. That keeps its source, unless it
    /// goes by another name now.
    pub fn expect(&mut self, key: K, expected: Expected<'_>) {
        match self.streams.iter_mut().find(|stream| stream.key() == key) {
            Some(stream) => stream.expect(expected),
            None => self.streams.push(Stream::new(key, expected)),
        }
        self.routes.reserve(SOURCES * self.streams.len());
        self.reroute();
    }

    /// Forgets a stream and its source.
    pub fn forget(&mut self, key: K) {
        self.streams.retain(|stream| stream.key() != key);
        self.reroute();
    }

    /// Which stream `packet`, which arrived at `now`, belongs to. Learns from it.
    pub fn associate(&mut self, now: Instant, packet: &Packet<'_>) -> Association<K> {
        let (names, header, silence) = (self.names(packet), packet.header(), self.config.silence);
        let routed = self.route(header.ssrc);
        if let Some(stream) = routed.and_then(|index| self.streams.get_mut(index)) {
            let is_named = stream.answers_to(names);
            if is_named && names != Names::default() {
                stream.confirm_name(header.ssrc);
            }
            if is_named || stream.is_late(header) {
                return stream.receive(now, header, silence);
            }
        }
        let index = match self.find(names, header) {
            Ok(index) => index,
            Err(unknown) => return Association::Unknown(unknown),
        };
        let owner = routed.filter(|&owner| owner != index).and_then(|owner| self.streams.get_mut(owner));
        let is_free = owner.is_none_or(|owner| owner.lets_go(header));
        let Some(stream) = self.streams.get_mut(index) else {
            return Association::Unknown(Unknown::Unexpected);
        };
        if routed == Some(index) {
            return stream.receive(now, header, silence);
        }
        if !is_free {
            return Association::Rival(stream.key());
        }
        let (association, displaced) = stream.claim(now, header);
        self.release(header.ssrc, index);
        if let Some(displaced) = displaced {
            self.unroute(displaced);
        }
        let at = self.routes.partition_point(|route| route.ssrc < header.ssrc);
        self.routes.insert(at, Route { ssrc: header.ssrc, stream: index });
        association
    }

    /// The source of a stream; `None` before its first packet.
    #[must_use]
    pub fn source(&self, key: K) -> Option<Ssrc> {
        self.streams.iter().find(|stream| stream.key() == key)?.source()
    }

    /// The stream whose source is `ssrc`: what a report from it is about.
    #[must_use]
    pub fn stream_of(&self, ssrc: Ssrc) -> Option<K> {
        let stream = self.streams.get(self.route(ssrc)?)?;
        stream.source().filter(|&source| source == ssrc).map(|_| stream.key())
    }

    /// Takes note that `ssrc` ended (BYE): the next source of its stream need not wait for silence.
    pub fn goodbye(&mut self, ssrc: Ssrc) {
        if let Some(stream) = self.route(ssrc).and_then(|index| self.streams.get_mut(index)) {
            stream.release(ssrc);
            self.unroute(ssrc);
        }
    }

    fn names<'a>(&self, packet: &Packet<'a>) -> Names<'a> {
        let Config { mid, rid, repaired_rid, .. } = self.config;
        let mut names = Names::default();
        let mut repaired = None;
        for element in packet.extensions() {
            let id = Some(element.id);
            if id == mid {
                names.mid = names.mid.or(Mid::read(element.data));
            } else if id == repaired_rid {
                repaired = repaired.or(Rid::read(element.data));
            } else if id == rid {
                names.rid = names.rid.or(Rid::read(element.data));
            }
        }
        // A stream of repairs may have a name of its own besides (RFC 8852, section 2).
        Names { rid: repaired.or(names.rid), ..names }
    }

    /// The stream that fits best.
    fn find(&self, names: Names<'_>, header: Header) -> Result<usize, Unknown> {
        let mut best = None;
        let mut found = Err(Unknown::Unexpected);
        for (index, stream) in self.streams.iter().enumerate() {
            let Some(fit) = stream.fit(names, header) else { continue };
            if best.is_none_or(|best| fit > best) {
                (best, found) = (Some(fit), Ok(index));
            } else if best == Some(fit) {
                found = Err(Unknown::Ambiguous);
            }
        }
        found
    }

    fn route(&self, ssrc: Ssrc) -> Option<usize> {
        let at = self.routes.binary_search_by_key(&ssrc, |route| route.ssrc).ok()?;
        self.routes.get(at).map(|route| route.stream)
    }

    fn unroute(&mut self, ssrc: Ssrc) {
        if let Ok(at) = self.routes.binary_search_by_key(&ssrc, |route| route.ssrc) {
            self.routes.remove(at);
        }
    }

    /// Takes `ssrc` from the stream it was of, if that is another one than `claimed`.
    fn release(&mut self, ssrc: Ssrc, claimed: usize) {
        let Some(index) = self.route(ssrc).filter(|&index| index != claimed) else { return };
        if let Some(stream) = self.streams.get_mut(index) {
            stream.release(ssrc);
        }
        self.unroute(ssrc);
    }

    /// Routes everything anew, after the streams changed places.
    fn reroute(&mut self) {
        self.routes.clear();
        for (index, stream) in self.streams.iter().enumerate() {
            self.routes.extend(stream.sources().map(|ssrc| Route { ssrc, stream: index }));
        }
        self.routes.sort_unstable_by_key(|route| route.ssrc);
    }
}
