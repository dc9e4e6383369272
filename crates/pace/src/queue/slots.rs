//! A fixed number of slots, threaded into one queue per class.

use super::Class;
use moim_media::Instant;

/// What is known of a waiting packet besides its bytes.
#[derive(Clone, Copy, Debug)]
struct Slot {
    since: Instant,
    len: usize,
    next: Option<usize>,
}

/// The ends of one queue.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    first: Option<usize>,
    last: Option<usize>,
    bytes: usize,
}

/// A packet that was taken out. Its bytes stay readable until the next one is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) slot: usize,
    pub(crate) len: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Slots {
    slots: Box<[Slot]>,
    bytes: Box<[u8]>,
    mtu: usize,
    lines: [Line; Class::ALL.len()],
    free: Line,
    waiting: usize,
}

impl Slots {
    /// One more than `packets`: the next is written before it is known which gives way to it.
    pub(crate) fn new(packets: usize, mtu: usize) -> Self {
        let count = packets + 1;
        let slot = |index| Slot {
            since: Instant::EPOCH,
            len: 0,
            next: Some(index + 1).filter(|&next| next < count),
        };
        Self {
            slots: (0..count).map(slot).collect(),
            bytes: vec![0; count * mtu].into_boxed_slice(),
            mtu,
            lines: [Line::default(); Class::ALL.len()],
            free: Line { first: Some(0), last: Some(count - 1), bytes: 0 },
            waiting: 0,
        }
    }

    /// Packets that may wait; one more may until the caller has taken one out.
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len() - 1
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(crate) fn waiting_bytes(&self, class: Class) -> usize {
        self.lines[class as usize].bytes
    }

    /// Since when the oldest of a class waits.
    pub(crate) fn front(&self, class: Class) -> Option<Instant> {
        self.lines[class as usize].first.map(|slot| self.slots[slot].since)
    }

    /// Where the next packet is written.
    ///
    /// # Panics
    ///
    /// When one more than [`capacity`](Self::capacity) waits.
    pub(crate) fn spare(&mut self) -> &mut [u8] {
        let slot = self.free.first.expect("one more slot than packets");
        &mut self.bytes[slot * self.mtu..(slot + 1) * self.mtu]
    }

    /// Queues what was written into [`spare`](Self::spare); its slot.
    pub(crate) fn push(&mut self, since: Instant, class: Class, len: usize) -> usize {
        let slot = self.free.take(&mut self.slots).expect("one more slot than packets");
        self.slots[slot] = Slot { since, len, next: None };
        self.lines[class as usize].append(&mut self.slots, slot);
        self.waiting += 1;
        slot
    }

    /// Takes the oldest packet of a class out.
    pub(crate) fn pop(&mut self, class: Class) -> Option<Taken> {
        let slot = self.lines[class as usize].take(&mut self.slots)?;
        let len = self.slots[slot].len;
        self.slots[slot].len = 0;
        // Behind all other free ones, so that what was just taken or displaced is overwritten last.
        self.free.append(&mut self.slots, slot);
        self.waiting -= 1;
        Some(Taken { slot, len })
    }

    /// The bytes of a packet that waits or that was just taken.
    pub(crate) fn bytes(&self, slot: usize, len: usize) -> &[u8] {
        let start = slot * self.mtu;
        &self.bytes[start..start + len]
    }
}

impl Line {
    fn append(&mut self, slots: &mut [Slot], slot: usize) {
        slots[slot].next = None;
        match self.last {
            Some(last) => slots[last].next = Some(slot),
            None => self.first = Some(slot),
        }
        self.last = Some(slot);
        self.bytes += slots[slot].len;
    }

    fn take(&mut self, slots: &mut [Slot]) -> Option<usize> {
        let slot = self.first?;
        self.first = slots[slot].next;
        if self.first.is_none() {
            self.last = None;
        }
        self.bytes -= slots[slot].len;
        Some(slot)
    }
}
