//! The chain of pictures that build on one another: which may be decoded next.

use crate::KeyFrameNeed;
use crate::assembler::Unit;
use crate::slots::{Run, Slots};
use moim_media::codec::FrameKind;
use moim_media::{Instant, SeqNo};

/// Whether what the next picture builds on was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chain {
    /// Everything before the next packet was decoded, or is known not to matter.
    Intact,
    /// Only a key frame can be decoded, for this reason, since then.
    Broken(KeyFrameNeed, Instant),
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// This follows what was decoded before.
    Continues(Unit),
    /// What lies between is missing or cannot be decoded, but here is a key frame.
    Restarts(Unit),
}

impl Next {
    pub(crate) fn unit(self) -> Unit {
        match self {
            Self::Continues(unit) | Self::Restarts(unit) => unit,
        }
    }
}

/// Follows the chain.
#[derive(Clone, Debug)]
pub(crate) struct References {
    chain: Chain,
    /// The first whole key frame that waits.
    key_ahead: Option<Unit>,
    /// Everything before is decodable or decoded.
    frontier: SeqNo,
    /// Where the torn unit begins that was looked at last.
    looked_at: Option<SeqNo>,
}

impl References {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            chain: Chain::Broken(KeyFrameNeed::Start, now),
            key_ahead: None,
            frontier: SeqNo::new(0),
            looked_at: None,
        }
    }

    pub(crate) fn chain(&self) -> Chain {
        self.chain
    }

    pub(crate) fn key_ahead(&self) -> Option<Unit> {
        self.key_ahead
    }

    /// Everything before is decodable or decoded.
    pub(crate) fn frontier(&self) -> SeqNo {
        self.frontier
    }

    /// A picture that others build on is missing for good.
    pub(crate) fn break_at(&mut self, now: Instant, need: KeyFrameNeed) {
        if self.chain == Chain::Intact {
            self.chain = Chain::Broken(need, now);
        }
    }

    /// `unit` has become whole.
    pub(crate) fn whole(&mut self, unit: Unit) {
        let is_key = unit.kind() == Some(FrameKind::Key);
        if is_key && self.key_ahead.is_none_or(|key| unit.first <= key.first) {
            self.key_ahead = Some(unit);
        }
    }

    /// The next unit that has become decodable since the last call, one after the other.
    pub(crate) fn poll_decodable(&mut self, slots: &Slots) -> Option<Unit> {
        self.frontier = self.frontier.max(slots.floor());
        let continues = match self.chain {
            Chain::Intact => slots.unit(self.frontier),
            Chain::Broken(..) if self.frontier > slots.floor() => slots.unit(self.frontier),
            Chain::Broken(..) => None,
        };
        let unit = continues.or_else(|| self.key_ahead.filter(|key| key.first >= self.frontier))?;
        self.frontier = unit.last.next();
        Some(unit)
    }

    /// The part that came of a torn unit at the frontier, and where that unit ends; once for each such unit.
    ///
    /// If nothing builds on it, the caller makes a unit of it: then the chain goes on behind.
    pub(crate) fn poll_torn(&mut self, slots: &Slots) -> Option<(Run, SeqNo)> {
        if self.chain != Chain::Intact || self.looked_at == Some(self.frontier) {
            return None;
        }
        let part = slots.run_from(self.frontier)?;
        let last = slots.end_of_torn(part)?;
        self.looked_at = Some(self.frontier);
        Some((part, last))
    }

    /// What comes next, if it is whole.
    pub(crate) fn next(&self, slots: &Slots) -> Option<Next> {
        if self.chain == Chain::Intact
            && let Some(unit) = slots.unit(slots.floor())
        {
            return Some(Next::Continues(unit));
        }
        self.key_ahead.map(Next::Restarts)
    }

    /// `unit` goes to the decoder, or is passed over because nothing builds on it.
    pub(crate) fn pass(&mut self, unit: Unit, slots: &Slots) {
        if unit.kind() == Some(FrameKind::Key) {
            self.chain = Chain::Intact;
        }
        self.floor_moved(slots);
    }

    /// What lies before the floor of `slots` is of no use any more.
    pub(crate) fn floor_moved(&mut self, slots: &Slots) {
        if self.key_ahead.is_some_and(|key| key.first < slots.floor()) {
            self.key_ahead = slots.first_key(slots.floor());
        }
    }
}
