//! Where packets wait: a fixed slot each, bytes copied once; and which of them stand side by side.
//!
//! Packets of one picture that stand side by side are a [`Run`]. Only the two ends of a run know how far it goes:
//! joining two runs touches their outer ends alone, whatever the order of arrival and the length of the picture.

use crate::assembler::Unit;
use moim_media::codec::FrameKind;
use moim_media::{MediaTime, SeqNo};
use moim_rtp::{Packet, PacketBuilder};

/// What is known of a packet besides its bytes.
#[derive(Clone, Copy, Debug)]
struct Slot {
    seq: SeqNo,
    len: usize,
    marker: bool,
    /// Whether it came because it had been asked for.
    repaired: bool,
    /// At the ends of a run: the media time of the run; `None` for padding alone, which belongs to no picture.
    time: Option<MediaTime>,
    /// At the ends of a run: its other end.
    other_end: SeqNo,
    /// At the beginning of a run that is known to be whole.
    unit: Option<Unit>,
}

/// Packets side by side that belong to the same picture, as far as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: SeqNo,
    pub(crate) last: SeqNo,
    pub(crate) time: Option<MediaTime>,
}

/// A packet read back from its slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored<'a> {
    pub(crate) packet: Packet<'a>,
    pub(crate) repaired: bool,
}

/// A ring of slots; a packet's place follows from its sequence number.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    slots: Box<[Option<Slot>]>,
    bytes: Box<[u8]>,
    packet_bytes: usize,
    /// Everything before is shown or given up.
    floor: SeqNo,
    /// Whether a picture begins with the packet `floor`.
    floor_begins: bool,
    newest: Option<SeqNo>,
}

impl Slots {
    pub(crate) fn new(packets: usize, packet_bytes: usize) -> Self {
        Self {
            slots: vec![None; packets].into_boxed_slice(),
            bytes: vec![0; packets * packet_bytes].into_boxed_slice(),
            packet_bytes,
            floor: SeqNo::new(0),
            floor_begins: false,
            newest: None,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.slots.fill(None);
        self.floor = SeqNo::new(0);
        self.floor_begins = false;
        self.newest = None;
    }

    pub(crate) fn fits(&self, packet: &Packet<'_>) -> bool {
        rebuilt(packet).header_len() + packet.payload().len() <= self.packet_bytes
    }

    /// The packet with the highest number so far.
    pub(crate) fn newest(&self) -> Option<SeqNo> {
        self.newest
    }

    /// Everything before this is shown or given up.
    pub(crate) fn floor(&self) -> SeqNo {
        self.floor
    }

    /// Whether this packet came, be it still of use or not, as far back as there are slots.
    pub(crate) fn has_seen(&self, seq: SeqNo) -> bool {
        self.slots[self.place(seq)].is_some_and(|slot| slot.seq == seq)
    }

    /// Gives up what would be in the way of `seq`. Returns how many whole pictures that were, if anything had to go.
    pub(crate) fn make_room(&mut self, seq: SeqNo) -> Option<u64> {
        let capacity = self.slots.len() as u64;
        let floor = SeqNo::new((seq.get() + 1).saturating_sub(capacity));
        if floor <= self.floor {
            return None;
        }
        let units = self.units_between(self.floor, floor);
        self.floor = floor;
        self.floor_begins = false;
        Some(units)
    }

    /// Stores a packet that fits and is not here. Returns the run it is part of now.
    pub(crate) fn store(&mut self, seq: SeqNo, time: MediaTime, packet: &Packet<'_>, repaired: bool) -> Run {
        let place = self.place(seq);
        let start = place * self.packet_bytes;
        let slot = &mut self.bytes[start..start + self.packet_bytes];
        let len = rebuilt(packet).write(&[packet.payload()], slot).unwrap_or(0);
        let marker = packet.marker();
        let time = (!packet.payload().is_empty()).then_some(time);
        self.slots[place] = Some(Slot { seq, len, marker, repaired, time, other_end: seq, unit: None });
        self.newest = self.newest.max(Some(seq));
        self.join(seq, marker, time)
    }

    /// The packet `seq`, if it waits here.
    pub(crate) fn packet(&self, seq: SeqNo) -> Option<Stored<'_>> {
        let slot = self.waiting(seq)?;
        let start = self.place(seq) * self.packet_bytes;
        let packet = Packet::parse(&self.bytes[start..start + slot.len]).ok()?;
        Some(Stored { packet, repaired: slot.repaired })
    }

