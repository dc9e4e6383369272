//! When each packet of a transport arrived (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1).

use super::{WriteError, Writer, format, packet_type};
use crate::Ssrc;
use chunk::Chunk;
use core::iter::FusedIterator;
use moim_media::{Instant, Seq};
use pack::{Packed, reference};

mod chunk;
mod pack;
#[cfg(test)]
mod tests;

/// Bytes before the chunks and after the first word.
const HEAD: usize = 16;
/// Nanoseconds of a tick.
const TICK: i64 = 250_000;
/// Ticks of the reference time's unit, 64 ms.
const REFERENCE: u32 = 256;

/// Which packets of a transport arrived and when, in the order of their transport-wide sequence numbers.
#[derive(Clone, Copy, Debug)]
pub struct TransportFeedback<'a> {
    /// Who received them.
    pub sender: Ssrc,
    /// One of the streams they belong to; the numbers are common to all of them.
    pub media: Ssrc,
    /// The number of the first packet that is reported.
    pub first: Seq,
    /// Counts the reports, modulo 256: a gap is a lost report.
    pub number: u8,
    count: u16,
    reference: ArrivalTime,
    chunks: &'a [[u8; 2]],
    deltas: &'a [u8],
}

/// When a packet arrived on its receiver's clock, in ticks of 250 µs from an arbitrary zero. Wraps after 12 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ArrivalTime(pub u32);

impl ArrivalTime {
    /// The tick in which `now` is.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the wire counts modulo 2³²")]
    pub const fn at(now: Instant) -> Self {
        Self((now.as_nanos() / TICK as u64) as u32)
    }

    /// Signed nanoseconds from `other` to `self`, by the shorter way around.
    #[must_use]
    pub const fn nanos_since(self, other: Self) -> i64 {
        self.ticks_since(other) as i64 * TICK
    }

    pub(super) const fn ticks_since(self, other: Self) -> i32 {
        self.0.wrapping_sub(other.0).cast_signed()
    }
}

impl<'a> TransportFeedback<'a> {
    /// Checks that the status chunks cover the packets announced and that every arrival has its delta. What follows
    /// is padding.
    #[inline]
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let (&[s0, s1, s2, s3, m0, m1, m2, m3, b0, b1, c0, c1, r0, r1, r2, number], behind) =
            body.split_first_chunk()?;
        let count = u16::from_be_bytes([c0, c1]);
        let (words, _) = behind.as_chunks();
        let (mut left, mut used, mut deltas) = (count, 0, 0);
        for &word in words {
            if left == 0 {
                break;
            }
            let chunk = Chunk::read(word, left);
            deltas += chunk.delta_bytes()?;
            left -= chunk.len();
            used += 1;
        }
        if left > 0 {
            return None;
        }
        Some(Self {
            sender: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])),
            media: Ssrc(u32::from_be_bytes([m0, m1, m2, m3])),
            first: Seq(u16::from_be_bytes([b0, b1])),
            number,
            count,
            reference: ArrivalTime(u32::from_be_bytes([r0, r1, r2, 0])),
            chunks: words.get(..used)?,
            deltas: behind.get(used * 2..)?.get(..deltas)?,
        })
    }

    /// The time from which the deltas count, in units of 64 ms.
    #[cfg(feature = "webrtc-rs")]
    pub(crate) const fn reference(&self) -> u32 {
        self.reference.0 / REFERENCE
    }

    /// The chunks as they are.
    #[cfg(feature = "webrtc-rs")]
    pub(crate) fn chunks(&self) -> impl Iterator<Item = u16> + use<'a> {
        self.chunks.iter().map(|&chunk| u16::from_be_bytes(chunk))
    }

    /// Every packet reported, with its number and when it arrived; `None` for one that did not until now.
    ///
    /// Up to 65 535, however few the bytes: whoever listens to strangers takes no more than it has sent lately.
    #[must_use]
    #[inline]
    pub const fn packets(&self) -> Packets<'a> {
        Packets {
            seq: self.first,
            left: self.count,
            time: self.reference,
            chunk: Chunk::EMPTY,
            chunks: self.chunks,
            deltas: self.deltas,
        }
    }
}

