//! From arrivals to status chunks and deltas.

use super::chunk::{ONE_BIT, RUN, TWO_BIT, TWO_BIT_VECTOR, VECTOR};
use super::{ArrivalTime, REFERENCE};
use crate::rtcp::WriteError;

/// The 64 ms in which the first packet arrived, from which the deltas count.
pub(super) fn reference(arrivals: impl Iterator<Item = Option<ArrivalTime>>) -> ArrivalTime {
    let first = arrivals.flatten().next().unwrap_or_default();
    ArrivalTime(first.0 / REFERENCE * REFERENCE)
}

/// What feedback on arrivals consists of.
#[derive(Debug)]
pub(super) struct Packed {
    /// Packets reported.
    pub(super) count: u16,
    /// Bytes of all chunks.
    pub(super) chunks: usize,
    /// Bytes of all deltas.
    pub(super) deltas: usize,
}

impl Packed {
    /// The bytes of the chunks that `packets` need when hardly anything is alike.
    pub(super) const fn most_chunks(packets: usize) -> usize {
        packets.div_ceil(TWO_BIT as usize).saturating_mul(2)
    }

    /// Bytes, padded to whole words.
    pub(super) const fn len(&self) -> usize {
        (self.chunks + self.deltas).next_multiple_of(4)
    }

    /// Writes chunks and deltas, each from the beginning of their place on. What finds no room there is counted only.
    #[inline]
    pub(super) fn pack(
        reference: ArrivalTime,
        arrivals: impl Iterator<Item = Option<ArrivalTime>>,
        chunks: &mut [u8],
        deltas: &mut [u8],
    ) -> Result<Self, WriteError> {
        let mut chunks = Place::new(chunks);
        let arrivals = arrivals.fuse();
        let mut packets =
            Packets { arrivals, before: reference, count: 0, deltas: Place::new(deltas), apart: None };
        let mut window = Window::default();
        while packets.apart.is_none() {
            window.fill(&mut packets);
            let Some(chunk) = window.take(&mut packets) else { break };
            chunks.put(chunk.to_be_bytes(), 2);
        }
        if let Some(index) = packets.apart {
            return Err(WriteError::Apart { index });
        }
        match u16::try_from(packets.count) {
            Ok(0) => Err(WriteError::NothingNamed),
            Ok(count) => Ok(Self { count, chunks: chunks.used, deltas: packets.deltas.used }),
            Err(_) => Err(WriteError::Count { count: packets.count }),
        }
    }
}

/// Where bytes are put one after the other, as long as there is room.
struct Place<'a> {
    bytes: &'a mut [u8],
    used: usize,
}

impl<'a> Place<'a> {
    const fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, used: 0 }
    }

    /// Puts the first `len` of two bytes. The second is there to be written over, which is cheaper than to ask.
    #[inline]
    fn put(&mut self, bytes: [u8; 2], len: usize) {
        let [first, _] = bytes;
        if let Some(place) = self.bytes.get_mut(self.used..self.used + 2) {
            place.copy_from_slice(&bytes);
        } else if let (1, Some(place)) = (len, self.bytes.get_mut(self.used)) {
            *place = first;
        }
        self.used += len;
    }
}

/// The packets that are not yet in a chunk, and the deltas of those that are or will be.
struct Packets<'a, I> {
    arrivals: I,
    before: ArrivalTime,
    count: usize,
    deltas: Place<'a>,
    /// A packet more than eight seconds from the one before it, which ends them.
    apart: Option<usize>,
}

impl<I: Iterator<Item = Option<ArrivalTime>>> Packets<'_, I> {
    /// The status of the next packet, which is the number of bytes of its delta.
    #[inline]
    fn next(&mut self) -> Option<u32> {
        let arrival = self.arrivals.next()?;
        self.count += 1;
        let Some(arrival) = arrival else { return Some(0) };
        let Ok(delta) = i16::try_from(arrival.ticks_since(self.before)) else {
            self.apart = Some(self.count - 1);
            return None;
        };
        self.before = arrival;
        let (bytes, len) = match u8::try_from(delta) {
            Ok(small) => ([small, 0], 1),
            Err(_) => (delta.to_be_bytes(), 2_u8),
        };
        self.deltas.put(bytes, usize::from(len));
        Some(u32::from(len))
    }
}

