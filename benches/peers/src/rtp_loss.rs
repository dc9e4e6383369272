//! What str0m keeps of a stream's sequence numbers.
//!
//! Its register is private; it is reached by the function that str0m's fuzzer calls, which reads what to do from bytes
//! and makes a register of its own. What that reading costs is measured apart, by [`read`].

use str0m::_internal_test_exports::fuzz::receive_register;

/// A packet as the register is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Its sequence number, unwrapped; below 2⁶³.
    pub seq: u64,
    /// When it came, in microseconds.
    pub micros: u64,
    /// Its timestamp; below 2³¹.
    pub timestamp: u32,
}

/// The clock of all timestamps.
pub const CLOCK_RATE: u32 = 90_000;

/// Bytes by which the fuzzer's function tells a register of `packets`.
#[must_use]
pub fn encode(packets: &[Packet]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(packets.len() * 25);
    for packet in packets {
        // Each number is scaled down to its range from that of its type; half a step more stays below the next.
        bytes.push(0);
        bytes.extend((packet.seq * 2 + 1).to_be_bytes());
        bytes.extend((packet.micros * 100 + 50).to_be_bytes());
        bytes.extend((packet.timestamp * 2 + 1).to_be_bytes());
        bytes.extend((CLOCK_RATE * 2 + 1).to_be_bytes());
    }
    bytes
}

/// str0m takes note of all packets: which came, and their jitter. `None` when the bytes have ended, which is all there
/// is to see.
pub fn str0m_register(bytes: &[u8]) -> Option<()> {
    receive_register(bytes)
}

/// Reads the packets as the fuzzer's function does, and does nothing with them.
pub fn read(bytes: &[u8]) -> impl Iterator<Item = Packet> {
    let scaled =
        |number: u64, most: u64, all: u64| (u128::from(number) * u128::from(most) / u128::from(all)) as u64;
    bytes.as_chunks::<25>().0.iter().map(move |&[_, s0, s1, s2, s3, s4, s5, s6, s7, ref rest @ ..]| {
        let seq = u64::from_be_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
        let [m0, m1, m2, m3, m4, m5, m6, m7, t0, t1, t2, t3, ..] = *rest;
        let micros = u64::from_be_bytes([m0, m1, m2, m3, m4, m5, m6, m7]);
        let timestamp = u32::from_be_bytes([t0, t1, t2, t3]);
        Packet {
            seq: scaled(seq, u64::MAX / 2, u64::MAX),
            micros: scaled(micros, u64::MAX / 100, u64::MAX),
            timestamp: (u64::from(timestamp) * u64::from(u32::MAX / 2) / u64::from(u32::MAX)) as u32,
        }
    })
}
