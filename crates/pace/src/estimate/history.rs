//! What was sent, until the far side says what became of it.

use moim_media::{Instant, Seq, SeqNo};

/// Packets that are remembered: about four seconds at 10 Mbit/s.
const PACKETS: usize = 4_096;

/// A packet that was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    seq: SeqNo,
    pub(crate) at: Instant,
    pub(crate) bytes: usize,
    pub(crate) fate: Fate,
}

/// What the far side said of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Unknown,
    Missing,
    Arrived,
}

/// The last packets by their number.
#[derive(Clone, Debug)]
pub(crate) struct History {
    packets: Box<[Option<Sent>]>,
    newest: Option<SeqNo>,
}

impl History {
    pub(crate) fn new() -> Self {
        Self { packets: vec![None; PACKETS].into_boxed_slice(), newest: None }
    }

    /// The caller counts up, so a number is the next one after the newest that ends in these bits.
    pub(crate) fn insert(&mut self, at: Instant, wire: Seq, bytes: usize) {
        let seq = self.newest.map_or(SeqNo::new(u64::from(wire.0)), |newest| {
            newest + u64::from(wire.0.wrapping_sub(newest.wire().0))
        });
        self.newest = Some(seq);
        self.packets[place(seq)] = Some(Sent { seq, at, bytes, fate: Fate::Unknown });
    }

    /// The newest packet with this number, when it is still remembered.
    pub(crate) fn find(&mut self, wire: Seq) -> Option<&mut Sent> {
        let newest = self.newest?;
        let back = u64::from(newest.wire().0.wrapping_sub(wire.0));
        let seq = SeqNo::new(newest.get().checked_sub(back)?);
        self.packets[place(seq)].as_mut().filter(|sent| sent.seq == seq)
    }
}

fn place(seq: SeqNo) -> usize {
    (seq.get() % PACKETS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_wrap_and_old_ones_are_forgotten() {
        let mut history = History::new();
        for number in 60_000..70_000_u64 {
            history.insert(Instant::from_nanos(number), SeqNo::new(number).wire(), 1);
        }
        for number in 70_000 - PACKETS as u64..70_000 {
            let sent = history.find(SeqNo::new(number).wire()).map(|sent| sent.at);
            assert_eq!(sent, Some(Instant::from_nanos(number)));
        }
        for number in [60_000, 65_000, 70_000, 90_000_u64] {
            assert!(history.find(SeqNo::new(number).wire()).is_none(), "{number}");
        }
    }
}
