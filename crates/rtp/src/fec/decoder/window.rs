//! The packets of one source around the newest, as far as they are known.

use super::Inserted;
use crate::packet::FIXED_HEADER;
use crate::{Packet, Ssrc};
use alloc::boxed::Box;
use alloc::vec;
use core::cmp::Ordering;
use moim_media::{Seq, SeqNo};

/// Most numbers on either side of the newest: a 16-bit number is unambiguous within twice as many.
const MOST: usize = 1 << 14;
/// As far behind the newest a packet is late, and not of a stream that starts afresh (RFC 3550, appendix A.1). As near
/// must be the one that confirms a stray.
const NEAR: u64 = 3_000;
/// Where numbers begin, so that they can be counted down from too.
const ORIGIN: u64 = 1 << 48;

/// As many packets on either side of the newest as `reach`.
#[derive(Clone)]
pub(super) struct Window {
    source: Ssrc,
    newest: Option<u64>,
    suspect: Option<u64>,
    reach: u64,
    slots: Box<[Slot]>,
    bytes: Box<[u8]>,
    bytes_per_packet: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    number: u64,
    state: State,
    len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Missing,
    Received,
    Recovered,
    /// The fixed header and as many bytes behind it (RFC 5109 with several levels).
    Partial(usize),
}

/// Where a packet that arrived belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    At(SeqNo),
    /// All that was known is of another stream.
    Afresh(SeqNo),
    Late,
    Stray,
}

/// What is known of a packet, behind its fixed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing.
    Nothing,
    /// As many bytes of its beginning.
    Beginning(usize),
    /// All.
    All,
}

/// Where a repair packet's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    At(SeqNo),
    Late,
    Ahead,
}

impl Window {
    pub(super) fn new(source: Ssrc, packets: usize, bytes_per_packet: usize) -> Self {
        let reach = packets.clamp(1, MOST).next_power_of_two();
        Self {
            source,
            newest: None,
            suspect: None,
            reach: reach as u64,
            slots: vec![Slot { number: 0, state: State::Missing, len: 0 }; 2 * reach].into_boxed_slice(),
            bytes: vec![0; 2 * reach * bytes_per_packet].into_boxed_slice(),
            bytes_per_packet,
        }
    }

    pub(super) const fn source(&self) -> Ssrc {
        self.source
    }

    pub(super) fn clear(&mut self) {
        (self.newest, self.suspect) = (None, None);
        self.forget();
    }

