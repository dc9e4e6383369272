//! Sums that wait until one packet of theirs is missing.

use super::Held;
use super::window::{Known, Reached, Window};
use crate::Ssrc;
use crate::fec::parity::split;
use crate::fec::{Pattern, Protected, Recovery, xor};
use alloc::boxed::Box;
use alloc::vec;
use moim_media::{Seq, SeqNo};

/// Sums in slots of fixed size.
#[derive(Clone)]
pub(super) struct Equations {
    slots: Box<[Slot]>,
    /// For each slot, the packets of each source.
    named: Box<[Option<Named>]>,
    bytes: Box<[u8]>,
    /// What a sum that comes in names, before it is known whether it is to be remembered.
    draft: Box<[Option<Named>]>,
    bytes_per_packet: usize,
    inserted: u64,
}

/// A sum as it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sum<'a> {
    /// The sum of the fixed headers, where it is there.
    pub(super) recovery: Option<Recovery>,
    pub(super) extent: Extent,
    pub(super) body: &'a [u8],
}

/// Which part of the packets is summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of them.
    Whole,
    /// From so many bytes behind the fixed header on, as far as the sum goes.
    From(usize),
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    state: State,
    order: u64,
    recovery: Option<Recovery>,
    extent: Extent,
    len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Free,
    /// Something it names became known: it may be solved.
    Changed,
    Waiting,
}

/// Packets of one source.
#[derive(Clone, Copy, Debug)]
struct Named {
    base: SeqNo,
    pattern: Pattern,
}

/// How much of what a sum names is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    Nothing,
    /// One packet of one source: the sum is what is missing of it, when what comes before is known.
    One(usize, SeqNo),
    More,
    /// It names what is forgotten.
    Stale,
}

impl Named {
    fn contains(&self, number: SeqNo) -> bool {
        number >= self.base
            && u16::try_from(number.since(self.base)).is_ok_and(|offset| self.pattern.contains(offset))
    }

    fn numbers(&self) -> impl Iterator<Item = SeqNo> + use<> {
        let base = self.base;
        self.pattern.offsets().map(move |offset| base + u64::from(offset))
    }
}

impl Slot {
    const FREE: Self = Self { state: State::Free, order: 0, recovery: None, extent: Extent::Whole, len: 0 };

    const fn start(&self) -> usize {
        match self.extent {
            Extent::Whole => 0,
            Extent::From(start) => start,
        }
    }

    /// Whether the sum's part of a packet is not known.
    fn lacks(&self, window: &Window, number: SeqNo) -> bool {
        match window.known(number) {
            Known::All => false,
            Known::Nothing => true,
            Known::Beginning(known) => {
                let tail = window.tail_len(number).unwrap_or(usize::MAX);
                // Behind its end a packet is zeros, which are known.
                tail > self.start() && known < tail.min(self.start() + self.len)
            }
        }
    }
}

