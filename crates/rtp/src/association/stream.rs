//! One stream that is expected: what fits it, and whose it is.

use super::{Association, Expected, Names, Unknown};
use crate::extension::{Mid, Rid};
use crate::{Header, PayloadType, Ssrc};
use alloc::boxed::Box;
use core::mem;
use core::time::Duration;
use moim_media::{Instant, Seq};

/// How far back a packet may be late or repeated: as far as `reception` allows.
const LATE: i16 = -3_000;
/// How far ahead of all before a packet may be without another one behind it. A forged one holds up no more than so
/// many after it.
const AHEAD: i16 = 100;

#[derive(Clone, Debug)]
pub(super) struct Stream<K> {
    key: K,
    mid: Option<Box<str>>,
    rid: Option<Box<str>>,
    ssrc: Option<Ssrc>,
    payload_types: PayloadTypes,
    source: Option<Source>,
    rival: Option<Source>,
}

/// How well a packet fits a stream, what it says itself first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    same_mid: bool,
    same_rid: bool,
    same_ssrc: bool,
}

impl<K: Copy> Stream<K> {
    pub(super) fn new(key: K, expected: Expected<'_>) -> Self {
        let mut stream = Self {
            key,
            mid: None,
            rid: None,
            ssrc: None,
            payload_types: PayloadTypes(0),
            source: None,
            rival: None,
        };
        stream.expect(expected);
        stream
    }

    pub(super) fn expect(&mut self, expected: Expected<'_>) {
        let (mid, rid) = (expected.mid.map(Mid::as_str), expected.rid.map(Rid::as_str));
        if self.mid.as_deref() != mid || self.rid.as_deref() != rid {
            (self.source, self.rival) = (None, None);
            (self.mid, self.rid) = (mid.map(Box::from), rid.map(Box::from));
        }
        self.ssrc = expected.ssrc;
        self.payload_types = expected.payload_types.iter().copied().collect();
    }

    pub(super) const fn key(&self) -> K {
        self.key
    }

    pub(super) fn source(&self) -> Option<Ssrc> {
        self.source.map(|source| source.ssrc)
    }

    /// Its source and the rival.
    pub(super) fn sources(&self) -> impl Iterator<Item = Ssrc> {
        [self.source, self.rival].into_iter().flatten().map(|source| source.ssrc)
    }

    /// Whether it has every name the packet has.
    pub(super) fn answers_to(&self, names: Names<'_>) -> bool {
        names.mid.is_none_or(|mid| self.mid.as_deref() == Some(mid.as_str()))
            && names.rid.is_none_or(|rid| self.rid.as_deref() == Some(rid.as_str()))
    }

    /// How well a packet fits; `None` when it has another name or a format that is not the stream's.
    pub(super) fn fit(&self, names: Names<'_>, header: Header) -> Option<Fit> {
        if !self.payload_types.contains(header.payload_type) {
            return None;
        }
        Some(Fit {
            same_mid: same(self.mid.as_deref(), names.mid.map(Mid::as_str))?,
            same_rid: same(self.rid.as_deref(), names.rid.map(Rid::as_str))?,
            same_ssrc: self.ssrc == Some(header.ssrc),
        })
    }

    /// Whether a packet of one of its sources is older than another one: it says nothing new about names.
    pub(super) fn is_late(&self, header: Header) -> bool {
        let sources = [&self.source, &self.rival].into_iter().flatten();
        sources.filter(|source| source.ssrc == header.ssrc).any(|source| !source.advances(header.seq))
    }

    /// Takes note of a new source, and returns the one that is forgotten over it.
    pub(super) fn claim(&mut self, now: Instant, header: Header) -> (Association<K>, Option<Ssrc>) {
        let source = Source::new(now, header);
        if self.source.is_none() {
            self.source = Some(source);
            return (Association::Began(self.key), None);
        }
        let displaced = self.rival.replace(source).map(|rival| rival.ssrc);
        (Association::Rival(self.key), displaced)
    }