    fn forget(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.state = State::Missing);
    }

    /// Where a packet that arrived belongs; moves the window.
    pub(super) fn place(&mut self, seq: Seq) -> Placed {
        let Some(newest) = self.newest else {
            let number = ORIGIN + u64::from(seq.0);
            self.newest = Some(number);
            return Placed::At(SeqNo::new(number));
        };
        let number = nearest(newest, seq);
        // One that is forged must not make all that is remembered late.
        if number > newest + self.reach || number + NEAR.max(self.reach) < newest {
            if self.suspect.is_none_or(|suspect| number.abs_diff(suspect) > NEAR) {
                self.suspect = Some(number);
                return Placed::Stray;
            }
            (self.newest, self.suspect) = (Some(number), None);
            self.forget();
            return Placed::Afresh(SeqNo::new(number));
        }
        self.suspect = None;
        if number + self.reach <= newest {
            return Placed::Late;
        }
        self.newest = Some(newest.max(number));
        Placed::At(SeqNo::new(number))
    }

    /// Where a repair packet's numbers are, from its base to `last` farther on; does not move the window, but opens
    /// it before the first packet.
    pub(super) fn reach(&mut self, base: Seq, last: u16) -> Reached {
        let newest = *self.newest.get_or_insert(ORIGIN + u64::from(base.0) - 1);
        let base = nearest(newest, base);
        if base + self.reach <= newest {
            Reached::Late
        } else if base + u64::from(last) > newest + self.reach {
            Reached::Ahead
        } else {
            Reached::At(SeqNo::new(base))
        }
    }

    /// Whether `number` is still remembered.
    pub(super) fn is_within(&self, number: SeqNo) -> bool {
        self.newest
            .is_some_and(|newest| newest < number.get() + self.reach && number.get() <= newest + self.reach)
    }

    /// Remembers a packet that arrived.
    pub(super) fn insert(&mut self, number: SeqNo, packet: &[u8]) -> Inserted {
        let Some((slot, bytes)) = self.slot_mut(number) else { return Inserted::TooLong };
        let inserted = match slot.state {
            State::Received => return Inserted::Duplicate,
            State::Recovered => Inserted::Repaired,
            State::Missing | State::Partial(_) => Inserted::Kept,
        };
        let Some(place) = bytes.get_mut(..packet.len()) else { return Inserted::TooLong };
        place.copy_from_slice(packet);
        (slot.state, slot.len) = (State::Received, packet.len());
        inserted
    }

    pub(super) fn known(&self, number: SeqNo) -> Known {
        match self.slot(number).map(|slot| slot.state) {
            Some(State::Received | State::Recovered) => Known::All,
            Some(State::Partial(known)) => Known::Beginning(known),
            Some(State::Missing) | None => Known::Nothing,
        }
    }

    /// How many bytes follow the fixed header, if that is known.
    pub(super) fn tail_len(&self, number: SeqNo) -> Option<usize> {
        let slot = self.slot(number).filter(|slot| slot.state != State::Missing)?;
        slot.len.checked_sub(FIXED_HEADER)
    }

    /// The packet, of which what is not known is arbitrary; `None` when nothing is.
    pub(super) fn packet(&self, number: SeqNo) -> Option<&[u8]> {
        let slot = self.slot(number).filter(|slot| slot.state != State::Missing)?;
        let start = self.index(number) * self.bytes_per_packet;
        self.bytes.get(start..start + slot.len)
    }

    /// Begins a packet that is recovered, with its fixed header. `None`, and nothing has changed, when it would be
    /// too long, or is known to be another.
    pub(super) fn begin(&mut self, number: SeqNo, header: &[u8; FIXED_HEADER], tail: usize) -> Option<()> {
        let (slot, bytes) = self.slot_mut(number)?;
        let len = FIXED_HEADER + tail;
        let place = bytes.get_mut(..len)?.first_chunk_mut::<FIXED_HEADER>()?;
        if slot.state != State::Missing {
            return (slot.len == len && place == header).then_some(());
        }
        *place = *header;
        (slot.state, slot.len) = (State::Partial(0), len);
        Some(())
    }

    /// Adds bytes to a packet that was begun, from `start` behind the fixed header, up to which it is known. Returns
    /// whether the packet is known then; `None` when it is none, and is forgotten.
    pub(super) fn extend(&mut self, number: SeqNo, start: usize, part: &[u8]) -> Option<Known> {
        let (slot, bytes) = self.slot_mut(number)?;
        let State::Partial(known) = slot.state else { return None };
        let at = FIXED_HEADER + start;
        bytes.get_mut(at..at + part.len())?.copy_from_slice(part);
        let known = known.max(start + part.len());
        if FIXED_HEADER + known < slot.len {
            slot.state = State::Partial(known);
            return Some(Known::Beginning(known));
        }
        if Packet::parse(bytes.get(..slot.len)?).is_err() {
            slot.state = State::Missing;
            return None;
        }
        slot.state = State::Recovered;
        Some(Known::All)
    }

    fn index(&self, number: SeqNo) -> usize {
        // The window is a power of two of at most 32 768.
        usize::from(number.wire().0) & (self.slots.len() - 1)
    }

    fn slot(&self, number: SeqNo) -> Option<&Slot> {
        self.slots.get(self.index(number)).filter(|slot| slot.number == number.get())
    }

    /// The place of `number`, which is within the window; what was there before is out of it.
    fn slot_mut(&mut self, number: SeqNo) -> Option<(&mut Slot, &mut [u8])> {
        let index = self.index(number);
        let start = index * self.bytes_per_packet;
        let bytes = self.bytes.get_mut(start..start + self.bytes_per_packet)?;
        let slot = self.slots.get_mut(index)?;
        if slot.number != number.get() {
            *slot = Slot { number: number.get(), state: State::Missing, len: 0 };
        }
        Some((slot, bytes))
    }
}