impl Equations {
    pub(super) fn new(repairs: usize, sources: usize, bytes_per_packet: usize) -> Self {
        Self {
            slots: vec![Slot::FREE; repairs].into_boxed_slice(),
            named: vec![None; repairs * sources].into_boxed_slice(),
            bytes: vec![0; repairs * bytes_per_packet].into_boxed_slice(),
            draft: vec![None; sources].into_boxed_slice(),
            bytes_per_packet,
            inserted: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.slots.fill(Slot::FREE);
    }

    /// Drops all that names packets of a source.
    pub(super) fn forget(&mut self, source: usize) {
        let named = self.named.chunks_exact(self.draft.len().max(1));
        for (slot, named) in self.slots.iter_mut().zip(named) {
            if named.get(source).is_some_and(Option::is_some) {
                *slot = Slot::FREE;
            }
        }
    }

    /// A packet became known.
    pub(super) fn changed(&mut self, source: usize, number: SeqNo) {
        let named = self.named.chunks_exact(self.draft.len().max(1));
        for (slot, named) in self.slots.iter_mut().zip(named) {
            let contains = |named: &Option<Named>| named.is_some_and(|named| named.contains(number));
            if slot.state == State::Waiting && named.get(source).is_some_and(contains) {
                slot.state = State::Changed;
            }
        }
    }

    /// Remembers a sum, in the place of the oldest if there is no other. One that is refused leaves all as it was.
    pub(super) fn insert(
        &mut self,
        windows: &mut [Window],
        sum: Sum<'_>,
        protected: impl Iterator<Item = Protected>,
    ) -> Held {
        let Sum { recovery, extent, body } = sum;
        self.draft.fill(None);
        for source in protected {
            let window =
                windows.iter_mut().zip(&mut self.draft).find(|(window, _)| window.source() == source.source);
            let Some((window, draft @ None)) = window else { return Held::Foreign };
            let Some(last) = source.pattern.last() else { continue };
            match window.reach(source.base, last) {
                Reached::At(base) => *draft = Some(Named { base, pattern: source.pattern }),
                Reached::Late => return Held::Late,
                Reached::Ahead => return Held::Ahead,
            }
        }
        let slot = Slot { state: State::Changed, order: self.inserted, recovery, extent, len: body.len() };
        if slot.lack(windows, &self.draft) == Lack::Nothing {
            return Held::Spent;
        }
        let places = self.slots.iter_mut().zip(self.named.chunks_exact_mut(self.draft.len().max(1)));
        let places = places.zip(self.bytes.chunks_exact_mut(self.bytes_per_packet.max(1)));
        let oldest = places.min_by_key(|((slot, _), _)| (slot.state != State::Free, slot.order));
        let Some(((place, named), bytes)) = oldest else { return Held::TooLong };
        let Some(bytes) = bytes.get_mut(..body.len()) else { return Held::TooLong };
        bytes.copy_from_slice(body);
        named.copy_from_slice(&self.draft);
        *place = slot;
        self.inserted += 1;
        Held::Kept
    }

    /// Solves sums until a packet is known whole, and says which.
    pub(super) fn solve(&mut self, windows: &mut [Window]) -> Option<(usize, SeqNo)> {
        // Each round leaves a sum waiting or free, and only one that is freed makes others change.
        while let Some(index) = self.slots.iter().position(|slot| slot.state == State::Changed) {
            let slot = self.slots.get_mut(index)?;
            let sources = self.draft.len();
            let named = self.named.get(index * sources..(index + 1) * sources)?;
            match slot.lack(windows, named) {
                Lack::More => slot.state = State::Waiting,
                Lack::Nothing | Lack::Stale => *slot = Slot::FREE,
                Lack::One(source, number) => {
                    let start = index * self.bytes_per_packet;
                    let body = self.bytes.get_mut(start..start + slot.len)?;
                    let known = slot.reduce(windows, named, (source, number), body);
                    *slot = Slot::FREE;
                    if let Some(known) = known {
                        self.changed(source, number);
                        if known == Known::All {
                            return Some((source, number));
                        }
                    }
                }
            }
        }
        None
    }

    /// What is named and missing, each packet once.
    pub(super) fn missing(&self, windows: &[Window]) -> impl Iterator<Item = (Ssrc, Seq)> {
        let sums = || self.slots.iter().zip(self.named.chunks_exact(self.draft.len().max(1)));
        let live = |(slot, named): &(&Slot, &[Option<Named>])| {
            slot.state != State::Free && !is_stale(windows, named)
        };
        sums().enumerate().filter(move |(_, sum)| live(sum)).flat_map(move |(index, (_, named))| {
            let sources = windows.iter().zip(named).enumerate();
            sources.flat_map(move |(source, (window, named))| {
                let numbers = named.iter().flat_map(Named::numbers);
                let before = move |number| {
                    sums().take(index).filter(live).any(|(_, named)| {
                        named.get(source).copied().flatten().is_some_and(|named| named.contains(number))
                    })
                };
                numbers
                    .filter(move |&number| window.known(number) != Known::All && !before(number))
                    .map(|number| (window.source(), number.wire()))
            })
        })
    }
}

impl Slot {
    /// What of its part of the packets is missing.
    fn lack(&self, windows: &[Window], named: &[Option<Named>]) -> Lack {
        if is_stale(windows, named) {
            return Lack::Stale;
        }
        let mut lack = Lack::Nothing;
        for (source, (window, named)) in windows.iter().zip(named).enumerate() {
            let Some(named) = named else { continue };
            for number in named.numbers().filter(|&number| self.lacks(window, number)) {
                let solvable = match window.known(number) {
                    Known::All => true,
                    Known::Beginning(known) => known >= self.start(),
                    // Without the first level its length is not known.
                    Known::Nothing => self.recovery.is_some(),
                };
                if lack != Lack::Nothing || !solvable {
                    return Lack::More;
                }
                lack = Lack::One(source, number);
            }
        }
        lack
    }

    /// Takes all packets but one from the sum, and adds what is left to that one. `None` when it cannot be right.
    fn reduce(
        &self,
        windows: &mut [Window],
        named: &[Option<Named>],
        (target, number): (usize, SeqNo),
        body: &mut [u8],
    ) -> Option<Known> {
        let (start, mut recovery) = (self.start(), self.recovery);
        for (source, (window, named)) in windows.iter().zip(named).enumerate() {
            for other in
                named.iter().flat_map(Named::numbers).filter(|&other| (source, other) != (target, number))
            {
                let (of_other, tail) = split(window.packet(other)?)?;
                if self.extent == Extent::Whole && tail.len() > body.len() {
                    return None;
                }
                if let Some(recovery) = &mut recovery {
                    recovery.toggle(of_other);
                }
                xor(body, tail.get(start..).unwrap_or_default());
            }
        }
        let window = windows.get_mut(target)?;
        let tail = match recovery {
            Some(recovery) => usize::from(recovery.tail()),
            None => window.tail_len(number)?,
        };
        let (part, rest) = body.split_at_checked(tail.checked_sub(start)?.min(body.len()))?;
        let cut = self.extent == Extent::Whole && part.len() < tail;
        if cut || rest.iter().any(|&byte| byte != 0) {
            return None;
        }
        if let Some(recovery) = recovery {
            window.begin(number, &recovery.header(number.wire().0, window.source().0), tail)?;
        }
        window.extend(number, start, part)
    }
}

/// Whether a sum names what is forgotten.
fn is_stale(windows: &[Window], named: &[Option<Named>]) -> bool {
    let mut named = windows.iter().zip(named);
    named.any(|(window, named)| named.is_some_and(|named| !window.is_within(named.base)))
}

impl core::fmt::Debug for Equations {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let held = self.slots.iter().filter(|slot| slot.state != State::Free).count();
        f.debug_struct("Equations").field("held", &held).finish_non_exhaustive()
    }
}
