//! What was sent lately, to be sent again when a NACK asks for it (RFC 4585, section 6.2.1).

use alloc::boxed::Box;
use alloc::vec;
use core::time::Duration;
use moim_media::{Instant, Seq};

/// As many sequence numbers as there are.
const MOST: usize = 1 << 16;
/// However near the other side claims to be, it cannot have a packet sent again more often.
const SHORTEST_ROUND_TRIP: Duration = Duration::from_millis(5);

/// The packets of one stream sent last, as bytes, in slots of fixed size.
///
/// All memory is allocated by [`new`](Self::new). The bytes are the caller's choice: plain packets, or encrypted
/// ones where these may be repeated as they are.
#[derive(Clone)]
pub struct History {
    slots: Box<[Option<Sent>]>,
    bytes: Box<[u8]>,
    bytes_per_packet: usize,
    round_trip: Duration,
}

/// What became of a packet offered to a [`History`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It can be found until as many others were stored as there are slots.
    Kept,
    /// It is longer than a slot and cannot be sent again.
    TooLong,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    seq: Seq,
    len: usize,
    repeated: Option<Instant>,
}

impl History {
    /// Room for the last `packets` packets of at most `bytes_per_packet` bytes.
    ///
    /// The number of packets is rounded up to a power of two, at most 65 536, so that slots follow sequence
    /// numbers across their wrap.
    #[must_use]
    pub fn new(packets: usize, bytes_per_packet: usize) -> Self {
        let packets = packets.clamp(1, MOST).next_power_of_two();
        Self {
            slots: vec![None; packets].into_boxed_slice(),
            bytes: vec![0; packets * bytes_per_packet].into_boxed_slice(),
            bytes_per_packet,
            round_trip: SHORTEST_ROUND_TRIP,
        }
    }

    /// How many packets it remembers.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// Sets how long a packet sent again takes to arrive and be reported, during which it is not sent once more:
    /// 5 ms in the beginning and at the least, so that a request which names a packet a thousand times has it once.
    pub fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip.max(SHORTEST_ROUND_TRIP);
    }

    /// Remembers `packet` under its number, in the place of the one a whole history before.
    pub fn insert(&mut self, seq: Seq, packet: &[u8]) -> Stored {
        let index = self.index(seq);
        let Some((slot, bytes)) = self.slot(index) else { return Stored::TooLong };
        // Whatever happens, the number now means this packet.
        *slot = None;
        let Some(place) = bytes.get_mut(..packet.len()) else { return Stored::TooLong };
        place.copy_from_slice(packet);
        *slot = Some(Sent { seq, len: packet.len(), repeated: None });
        Stored::Kept
    }

    /// The packet `seq`, to be sent again at `now`; `None` when it is gone, or was found less than a round trip
    /// ago, so that a request repeated meanwhile is answered once.
    pub fn find(&mut self, now: Instant, seq: Seq) -> Option<&[u8]> {
        let (index, round_trip) = (self.index(seq), self.round_trip);
        let (slot, bytes) = self.slot(index)?;
        let sent = slot.as_mut().filter(|sent| sent.seq == seq)?;
        if sent.repeated.is_some_and(|at| now.since(at) < round_trip) {
            return None;
        }
        sent.repeated = Some(now);
        bytes.get(..sent.len)
    }

    /// Forgets everything, for a stream that starts afresh.
    pub fn clear(&mut self) {
        self.slots.fill(None);
    }

    fn index(&self, seq: Seq) -> usize {
        usize::from(seq.0) & (self.slots.len() - 1)
    }

    fn slot(&mut self, index: usize) -> Option<(&mut Option<Sent>, &mut [u8])> {
        let start = index * self.bytes_per_packet;
        let bytes = self.bytes.get_mut(start..start + self.bytes_per_packet)?;
        Some((self.slots.get_mut(index)?, bytes))
    }
}

impl core::fmt::Debug for History {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("History")
            .field("capacity", &self.capacity())
            .field("bytes_per_packet", &self.bytes_per_packet)
            .field("round_trip", &self.round_trip)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_millis(1_000);

    #[test]
    fn the_last_packets_are_found_across_the_wrap() {
        let mut history = History::new(100, 4);
        assert_eq!(history.capacity(), 128);
        for number in 0..70_000_u32 {
            let seq = Seq(number as u16);
            assert_eq!(history.insert(seq, &number.to_be_bytes()), Stored::Kept);
        }
        for number in 70_000 - 128..70_000_u32 {
            assert_eq!(history.find(NOW, Seq(number as u16)), Some(&number.to_be_bytes()[..]));
        }
        assert_eq!(history.find(NOW, Seq((70_000_u32 - 129) as u16)), None);
    }

    #[test]
    fn a_packet_is_repeated_once_in_a_round_trip() {
        let mut history = History::new(8, 4);
        history.set_round_trip(Duration::from_millis(100));
        history.insert(Seq(5), b"abc");
        assert_eq!(history.find(NOW, Seq(5)), Some(&b"abc"[..]));
        assert_eq!(history.find(NOW + Duration::from_millis(99), Seq(5)), None);
        assert!(history.find(NOW + Duration::from_millis(100), Seq(5)).is_some());
        history.insert(Seq(5), b"new");
        assert_eq!(history.find(NOW + Duration::from_millis(101), Seq(5)), Some(&b"new"[..]));
    }

    #[test]
    fn a_packet_named_again_and_again_is_repeated_once() {
        let mut history = History::new(8, 4);
        history.insert(Seq(5), b"abc");
        for round_trip in [None, Some(Duration::ZERO), Some(Duration::from_micros(1))] {
            round_trip.into_iter().for_each(|round_trip| history.set_round_trip(round_trip));
            let now = NOW + Duration::from_secs(1) * round_trip.map_or(0, |span| 1 + span.subsec_micros());
            let answers = (0..1_000).filter(|_| history.find(now, Seq(5)).is_some()).count();
            assert_eq!(answers, 1);
            assert!(history.find(now + SHORTEST_ROUND_TRIP, Seq(5)).is_some());
        }
    }

    #[test]
    fn a_packet_too_long_is_not_kept_and_leaves_nothing_wrong_behind() {
        let mut history = History::new(2, 4);
        history.insert(Seq(1), b"old");
        assert_eq!(history.insert(Seq(3), b"longer"), Stored::TooLong);
        assert_eq!(history.find(NOW, Seq(1)), None);
        assert_eq!(history.find(NOW, Seq(3)), None);
    }

    #[test]
    fn a_cleared_history_has_forgotten() {
        let mut history = History::new(2, 4);
        history.insert(Seq(1), b"old");
        history.clear();
        assert_eq!(history.find(NOW, Seq(1)), None);
    }

    #[test]
    fn an_empty_slot_size_keeps_empty_packets_only() {
        let mut history = History::new(0, 0);
        assert_eq!((history.capacity(), history.insert(Seq(1), &[])), (1, Stored::Kept));
        assert_eq!(history.find(NOW, Seq(1)), Some(&[][..]));
        assert_eq!(history.insert(Seq(1), &[1]), Stored::TooLong);
    }
}