    /// Takes note of a packet of its source or the rival.
    pub(super) fn receive(&mut self, now: Instant, header: Header, silence: Duration) -> Association<K> {
        let key = self.key;
        if !self.payload_types.contains(header.payload_type) {
            return Association::Unknown(Unknown::Unexpected);
        }
        let Some(source) = &mut self.source else {
            self.rival = None;
            self.source = Some(Source::new(now, header));
            return Association::Began(key);
        };
        if source.ssrc == header.ssrc {
            return match source.receive(now, header) {
                Some(former) => Association::Reformatted { key, former },
                None => Association::Known(key),
            };
        }
        let Some(rival) = &mut self.rival else { return Association::Unknown(Unknown::Unexpected) };
        let in_a_row = rival.awaited == Some(header.seq);
        rival.receive(now, header);
        let silence = match source.standing {
            Standing::Confirmed => silence,
            Standing::Unconfirmed => Duration::ZERO,
        };
        if !in_a_row || now.since(source.heard) < silence {
            return Association::Rival(key);
        }
        let former = source.ssrc;
        // Late ones of its packets shall not bring it back.
        source.awaited = None;
        mem::swap(source, rival);
        Association::Moved { key, former }
    }

    /// Takes note that a packet of `ssrc` says that it is of this stream.
    pub(super) fn confirm_name(&mut self, ssrc: Ssrc) {
        if let Some(source) = self.source.as_mut().filter(|source| source.ssrc == ssrc) {
            source.renamed = None;
        }
    }

    /// Whether a packet that names another stream takes its source there: one alone does not, since it could be forged.
    pub(super) fn lets_go(&mut self, header: Header) -> bool {
        match self.source.as_mut().filter(|source| source.ssrc == header.ssrc) {
            Some(source) if source.standing == Standing::Confirmed => {
                source.renamed.replace(header.seq).is_some_and(|before| before != header.seq)
            }
            _ => true,
        }
    }

    pub(super) fn release(&mut self, ssrc: Ssrc) {
        self.source.take_if(|source| source.ssrc == ssrc);
        self.rival.take_if(|rival| rival.ssrc == ssrc);
    }
}

/// Whether two names are the same; `None` when they are different ones.
fn same(expected: Option<&str>, named: Option<&str>) -> Option<bool> {
    match (expected, named) {
        (Some(expected), Some(named)) => (expected == named).then_some(true),
        _ => Some(false),
    }
}

#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: Ssrc,
    payload_type: PayloadType,
    newest: Seq,
    /// The number after the last packet's.
    awaited: Option<Seq>,
    heard: Instant,
    standing: Standing,
    /// The last packet that named another stream, unless one named this stream since.
    renamed: Option<Seq>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// No two of its packets came in a row.
    Unconfirmed,
    Confirmed,
}

impl Source {
    fn new(now: Instant, header: Header) -> Self {
        Self {
            ssrc: header.ssrc,
            payload_type: header.payload_type,
            newest: header.seq,
            awaited: Some(next(header.seq)),
            heard: now,
            standing: Standing::Unconfirmed,
            renamed: None,
        }
    }

    /// The format before, if this is another one.
    fn receive(&mut self, now: Instant, header: Header) -> Option<PayloadType> {
        let advances = self.advances(header.seq);
        if self.awaited == Some(header.seq) {
            self.standing = Standing::Confirmed;
        }
        self.awaited = Some(next(header.seq));
        self.heard = now;
        if !advances {
            return None;
        }
        self.newest = header.seq;
        let former = mem::replace(&mut self.payload_type, header.payload_type);
        (former != header.payload_type).then_some(former)
    }

    /// Whether a packet is newer than all before, if not by much, or the second one of a sender that is elsewhere now.
    fn advances(&self, seq: Seq) -> bool {
        match seq.0.wrapping_sub(self.newest.0).cast_signed() {
            1..=AHEAD => true,
            LATE..=0 => false,
            _ => self.awaited == Some(seq),
        }
    }
}

fn next(seq: Seq) -> Seq {
    Seq(seq.0.wrapping_add(1))
}

/// A set of payload types.
#[derive(Clone, Copy, Debug)]
struct PayloadTypes(u128);

impl PayloadTypes {
    const fn contains(self, payload_type: PayloadType) -> bool {
        self.0 >> payload_type.get() & 1 != 0
    }
}

impl FromIterator<PayloadType> for PayloadTypes {
    fn from_iter<I: IntoIterator<Item = PayloadType>>(types: I) -> Self {
        Self(types.into_iter().fold(0, |set, payload_type| set | 1 << payload_type.get()))
    }
}