/// The packets of a [`TransportFeedback`].
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    seq: Seq,
    left: u16,
    time: ArrivalTime,
    chunk: Chunk,
    chunks: &'a [[u8; 2]],
    deltas: &'a [u8],
}

impl Packets<'_> {
    #[inline]
    fn next_arrival(&mut self) -> Option<Option<ArrivalTime>> {
        while self.chunk.len() == 0 {
            let (&word, rest) = self.chunks.split_first()?;
            self.chunks = rest;
            self.chunk = Chunk::read(word, self.left);
        }
        let delta = match self.chunk.take() {
            0 => return Some(None),
            1 => {
                let (&delta, rest) = self.deltas.split_first()?;
                self.deltas = rest;
                u32::from(delta)
            }
            _ => {
                let (&delta, rest) = self.deltas.split_first_chunk()?;
                self.deltas = rest;
                i32::from(i16::from_be_bytes(delta)).cast_unsigned()
            }
        };
        self.time.0 = self.time.0.wrapping_add(delta);
        Some(Some(self.time))
    }
}

impl Iterator for Packets<'_> {
    type Item = (Seq, Option<ArrivalTime>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let arrival = self.next_arrival()?;
        let seq = self.seq;
        self.left -= 1;
        self.seq.0 = seq.0.wrapping_add(1);
        Some((seq, arrival))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(self.left), Some(usize::from(self.left)))
    }
}

impl ExactSizeIterator for Packets<'_> {}
impl FusedIterator for Packets<'_> {}

impl Writer<'_> {
    /// Appends feedback of `sender`, its `number`th, on when packets arrived: the one whose transport-wide number is
    /// `first`, and those that follow it; `None` for one that did not arrive until now.
    ///
    /// # Errors
    ///
    /// [`WriteError::NothingNamed`] without a packet, [`WriteError::Apart`], [`WriteError::BufferTooSmall`], or
    /// [`WriteError::Count`].
    pub fn transport_feedback<I>(
        &mut self,
        sender: Ssrc,
        media: Ssrc,
        number: u8,
        first: Seq,
        arrivals: I,
    ) -> Result<(), WriteError>
    where
        I: IntoIterator<Item = Option<ArrivalTime>, IntoIter: Clone>,
    {
        let arrivals = arrivals.into_iter();
        let reference = reference(arrivals.clone());
        let body = self.room_behind(4 + HEAD);
        let room = body.len();
        // Deltas follow chunks whose number is not known before: they are written behind the most there can be, and
        // moved. What found no room there is packed again, now that the number is known.
        let mut gap = arrivals.size_hint().1.map_or(0, Packed::most_chunks).min(room);
        let (chunks, deltas) = body.split_at_mut(gap);
        let mut packed = Packed::pack(reference, arrivals.clone(), chunks, deltas)?;
        if packed.len() > room {
            return Err(self.too_small(4 + HEAD + packed.len()));
        }
        if packed.chunks > gap || packed.deltas > room - gap {
            gap = packed.chunks;
            let (chunks, deltas) = body.split_at_mut(gap);
            packed = Packed::pack(reference, arrivals, chunks, deltas)?;
        }
        body.copy_within(gap..gap + packed.deltas, packed.chunks);
        let (ssrcs, control) = ([sender, media], HEAD - 8 + packed.len());
        let mut part = self.feedback(packet_type::TRANSPORT_FEEDBACK, format::ARRIVALS, ssrcs, control)?;
        part.bytes(&first.0.to_be_bytes());
        part.bytes(&packed.count.to_be_bytes());
        part.word(reference.0 | u32::from(number));
        // Zeros, and no count of them: those that must be counted may stand at the end of a compound packet only.
        part.skip(packed.chunks + packed.deltas);
        part.fill_with_zeros();
        Ok(())
    }
}
