//! What packets have in common, summed up: the FEC bit string (RFC 8627, section 6.2; RFC 5109, section 8).

use super::xor;
use crate::packet::FIXED_HEADER;
use alloc::boxed::Box;
use alloc::vec;

/// The XOR of the parts of the fixed headers that differ from packet to packet: padding, extension and source
/// count bits, marker and payload type, length, timestamp.
///
/// Opaque: it means something only to who has the other packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The first two bytes of the header without the version, the length behind the fixed header, the timestamp.
    bytes: [u8; 8],
}

impl Recovery {
    /// From the bytes in the order of FlexFEC's header.
    pub(super) const fn of_bytes(mut bytes: [u8; 8]) -> Self {
        bytes[0] &= 0x3f;
        Self { bytes }
    }

    /// The bytes in the order of FlexFEC's header; the two highest bits are zero.
    pub(super) const fn bytes(self) -> [u8; 8] {
        self.bytes
    }

    /// What one packet adds: its fixed header, and how many bytes follow it.
    pub(super) const fn of_packet(header: &[u8; FIXED_HEADER], tail: u16) -> Self {
        let &[flags, kind, _, _, t0, t1, t2, t3, ..] = header;
        let [l0, l1] = tail.to_be_bytes();
        Self::of_bytes([flags, kind, l0, l1, t0, t1, t2, t3])
    }

    /// Adds or takes away; the two are the same.
    pub(super) fn toggle(&mut self, other: Self) {
        xor(&mut self.bytes, &other.bytes);
    }

    /// How many bytes follow the fixed header of the packet that is left.
    pub(super) const fn tail(self) -> u16 {
        u16::from_be_bytes([self.bytes[2], self.bytes[3]])
    }

    /// The fixed header of the packet that is left, given what is known otherwise.
    pub(super) const fn header(self, seq: u16, ssrc: u32) -> [u8; FIXED_HEADER] {
        let [flags, kind, _, _, t0, t1, t2, t3] = self.bytes;
        let ([q0, q1], [s0, s1, s2, s3]) = (seq.to_be_bytes(), ssrc.to_be_bytes());
        [0x80 | flags, kind, q0, q1, t0, t1, t2, t3, s0, s1, s2, s3]
    }
}

/// A packet as parity codes see it: the fixed header, and all behind it. `None` when it is too short or too long.
pub(super) fn split(packet: &[u8]) -> Option<(Recovery, &[u8])> {
    let (header, tail) = packet.split_first_chunk::<FIXED_HEADER>()?;
    Some((Recovery::of_packet(header, u16::try_from(tail.len()).ok()?), tail))
}

/// The sum of packets, each as if it were as long as the longest.
#[derive(Clone, Debug)]
pub(super) struct Parity {
    recovery: Recovery,
    bytes: Box<[u8]>,
    len: usize,
}

impl Parity {
    /// Room for packets with `most` bytes behind the fixed header.
    pub(super) fn new(most: usize) -> Self {
        Self { recovery: Recovery::default(), bytes: vec![0; most].into_boxed_slice(), len: 0 }
    }

    pub(super) const fn clear(&mut self) {
        self.recovery = Recovery { bytes: [0; 8] };
        self.len = 0;
    }

    /// Adds a packet that was [`split`] and is not longer than there is room.
    pub(super) fn add(&mut self, recovery: Recovery, tail: &[u8]) {
        self.recovery.toggle(recovery);
        let Some((sum, fresh)) = self.bytes.split_at_mut_checked(self.len) else { return };
        xor(sum, tail);
        // The first of this length is its own sum there: nothing needs to be zeroed.
        let beyond = tail.get(sum.len()..).unwrap_or_default();
        if let Some(place) = fresh.get_mut(..beyond.len()) {
            place.copy_from_slice(beyond);
            self.len += beyond.len();
        }
    }

    pub(super) const fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// The sum of all that is behind the fixed headers, as long as the longest.
    pub(super) fn body(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn what_is_left_when_all_but_one_are_taken_away_is_the_one() {
        let packets: [&[u8]; 3] = [
            &[0x80, 0x60, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6],
            &[0xb2, 0xe0, 0, 2, 1, 0, 0, 9, 1, 2, 3, 4, 7, 7, 7, 7, 7],
            &[0x90, 0x61, 0, 3, 0, 7, 0, 9, 1, 2, 3, 4],
        ];
        let mut parity = Parity::new(8);
        for round in 0..2 {
            parity.clear();
            for packet in packets {
                let (recovery, tail) = split(packet).unwrap();
                parity.add(recovery, tail);
            }
            assert_eq!(parity.body().len(), 5, "{round}");
        }
        for (lost, packet) in packets.iter().enumerate() {
            let (mut recovery, mut body) = (parity.recovery(), parity.body().to_vec());
            for other in (0..3).filter(|&other| other != lost) {
                let (of_other, tail) = split(packets[other]).unwrap();
                recovery.toggle(of_other);
                xor(&mut body, tail);
            }
            assert_eq!(usize::from(recovery.tail()), packet.len() - 12);
            let header = recovery.header(lost as u16 + 1, 0x0102_0304);
            let rebuilt: Vec<u8> = header.into_iter().chain(body.drain(..packet.len() - 12)).collect();
            assert_eq!(rebuilt, *packet);
            assert!(body.iter().all(|&byte| byte == 0), "what is behind the end of the packet is zero");
        }
    }
}