/// The number nearest to `newest` that ends in `seq`.
fn nearest(newest: u64, seq: Seq) -> u64 {
    let ahead = u64::from(seq.0.wrapping_sub(SeqNo::new(newest).wire().0));
    match ahead.cmp(&(1 << 15)) {
        Ordering::Less => newest + ahead,
        Ordering::Equal | Ordering::Greater => newest + ahead - (1 << 16),
    }
}

impl core::fmt::Debug for Window {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Window")
            .field("source", &self.source)
            .field("newest", &self.newest)
            .field("reach", &self.reach)
            .field("bytes_per_packet", &self.bytes_per_packet)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(seq: u16) -> [u8; 13] {
        let [a, b] = seq.to_be_bytes();
        [0x80, 96, a, b, 0, 0, 0, 0, 0, 0, 0, 1, 7]
    }

    fn arrive(window: &mut Window, seq: u16) -> Option<SeqNo> {
        let (Placed::At(number) | Placed::Afresh(number)) = window.place(Seq(seq)) else { return None };
        assert_ne!(window.insert(number, &packet(seq)), Inserted::TooLong);
        Some(number)
    }

    #[test]
    fn numbers_grow_across_the_wrap_and_the_oldest_are_forgotten() {
        let mut window = Window::new(Ssrc(1), 3, 16);
        let numbers: [_; 6] =
            core::array::from_fn(|n| arrive(&mut window, (n as u16).wrapping_sub(3)).unwrap());
        assert!(numbers.is_sorted_by(|a, b| b.get() - a.get() == 1));
        assert_eq!(numbers.map(|number| window.is_within(number)), [false, false, true, true, true, true]);
        assert_eq!(window.packet(numbers[5]), Some(&packet(2)[..]));
        assert_eq!(window.place(Seq(0xfffd)), Placed::Late);
        assert_eq!(window.insert(numbers[4], &packet(1)), Inserted::Duplicate);
    }

    #[test]
    fn one_far_packet_changes_nothing_and_two_begin_anew() {
        let mut window = Window::new(Ssrc(1), 4, 16);
        let first = arrive(&mut window, 10).unwrap();
        assert_eq!(window.place(Seq(20_000)), Placed::Stray);
        let second = arrive(&mut window, 11).unwrap();
        assert_eq!((second.get() - first.get(), window.known(first)), (1, Known::All));
        assert_eq!(window.place(Seq(50_000)), Placed::Stray);
        let Placed::Afresh(afresh) = window.place(Seq(50_001)) else { panic!("it was confirmed") };
        assert_eq!((window.known(second), window.known(afresh)), (Known::Nothing, Known::Nothing));
        assert_eq!(afresh.wire(), Seq(50_001));
    }

    #[test]
    fn a_loss_longer_than_the_window_needs_confirmation() {
        let mut window = Window::new(Ssrc(1), 4, 16);
        let first = arrive(&mut window, 65_534).unwrap();
        assert_eq!(window.place(Seq(3)), Placed::Stray);
        assert_eq!(window.known(first), Known::All);
        assert_eq!(arrive(&mut window, 2).unwrap().get() - first.get(), 4);
        assert_eq!(window.place(Seq(2_500)), Placed::Stray);
        assert_eq!(arrive(&mut window, 2_501).unwrap().get() - first.get(), 2_503);
        assert_eq!(window.place(Seq(65_534)), Placed::Late);
    }

    #[test]
    fn repair_packets_reach_both_ways_and_move_nothing() {
        let mut window = Window::new(Ssrc(1), 8, 16);
        let newest = arrive(&mut window, 100).unwrap();
        assert_eq!(window.reach(Seq(93), 15), Reached::At(SeqNo::new(newest.get() - 7)));
        assert_eq!(window.reach(Seq(92), 1), Reached::Late);
        assert_eq!(window.reach(Seq(93), 16), Reached::Ahead);
        assert!(window.is_within(newest));
    }
}
