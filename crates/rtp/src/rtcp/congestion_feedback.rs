//! Congestion control feedback (RFC 8888, section 3.1): which packets of which streams arrived, when, and with what
//! mark.

use super::{WriteError, Writer, format, packet_type};
use crate::{NtpShort, Ssrc};
use core::iter::FusedIterator;
use core::time::Duration;
use moim_media::{Instant, Seq};

#[cfg(test)]
mod tests;

/// The most packets one report is about: a quarter of the sequence numbers.
const MOST: usize = 16_384;

/// Which packets of which streams arrived until a moment.
#[derive(Clone, Copy, Debug)]
pub struct CongestionFeedback<'a> {
    /// Who received them.
    pub sender: Ssrc,
    /// The moment on the clock of the receiver's sender reports, from which arrivals are counted back.
    pub timestamp: NtpShort,
    streams: &'a [u8],
}

/// The packets of one stream, in the order of their sequence numbers.
#[derive(Clone, Copy, Debug)]
pub struct StreamFeedback<'a> {
    /// The stream.
    pub media: Ssrc,
    /// The number of the first packet reported.
    pub first: Seq,
    packets: &'a [[u8; 2]],
}

/// The packets of one stream, to be reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamArrivals<'a> {
    /// The stream.
    pub media: Ssrc,
    /// The number of the first packet reported.
    pub first: Seq,
    /// That packet and those that follow it, at most 16 384; `None` for one that did not arrive.
    pub packets: &'a [Option<PacketArrival>],
}

/// How a packet arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketArrival {
    /// What the network wrote onto it.
    pub ecn: Ecn,
    /// When it arrived.
    pub offset: ArrivalOffset,
}

/// Explicit congestion notification: the two bits of an IP header as they arrived (RFC 3168, section 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ecn {
    /// The sender does not take part.
    #[default]
    NotCapable,
    /// The sender takes part, with the code ECT(1).
    Capable1,
    /// The sender takes part, with the code ECT(0).
    Capable0,
    /// The network was congested.
    CongestionExperienced,
}

/// Time from the arrival of a packet until the timestamp of the feedback, in units of 1/1024 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArrivalOffset(u16);

impl Ecn {
    const fn from_bits(bits: u16) -> Self {
        match bits & 3 {
            0 => Self::NotCapable,
            1 => Self::Capable1,
            2 => Self::Capable0,
            _ => Self::CongestionExperienced,
        }
    }
}

impl ArrivalOffset {
    /// More than 8189/1024 s.
    pub const OVER_RANGE: Self = Self(0x1ffe);
    /// Not known, or later than the timestamp.
    pub const UNAVAILABLE: Self = Self(0x1fff);

    /// The offset of a packet that arrived at `arrived` in feedback of the moment `reported`, rounded down.
    #[must_use]
    pub fn between(arrived: Instant, reported: Instant) -> Self {
        let Some(nanos) = reported.as_nanos().checked_sub(arrived.as_nanos()) else {
            return Self::UNAVAILABLE;
        };
        let units = (u128::from(nanos) << 10) / 1_000_000_000;
        u16::try_from(units).map_or(Self::OVER_RANGE, |units| Self(units.min(Self::OVER_RANGE.0)))
    }

    /// The span, rounded down to a nanosecond; `None` when it is over range or not known.
    #[must_use]
    pub const fn duration(self) -> Option<Duration> {
        if self.0 >= Self::OVER_RANGE.0 {
            return None;
        }
        Some(Duration::from_nanos((self.0 as u64 * 1_000_000_000) >> 10))
    }
}