/// The statuses that the next chunk is chosen from: as many as the longest vector has, fewer at the end.
#[derive(Default)]
struct Window {
    /// Two bits each, the first status in the highest ones.
    statuses: u32,
    len: u16,
}

impl Window {
    #[inline]
    fn fill<I: Iterator<Item = Option<ArrivalTime>>>(&mut self, packets: &mut Packets<'_, I>) {
        while self.len < ONE_BIT {
            let Some(status) = packets.next() else { return };
            self.push(status);
        }
    }

    #[inline]
    fn push(&mut self, status: u32) {
        self.statuses |= status << (30 - 2 * self.len);
        self.len += 1;
    }

    /// The chunk that says most: a run of equal statuses as soon as it is longer than the vector in its place.
    #[inline]
    fn take<I: Iterator<Item = Option<ArrivalTime>>>(&mut self, packets: &mut Packets<'_, I>) -> Option<u16> {
        let (statuses, len) = (self.statuses, self.len);
        if len == 0 {
            return None;
        }
        let first = statuses >> 30;
        let equal = self.equal(first);
        if equal == len {
            *self = Self::default();
            return Some(run(first, self.extend(first, len, packets)));
        }
        if statuses & 0xaaaa_aaaa == 0 {
            *self = Self::default();
            return Some(VECTOR | bits(statuses));
        }
        if equal >= TWO_BIT {
            self.skip(equal);
            return Some(run(first, equal));
        }
        self.skip(TWO_BIT.min(len));
        Some(TWO_BIT_VECTOR | pairs(statuses))
    }

    /// How many of the first statuses are `first`.
    #[inline]
    fn equal(&self, first: u32) -> u16 {
        let different = self.statuses ^ (first * 0x5555_5555);
        u16::try_from(different.leading_zeros() / 2).unwrap_or(ONE_BIT).min(self.len)
    }

    /// The length of a run that begins with `len` statuses; the first that does not belong to it stays here.
    #[inline]
    fn extend<I: Iterator<Item = Option<ArrivalTime>>>(
        &mut self,
        first: u32,
        len: u16,
        packets: &mut Packets<'_, I>,
    ) -> u16 {
        if len < ONE_BIT {
            // There are no more, or the window would be full.
            return len;
        }
        for len in len..RUN {
            match packets.next() {
                Some(status) if status == first => {}
                Some(status) => {
                    self.push(status);
                    return len;
                }
                None => return len,
            }
        }
        RUN
    }

    fn skip(&mut self, statuses: u16) {
        self.statuses <<= 2 * statuses;
        self.len -= statuses;
    }
}

/// A run of `len` statuses.
#[allow(clippy::cast_possible_truncation, reason = "a status has two bits")]
const fn run(status: u32, len: u16) -> u16 {
    (status as u16) << 13 | len
}

/// The first seven statuses, two bits each.
#[allow(clippy::cast_possible_truncation, reason = "14 bits remain")]
const fn pairs(statuses: u32) -> u16 {
    (statuses >> 18) as u16
}

/// The first fourteen statuses, none of which is above one, a bit each.
#[allow(clippy::cast_possible_truncation, reason = "14 bits remain")]
const fn bits(statuses: u32) -> u16 {
    // Each step brings together what the one before left in halves.
    let bits = statuses >> 4;
    let bits = (bits | bits >> 1) & 0x3333_3333;
    let bits = (bits | bits >> 2) & 0x0f0f_0f0f;
    let bits = (bits | bits >> 4) & 0x00ff_00ff;
    (bits | bits >> 8) as u16
}
