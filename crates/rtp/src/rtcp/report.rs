//! Sender and receiver reports (RFC 3550, sections 6.4.1 and 6.4.2).

use super::{WriteError, Writer, packet_type};
use crate::{NtpShort, NtpTime, Ssrc};
use core::time::Duration;
use moim_media::{Seq, SeqNo, Timestamp};

/// Words of a report block.
const WORDS: usize = 6;
/// Bytes of it.
const BLOCK: usize = 4 * WORDS;

/// What a sender has sent, with what it has received.
#[derive(Clone, Copy, Debug)]
pub struct SenderReport<'a> {
    /// The sender.
    pub ssrc: Ssrc,
    /// What it has sent.
    pub info: SenderInfo,
    blocks: &'a [[u8; BLOCK]],
    extension: &'a [u8],
}

/// What a receiver has received.
#[derive(Clone, Copy, Debug)]
pub struct ReceiverReport<'a> {
    /// The receiver.
    pub ssrc: Ssrc,
    blocks: &'a [[u8; BLOCK]],
    extension: &'a [u8],
}

/// What a sender tells about its own stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// When the report was sent.
    pub ntp: NtpTime,
    /// The same moment in the stream's own time.
    pub timestamp: Timestamp,
    /// Packets sent since the stream began; wraps.
    pub packets: u32,
    /// Bytes of payload sent since the stream began, headers and padding apart; wraps.
    pub octets: u32,
}

/// How one source is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source this is about.
    pub ssrc: Ssrc,
    /// The share of packets lost since the last report.
    pub fraction_lost: FractionLost,
    /// Packets lost since the stream began.
    pub cumulative_lost: CumulativeLost,
    /// The highest sequence number received.
    pub highest_seq: ExtendedSeq,
    /// Interarrival jitter, in ticks of the stream's clock.
    pub jitter: u32,
    /// The last sender report heard from the source; `None` before the first.
    pub last_report: Option<LastReport>,
}

/// Which sender report was heard last, and how long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastReport {
    /// The middle 32 bits of its NTP time. Zero cannot be told from "none" on the wire.
    pub ntp: NtpShort,
    /// Time from its arrival until this report was sent.
    pub delay: NtpShort,
}

/// A share of packets in 1/256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FractionLost(pub u8);

/// A number of packets, negative where there were more duplicates than losses: 24 bits with a sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CumulativeLost(i32);

/// A sequence number in the low 16 bits, the count of its cycles in the high 16. Wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtendedSeq(pub u32);

impl<'a> SenderReport<'a> {
    #[inline]
    pub(super) fn read(body: &'a [u8], count: usize) -> Option<Self> {
        let (ssrc, body) = body.split_first_chunk()?;
        let (&info, body) = body.split_first_chunk()?;
        let (blocks, extension) = split_blocks(body, count)?;
        Some(Self {
            ssrc: Ssrc(u32::from_be_bytes(*ssrc)),
            info: SenderInfo::from_bytes(info),
            blocks,
            extension,
        })
    }

    /// How it receives others, at most 31 of them.
    #[inline]
    pub fn reports(&self) -> impl ExactSizeIterator<Item = ReportBlock> + use<'a> {
        self.blocks.iter().map(ReportBlock::from_bytes)
    }

    /// What the profile in use adds after the report blocks.
    #[must_use]
    pub const fn extension(&self) -> &'a [u8] {
        self.extension
    }
}

impl<'a> ReceiverReport<'a> {
    #[inline]
    pub(super) fn read(body: &'a [u8], count: usize) -> Option<Self> {
        let (ssrc, body) = body.split_first_chunk()?;
        let (blocks, extension) = split_blocks(body, count)?;
        Some(Self { ssrc: Ssrc(u32::from_be_bytes(*ssrc)), blocks, extension })
    }

    /// How it receives others, at most 31 of them.
    #[inline]
    pub fn reports(&self) -> impl ExactSizeIterator<Item = ReportBlock> + use<'a> {
        self.blocks.iter().map(ReportBlock::from_bytes)
    }

    /// What the profile in use adds after the report blocks.
    #[must_use]
    pub const fn extension(&self) -> &'a [u8] {
        self.extension
    }
}

#[inline]
fn split_blocks(body: &[u8], count: usize) -> Option<(&[[u8; BLOCK]], &[u8])> {
    let (blocks, extension) = body.split_at_checked(count * BLOCK)?;
    Some((blocks.as_chunks().0, extension))
}

impl Writer<'_> {
    /// Appends a sender report of `ssrc`, with how it receives others.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`], or [`WriteError::Count`] above 31 blocks.
    pub fn sender_report(
        &mut self,
        ssrc: Ssrc,
        info: SenderInfo,
        blocks: &[ReportBlock],
    ) -> Result<(), WriteError> {
        let mut part = self.part(packet_type::SENDER_REPORT, blocks.len(), 24 + blocks.len() * BLOCK)?;
        part.word(ssrc.0);
        part.words(info.words());
        blocks.iter().for_each(|block| part.words(block.words()));
        Ok(())
    }

    /// Appends a receiver report of `ssrc`.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`], or [`WriteError::Count`] above 31 blocks.
    pub fn receiver_report(&mut self, ssrc: Ssrc, blocks: &[ReportBlock]) -> Result<(), WriteError> {
        let mut part = self.part(packet_type::RECEIVER_REPORT, blocks.len(), 4 + blocks.len() * BLOCK)?;
        part.word(ssrc.0);
        blocks.iter().for_each(|block| part.words(block.words()));
        Ok(())
    }
}

