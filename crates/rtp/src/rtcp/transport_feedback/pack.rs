//! From arrivals to status chunks and deltas.

use super::chunk::{ONE_BIT, RUN, SYMBOLS, TWO_BIT, TWO_BIT_VECTOR, VECTOR};
use super::{ArrivalTime, REFERENCE};
use crate::rtcp::WriteError;

/// What is reported of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    NotReceived,
    /// Up to 255 ticks after the one received before.
    Small(u8),
    /// Anything else that 16 bits can say.
    Large(i16),
}

impl Status {
    /// Bytes of its delta, which is also its number on the wire.
    pub(crate) const fn delta_bytes(self) -> usize {
        self.symbol() as usize
    }

    const fn symbol(self) -> u8 {
        match self {
            Self::NotReceived => 0,
            Self::Small(_) => 1,
            Self::Large(_) => 2,
        }
    }
}

/// The 64 ms in which the first packet arrived, from which the deltas count.
pub(crate) fn reference(arrivals: impl Iterator<Item = Option<ArrivalTime>>) -> ArrivalTime {
    let first = arrivals.flatten().next().unwrap_or_default();
    ArrivalTime(first.0 / REFERENCE * REFERENCE)
}

/// What feedback on arrivals consists of.
#[derive(Debug)]
pub(crate) struct Packed {
    /// Packets reported.
    pub(crate) count: u16,
    pub(crate) chunks: usize,
    /// Bytes of all deltas.
    pub(crate) deltas: usize,
}

impl Packed {
    /// The chunks that `packets` need when hardly anything is alike; more than fit anywhere when nobody knows how many they are.
    pub(crate) fn most_chunks(packets: Option<usize>) -> usize {
        packets.map_or(usize::MAX / 2, |packets| packets.div_ceil(usize::from(TWO_BIT)))
    }

    /// The bytes of all that `packets` can need.
    pub(crate) fn most_len(packets: Option<usize>) -> usize {
        let deltas = packets.map_or(usize::MAX, |packets| packets.saturating_mul(2));
        deltas.saturating_add(Self::most_chunks(packets) * 2).saturating_add(3)
    }

    /// Bytes, padded to whole words.
    pub(crate) const fn len(&self) -> usize {
        (self.chunks * 2 + self.deltas).next_multiple_of(4)
    }

    /// Gives all chunks and all statuses, each in their order.
    #[inline]
    pub(crate) fn pack(
        reference: ArrivalTime,
        arrivals: impl Iterator<Item = Option<ArrivalTime>>,
        mut put_chunk: impl FnMut([u8; 2]),
        mut put_delta: impl FnMut(Status),
    ) -> Result<Self, WriteError> {
        let (mut packer, mut before) = (Packer::new(), reference);
        let (mut count, mut chunks, mut deltas) = (0, 0, 0);
        for arrival in arrivals {
            let status = status(&mut before, arrival).ok_or(WriteError::Apart { index: count })?;
            if let Some(chunk) = packer.push(status) {
                put_chunk(chunk);
                chunks += 1;
            }
            put_delta(status);
            deltas += status.delta_bytes();
            count += 1;
        }
        if let Some(chunk) = packer.finish() {
            put_chunk(chunk);
            chunks += 1;
        }
        match u16::try_from(count) {
            Ok(0) => Err(WriteError::NothingNamed),
            Ok(count) => Ok(Self { count, chunks, deltas }),
            Err(_) => Err(WriteError::Count { count }),
        }
    }
}

/// The status of a packet that arrived at `arrival` when the one before did at `before`, which is moved on; `None`
/// when they are more than eight seconds apart.
#[inline]
fn status(before: &mut ArrivalTime, arrival: Option<ArrivalTime>) -> Option<Status> {
    let Some(arrival) = arrival else { return Some(Status::NotReceived) };
    let delta = arrival.ticks_since(*before);
    *before = arrival;
    match u8::try_from(delta) {
        Ok(delta) => Some(Status::Small(delta)),
        Err(_) => i16::try_from(delta).ok().map(Status::Large),
    }
}

/// Packs statuses into chunks, each as long as what came so far allows.
struct Packer {
    /// The last statuses, the newest in the lowest bits: two bits each, and a bit each.
    pairs: u32,
    bits: u16,
    len: u16,
    /// The status that all of them have, while they do.
    same: Option<u8>,
    large: bool,
}

impl Packer {
    const fn new() -> Self {
        Self { pairs: 0, bits: 0, len: 0, same: None, large: false }
    }

    /// Adds a status; returns the chunk that became full by it.
    #[inline]
    fn push(&mut self, status: Status) -> Option<[u8; 2]> {
        let symbol = status.symbol();
        let full = self.full_for(symbol).then(|| self.take_full());
        self.same = if self.len == 0 { Some(symbol) } else { self.same.filter(|&same| same == symbol) };
        self.large |= symbol == 2;
        self.pairs = self.pairs << 2 | u32::from(symbol);
        self.bits = self.bits << 1 | u16::from(symbol);
        self.len += 1;
        full
    }

    /// The last chunk, after all statuses.
    fn finish(self) -> Option<[u8; 2]> {
        let chunk = match self.same {
            _ if self.len == 0 => return None,
            Some(same) => self.run(same),
            None if self.large => TWO_BIT_VECTOR | self.pairs_of_seven(),
            None => VECTOR | self.bits << (ONE_BIT - self.len),
        };
        Some(chunk.to_be_bytes())
    }

    #[inline]
    fn full_for(&self, symbol: u8) -> bool {
        let most = match self.same {
            Some(same) if same == symbol => RUN,
            _ if self.large || symbol == 2 => TWO_BIT,
            _ => ONE_BIT,
        };
        self.len >= most
    }

    /// The chunk of the first statuses, when there are at least as many as it needs. Up to six remain.
    fn take_full(&mut self) -> [u8; 2] {
        let mut rest = 0;
        let chunk = match self.same {
            Some(same) => self.run(same),
            None if self.len == ONE_BIT => VECTOR | self.bits & SYMBOLS,
            None => {
                rest = self.len - TWO_BIT;
                TWO_BIT_VECTOR | self.pairs_of_seven()
            }
        };
        // Nothing large remains: it would have ended the chunk at seven.
        let bits = self.bits & !(u16::MAX << rest);
        let same = match bits {
            0 => Some(0),
            _ if bits.count_ones() == u32::from(rest) => Some(1),
            _ => None,
        };
        *self = Self { bits, len: rest, same, large: false, ..*self };
        chunk.to_be_bytes()
    }

    const fn run(&self, symbol: u8) -> u16 {
        (symbol as u16) << 13 | self.len
    }

    /// The first seven statuses, or all when there are fewer.
    #[allow(clippy::cast_possible_truncation, reason = "the bits above the symbols are masked")]
    const fn pairs_of_seven(&self) -> u16 {
        let pairs = match self.len.checked_sub(TWO_BIT) {
            Some(rest) => self.pairs >> (2 * rest),
            None => self.pairs << (2 * (TWO_BIT - self.len)),
        };
        pairs as u16 & SYMBOLS
    }
}