    /// The run that begins at `first`.
    pub(crate) fn run_from(&self, first: SeqNo) -> Option<Run> {
        let slot = self.waiting(first)?;
        Some(Run { first, last: slot.other_end, time: slot.time })
    }

    /// The run that stands right before `run`, if no packet is missing between them.
    pub(crate) fn run_before(&self, run: Run) -> Option<Run> {
        let last = SeqNo::new(run.first.get().checked_sub(1)?);
        let slot = self.waiting(last)?;
        Some(Run { first: slot.other_end, last, time: slot.time }).filter(|run| run.first >= self.floor)
    }

    /// Whether the packet before `run` is known: then nothing of the picture is missing at its beginning.
    pub(crate) fn is_begun(&self, run: Run) -> bool {
        (run.first == self.floor && self.floor_begins)
            || run.first.get().checked_sub(1).is_some_and(|before| self.has_seen(SeqNo::new(before)))
    }

    /// Whether `run` is marked at its end, or the packet behind it, which is another picture's, is here.
    pub(crate) fn is_ended(&self, run: Run) -> bool {
        self.waiting(run.last).is_some_and(|slot| slot.marker) || self.waiting(run.last.next()).is_some()
    }

    /// The whole picture that begins with the packet `first`.
    pub(crate) fn unit(&self, first: SeqNo) -> Option<Unit> {
        self.waiting(first)?.unit
    }

    /// Keeps in mind that the run from `unit.first` on is a whole picture.
    pub(crate) fn set_unit(&mut self, unit: Unit) {
        if let Some(slot) = self.waiting_mut(unit.first) {
            slot.unit = Some(unit);
        }
    }

    /// The first whole key frame from `from` on.
    pub(crate) fn first_key(&self, from: SeqNo) -> Option<Unit> {
        let until = self.newest?.next();
        (from.get()..until.get())
            .find_map(|seq| self.unit(SeqNo::new(seq)).filter(|unit| unit.kind() == Some(FrameKind::Key)))
    }

    /// The first packet that waits, from `from` on.
    fn first_waiting(&self, from: SeqNo) -> Option<SeqNo> {
        let until = self.newest?.next();
        (from.get()..until.get()).map(SeqNo::new).find(|&seq| self.waiting(seq).is_some())
    }

    /// The marked packet behind a hole in the picture that `part` begins; `None` when it did not come, or when another
    /// picture may be hidden in the hole.
    pub(crate) fn end_of_torn(&self, part: Run) -> Option<SeqNo> {
        let first = self.first_waiting(part.last.next())?;
        let rest = self.run_from(first)?;
        let same = rest.time == part.time && first > part.last.next();
        (same && self.waiting(rest.last)?.marker).then_some(rest.last)
    }

    /// Whole pictures that begin between these.
    pub(crate) fn units_between(&self, from: SeqNo, until: SeqNo) -> u64 {
        let until = until.min(self.newest.map_or(from, SeqNo::next));
        let from = from.max(SeqNo::new(until.get().saturating_sub(self.slots.len() as u64)));
        (from.get()..until.get())
            .filter(|&seq| self.unit(SeqNo::new(seq)).is_some_and(Unit::has_picture))
            .count() as u64
    }

    /// Everything before `next`, with which a picture begins, is shown or given up.
    pub(crate) fn finish_before(&mut self, next: SeqNo) {
        self.floor = next;
        self.floor_begins = true;
    }

    fn join(&mut self, seq: SeqNo, marker: bool, time: Option<MediaTime>) -> Run {
        let mut run = Run { first: seq, last: seq, time };
        let before = seq.get().checked_sub(1).and_then(|before| self.waiting(SeqNo::new(before)));
        if let Some(before) = before.filter(|before| !before.marker && agree(before.time, run.time)) {
            run.first = before.other_end;
            run.time = run.time.or(before.time);
        }
        let behind = self.waiting_mut(seq.next());
        if let Some(behind) = behind.filter(|behind| !marker && agree(behind.time, run.time)) {
            run.last = behind.other_end;
            run.time = run.time.or(behind.time);
            // What seemed to begin there begins earlier.
            behind.unit = None;
        }
        for (end, other_end) in [(run.first, run.last), (run.last, run.first)] {
            if let Some(slot) = self.waiting_mut(end) {
                slot.other_end = other_end;
                slot.time = run.time;
                // Whatever was known of it is to be looked at again.
                slot.unit = None;
            }
        }
        run
    }