impl SenderInfo {
    #[inline]
    fn from_bytes(bytes: [u8; 20]) -> Self {
        let [n0, n1, n2, n3, n4, n5, n6, n7, t0, t1, t2, t3, p0, p1, p2, p3, o0, o1, o2, o3] = bytes;
        Self {
            ntp: NtpTime(u64::from_be_bytes([n0, n1, n2, n3, n4, n5, n6, n7])),
            timestamp: Timestamp(u32::from_be_bytes([t0, t1, t2, t3])),
            packets: u32::from_be_bytes([p0, p1, p2, p3]),
            octets: u32::from_be_bytes([o0, o1, o2, o3]),
        }
    }

    fn words(self) -> [u32; 5] {
        let [n0, n1, n2, n3, n4, n5, n6, n7] = self.ntp.0.to_be_bytes();
        let (seconds, fraction) =
            (u32::from_be_bytes([n0, n1, n2, n3]), u32::from_be_bytes([n4, n5, n6, n7]));
        [seconds, fraction, self.timestamp.0, self.packets, self.octets]
    }
}

impl ReportBlock {
    /// How long a packet takes to the reporter and back, when the report arrives at `now` on the clock that the
    /// sender reports were stamped with; `None` while the reporter has not heard any.
    ///
    /// Both clocks count: a result that is negative is given as zero. The reporter is believed: a forged report
    /// can claim up to nine hours.
    #[must_use]
    pub fn round_trip(&self, now: NtpTime) -> Option<Duration> {
        self.last_report.map(|last| last.round_trip(now))
    }

    #[inline]
    fn from_bytes(block: &[u8; BLOCK]) -> Self {
        let mut words = [0; WORDS];
        for (word, &bytes) in words.iter_mut().zip(block.as_chunks().0) {
            *word = u32::from_be_bytes(bytes);
        }
        let [ssrc, lost, highest, jitter, ntp, delay] = words;
        let [fraction, c0, c1, c2] = lost.to_be_bytes();
        Self {
            ssrc: Ssrc(ssrc),
            fraction_lost: FractionLost(fraction),
            // The shift back down extends the sign.
            cumulative_lost: CumulativeLost(i32::from_be_bytes([c0, c1, c2, 0]) >> 8),
            highest_seq: ExtendedSeq(highest),
            jitter,
            last_report: (ntp != 0).then_some(LastReport { ntp: NtpShort(ntp), delay: NtpShort(delay) }),
        }
    }

    fn words(self) -> [u32; 6] {
        let [_, c0, c1, c2] = self.cumulative_lost.0.to_be_bytes();
        let (ntp, delay) = self.last_report.map_or((0, 0), |last| (last.ntp.0, last.delay.0));
        let lost = u32::from_be_bytes([self.fraction_lost.0, c0, c1, c2]);
        [self.ssrc.0, lost, self.highest_seq.0, self.jitter, ntp, delay]
    }
}

impl LastReport {
    /// How long a packet takes there and back, when this arrives at `now`; see [`ReportBlock::round_trip`].
    #[must_use]
    pub fn round_trip(self, now: NtpTime) -> Duration {
        let ticks = now.middle32().0.wrapping_sub(self.ntp.0).wrapping_sub(self.delay.0);
        let negative = ticks > u32::MAX / 2;
        if negative { Duration::ZERO } else { NtpShort(ticks).duration() }
    }
}

impl FractionLost {
    /// The share that `lost` of `expected` packets are, rounded down and at most 255/256; zero when none were
    /// expected or more came than were (RFC 3550, appendix A.3).
    #[must_use]
    pub fn of(lost: i64, expected: u64) -> Self {
        let Some(share) =
            u64::try_from(lost).ok().and_then(|lost| lost.saturating_mul(256).checked_div(expected))
        else {
            return Self(0);
        };
        Self(u8::try_from(share).unwrap_or(u8::MAX))
    }

    /// The share, 0 … 255/256.
    #[must_use]
    pub fn share(self) -> f32 {
        f32::from(self.0) / 256.0
    }
}

impl CumulativeLost {
    /// The number, or the nearest one that 24 bits with a sign can hold.
    #[must_use]
    pub fn new(packets: i64) -> Self {
        let limit = 1 << 23;
        Self(i32::try_from(packets.clamp(-limit, limit - 1)).unwrap_or(0))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl ExtendedSeq {
    /// The number as it travels, without its cycles.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
    pub const fn wire(self) -> Seq {
        Seq(self.0 as u16)
    }
}

impl From<SeqNo> for ExtendedSeq {
    /// The low 32 bits.
    #[allow(clippy::cast_possible_truncation, reason = "the extended number wraps by definition")]
    fn from(seq: SeqNo) -> Self {
        Self(seq.get() as u32)
    }
}
