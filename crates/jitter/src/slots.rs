//! Where packets wait: a fixed slot each, payloads copied once.

use moim_media::codec::PacketInfo;
use moim_media::{MediaTime, SeqNo};

/// What is known of a waiting packet besides its payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) seq: SeqNo,
    pub(crate) time: MediaTime,
    pub(crate) info: PacketInfo,
    len: usize,
    waiting: bool,
}

/// A ring of slots; a packet's place follows from its sequence number.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    slots: Box<[Option<Slot>]>,
    payloads: Box<[u8]>,
    payload_bytes: usize,
    waiting: usize,
}

impl Slots {
    pub(crate) fn new(packets: usize, payload_bytes: usize) -> Self {
        Self {
            slots: vec![None; packets].into_boxed_slice(),
            payloads: vec![0; packets * payload_bytes].into_boxed_slice(),
            payload_bytes,
            waiting: 0,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.slots.fill(None);
        self.waiting = 0;
    }

    /// How many there are.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// The longest payload that fits.
    pub(crate) fn payload_bytes(&self) -> usize {
        self.payload_bytes
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

    /// The payload of a packet that [`find`](Self::find) found, or that was taken and not yet overwritten.
    pub(crate) fn payload(&self, slot: &Slot) -> &[u8] {
        let start = self.place(slot.seq) * self.payload_bytes;
        &self.payloads[start..start + slot.len]
    }

    /// Stores a packet, whose payload fits, in place of whatever was there.
    pub(crate) fn store(&mut self, seq: SeqNo, time: MediaTime, info: PacketInfo, payload: &[u8]) {
        let place = self.place(seq);
        let start = place * self.payload_bytes;
        self.payloads[start..start + payload.len()].copy_from_slice(payload);
        let slot = Slot { seq, time, info, len: payload.len(), waiting: true };
        let before = self.slots[place].replace(slot);
        self.waiting += usize::from(!before.is_some_and(|slot| slot.waiting));
    }

    /// Takes a packet out; its payload stays readable until another takes its place.
    pub(crate) fn take(&mut self, seq: SeqNo) -> Option<Slot> {
        let place = self.place(seq);
        let slot = self.slots[place].as_mut().filter(|slot| slot.seq == seq && slot.waiting)?;
        slot.waiting = false;
        self.waiting -= 1;
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