    fn waiting(&self, seq: SeqNo) -> Option<&Slot> {
        self.slots[self.place(seq)].as_ref().filter(|slot| slot.seq == seq && seq >= self.floor)
    }

    fn waiting_mut(&mut self, seq: SeqNo) -> Option<&mut Slot> {
        let floor = self.floor;
        self.slots[self.place(seq)].as_mut().filter(|slot| slot.seq == seq && seq >= floor)
    }

    fn place(&self, seq: SeqNo) -> usize {
        (seq.get() % self.slots.len() as u64) as usize
    }
}

/// Whether two runs can be of the same picture: padding goes with any.
fn agree(a: Option<MediaTime>, b: Option<MediaTime>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// The packet without its contributing sources, which say nothing about pictures.
fn rebuilt<'a>(packet: &Packet<'a>) -> PacketBuilder<'a> {
    let builder = PacketBuilder::new(packet.header());
    match packet.extension_profile() {
        Some(profile) => builder.extension_block(profile, packet.extension_block()),
        None => builder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moim_media::{ClockRate, Timestamp};
    use moim_rtp::{Header, PayloadType, Ssrc};

    fn store(slots: &mut Slots, seq: u64, time: u64, marker: bool, payload: &[u8]) -> Run {
        let seq = SeqNo::new(seq);
        let header = Header {
            marker,
            payload_type: PayloadType::new(96).unwrap(),
            seq: seq.wire(),
            timestamp: Timestamp(0),
            ssrc: Ssrc(1),
        };
        let mut bytes = [0; 100];
        let len = PacketBuilder::new(header).write(&[payload], &mut bytes).unwrap();
        let packet = Packet::parse(&bytes[..len]).unwrap();
        slots.store(seq, MediaTime::new(time, ClockRate::HZ_90000), &packet, false)
    }

    fn ends(run: Run) -> (u64, u64) {
        (run.first.get(), run.last.get())
    }

    #[test]
    fn runs_join_in_any_order_of_arrival() {
        let mut slots = Slots::new(16, 100);
        assert_eq!(ends(store(&mut slots, 11, 7, false, b"b")), (11, 11));
        assert_eq!(ends(store(&mut slots, 13, 7, true, b"d")), (13, 13));
        assert_eq!(ends(store(&mut slots, 12, 7, false, b"c")), (11, 13));
        assert_eq!(ends(store(&mut slots, 10, 7, false, b"a")), (10, 13));
        assert_eq!(slots.packet(SeqNo::new(12)).unwrap().packet.payload(), b"c");
    }

    #[test]
    fn a_marker_and_another_time_part_runs() {
        let mut slots = Slots::new(16, 100);
        store(&mut slots, 10, 7, true, b"a");
        let second = store(&mut slots, 11, 8, false, b"b");
        assert_eq!(ends(second), (11, 11));
        assert!(slots.is_begun(second) && !slots.is_ended(second));
        store(&mut slots, 12, 9, false, b"c");
        assert!(slots.is_ended(second));
    }

    #[test]
    fn padding_stands_aside() {
        let mut slots = Slots::new(16, 100);
        store(&mut slots, 10, 7, false, b"a");
        store(&mut slots, 11, 9, false, b"");
        let run = store(&mut slots, 12, 7, true, b"c");
        assert_eq!(ends(run), (10, 12));
        assert_eq!(ends(store(&mut slots, 13, 7, false, b"")), (13, 13));
        assert_eq!(ends(store(&mut slots, 14, 8, true, b"d")), (13, 14));
    }

    #[test]
    fn the_oldest_go_when_there_is_no_room() {
        let mut slots = Slots::new(16, 100);
        assert_eq!(slots.make_room(SeqNo::new(10)), None);
        store(&mut slots, 10, 7, true, b"a");
        assert_eq!(slots.make_room(SeqNo::new(26)), Some(0));
        assert!(slots.packet(SeqNo::new(10)).is_none());
    }
}
