//! Where packets wait: a slot each, found by the sequence number, and the payloads beside.

use crate::JitterConfig;
use crate::payloads::{Kept, Payloads};
use moim_media::codec::PacketInfo;
use moim_media::{MediaTime, SeqNo};

/// What is known of a waiting packet besides its payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) seq: SeqNo,
    pub(crate) time: MediaTime,
    pub(crate) info: PacketInfo,
    payload: Kept,
    waiting: bool,
}

/// A ring of slots; a packet's place follows from its sequence number.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    slots: Box<[Option<Slot>]>,
    payloads: Payloads,
    waiting: usize,
}

impl Slots {
    pub(crate) fn new(config: &JitterConfig) -> Self {
        Self {
            slots: vec![None; config.packets].into_boxed_slice(),
            payloads: Payloads::new(config.bytes, config.payload_bytes),
            waiting: 0,
        }
    }

    pub(crate) fn clear(&mut self) {
        for slot in self.slots.iter_mut().filter_map(Option::take).filter(|slot| slot.waiting) {
            self.payloads.free(slot.payload);
        }
        self.waiting = 0;
    }

    /// How many there are.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// The longest payload it takes.
    pub(crate) fn longest(&self) -> usize {
        self.payloads.longest()
    }

    /// Whether a payload of `len` bytes fits beside those that wait.
    pub(crate) fn has_room_for(&self, len: usize) -> bool {
        self.payloads.has_room_for(len)
    }

    /// How many hold a packet.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(crate) fn find(&self, seq: SeqNo) -> Option<&Slot> {
        self.slots[self.place(seq)].as_ref().filter(|slot| slot.seq == seq && slot.waiting)
    }

    /// Whether this packet came before, be it still here or not, as far back as there are slots.
    pub(crate) fn has_seen(&self, seq: SeqNo) -> bool {
        self.slots[self.place(seq)].is_some_and(|slot| slot.seq == seq)
    }

    /// The payload of a packet that [`find`](Self::find) found, or that was taken since the last was stored.
    pub(crate) fn payload(&mut self, slot: &Slot) -> &[u8] {
        self.payloads.read(slot.payload)
    }

    /// Stores a packet, whose payload [has room](Self::has_room_for), in place of whatever was there.
    pub(crate) fn store(&mut self, seq: SeqNo, time: MediaTime, info: PacketInfo, payload: &[u8]) {
        let payload = self.payloads.keep(payload);
        let place = self.place(seq);
        let before = self.slots[place].replace(Slot { seq, time, info, payload, waiting: true });
        match before.filter(|slot| slot.waiting) {
            Some(before) => self.payloads.free(before.payload),
            None => self.waiting += 1,
        }
    }

    /// Takes a packet out; its payload stays readable until another is stored.
    pub(crate) fn take(&mut self, seq: SeqNo) -> Option<Slot> {
        let place = self.place(seq);
        let slot = self.slots[place].as_mut().filter(|slot| slot.seq == seq && slot.waiting)?;
        slot.waiting = false;
        self.waiting -= 1;
        self.payloads.free(slot.payload);
        Some(*slot)
    }

    /// The first packet from `from` on, before `until`.
    pub(crate) fn first(&self, from: SeqNo, until: SeqNo) -> Option<&Slot> {
        if self.waiting == 0 {
            return None;
        }
        (0..until.since(from).min(self.slots.len() as u64)).find_map(|step| self.find(from + step))
    }

    /// The first packet from `first` on, before `until`, whose deep redundancy reaches back to `time`, before `first`.
    pub(crate) fn redundant(&self, first: &Slot, until: SeqNo, time: MediaTime) -> Option<&Slot> {
        (0..until.since(first.seq).min(self.slots.len() as u64))
            .filter_map(|step| self.find(first.seq + step))
            .filter(|slot| slot.time >= first.time)
            .find(|slot| !slot.info.redundancy.is_zero() && slot.info.redundancy >= slot.time.since(time))
    }

    fn place(&self, seq: SeqNo) -> usize {
        (seq.get() % self.slots.len() as u64) as usize
    }
}