impl<'a> CongestionFeedback<'a> {
    #[inline]
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let (sender, body) = body.split_first_chunk()?;
        let (streams, timestamp) = body.split_last_chunk()?;
        let timestamp = NtpShort(u32::from_be_bytes(*timestamp));
        Some(Self { sender: Ssrc(u32::from_be_bytes(*sender)), timestamp, streams })
    }

    /// The streams, up to the first one that announces more packets than there are.
    #[inline]
    #[must_use]
    pub const fn streams(&self) -> Streams<'a> {
        Streams { rest: self.streams }
    }

    /// When a packet with `offset` arrived, on the clock of the timestamp; `None` when that is not known.
    #[must_use]
    pub const fn arrived(&self, offset: ArrivalOffset) -> Option<NtpShort> {
        if offset.0 >= ArrivalOffset::OVER_RANGE.0 {
            return None;
        }
        // 1/1024 s are 64/65536 s.
        Some(NtpShort(self.timestamp.0.wrapping_sub((offset.0 as u32) << 6)))
    }
}

/// The streams of a [`CongestionFeedback`].
#[derive(Clone, Debug)]
pub struct Streams<'a> {
    rest: &'a [u8],
}

impl<'a> Streams<'a> {
    /// What is left: nothing at the end, unless a stream broke off.
    #[must_use]
    pub const fn remainder(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Streams<'a> {
    type Item = StreamFeedback<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (&[s0, s1, s2, s3, b0, b1, c0, c1], behind) = self.rest.split_first_chunk()?;
        let count = usize::from(u16::from_be_bytes([c0, c1]));
        let (words, behind) = behind.split_at_checked(count.next_multiple_of(2) * 2)?;
        self.rest = behind;
        Some(StreamFeedback {
            media: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])),
            first: Seq(u16::from_be_bytes([b0, b1])),
            packets: words.as_chunks().0.get(..count)?,
        })
    }
}

impl FusedIterator for Streams<'_> {}

impl<'a> StreamFeedback<'a> {
    /// Every packet reported, with its number and how it arrived; `None` for one that did not.
    #[inline]
    pub fn packets(&self) -> impl ExactSizeIterator<Item = (Seq, Option<PacketArrival>)> + use<'a> {
        let mut seq = self.first;
        self.packets.iter().map(move |&packet| {
            let bits = u16::from_be_bytes(packet);
            let arrival =
                PacketArrival { ecn: Ecn::from_bits(bits >> 13), offset: ArrivalOffset(bits & 0x1fff) };
            let this = seq;
            seq.0 = seq.0.wrapping_add(1);
            (this, (bits & 0x8000 != 0).then_some(arrival))
        })
    }
}

impl StreamArrivals<'_> {
    const fn len(&self) -> usize {
        8 + self.packets.len().next_multiple_of(2) * 2
    }
}

impl PacketArrival {
    const fn bits(self) -> u16 {
        0x8000 | (self.ecn as u16) << 13 | self.offset.0
    }
}

impl Writer<'_> {
    /// Appends feedback of `sender` on `streams` until `timestamp`, by the clock of its sender reports.
    ///
    /// # Errors
    ///
    /// [`WriteError::NothingNamed`] without a stream, [`WriteError::Count`] above 16 384 packets of one,
    /// [`WriteError::Long`], or [`WriteError::BufferTooSmall`].
    pub fn congestion_feedback(
        &mut self,
        sender: Ssrc,
        timestamp: NtpShort,
        streams: &[StreamArrivals<'_>],
    ) -> Result<(), WriteError> {
        if streams.is_empty() {
            return Err(WriteError::NothingNamed);
        }
        if let Some(stream) = streams.iter().find(|stream| stream.packets.len() > MOST) {
            return Err(WriteError::Count { count: stream.packets.len() });
        }
        let body = 8 + streams.iter().map(StreamArrivals::len).sum::<usize>();
        let count = usize::from(format::CONGESTION);
        let mut part = self.part(packet_type::TRANSPORT_FEEDBACK, count, body)?;
        part.word(sender.0);
        for stream in streams {
            let count = u16::try_from(stream.packets.len()).unwrap_or(u16::MAX);
            part.word(stream.media.0);
            part.word(u32::from(stream.first.0) << 16 | u32::from(count));
            for packet in stream.packets {
                part.bytes(&packet.map_or(0, PacketArrival::bits).to_be_bytes());
            }
            if !stream.packets.len().is_multiple_of(2) {
                part.bytes(&[0, 0]);
            }
        }
        part.word(timestamp.0);
        Ok(())
    }
}
