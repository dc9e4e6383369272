//! Statistics summary (RFC 3611, section 4.6).

use super::BlockWriter;
use super::block::block_type;
use crate::Ssrc;
use crate::rtcp::WriteError;
use moim_media::Seq;

/// Words after the block's first.
const WORDS: usize = 9;

/// Bits of the second byte: what is reported.
const LOST: u8 = 0x80;
const DUPLICATES: u8 = 0x40;
const JITTER: u8 = 0x20;
const TIME_TO_LIVE: u8 = 0x08;
const HOP_LIMIT: u8 = 0x10;

/// Losses, duplicates, jitter and hops of a stretch of a stream; `None` for what is not reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatisticsSummary {
    /// The stream.
    pub media: Ssrc,
    /// The first packet of the stretch.
    pub first: Seq,
    /// The packet after its last one.
    pub end: Seq,
    /// Packets lost.
    pub lost: Option<u32>,
    /// Packets received again.
    pub duplicates: Option<u32>,
    /// How transit times varied.
    pub jitter: Option<JitterSummary>,
    /// How far packets had still been allowed to go.
    pub hops: Option<HopSummary>,
}

/// Relative transit times, in ticks of the stream's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterSummary {
    /// The least.
    pub min: u32,
    /// The most.
    pub max: u32,
    /// The mean.
    pub mean: u32,
    /// The standard deviation.
    pub deviation: u32,
}

/// The time to live or hop limit of packets as they arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HopSummary {
    /// Which of the two.
    pub kind: HopKind,
    /// The least.
    pub min: u8,
    /// The most.
    pub max: u8,
    /// The mean.
    pub mean: u8,
    /// The standard deviation.
    pub deviation: u8,
}

/// What an IP header calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopKind {
    /// Time to live, in IPv4.
    TimeToLive,
    /// Hop limit, in IPv6.
    HopLimit,
}

impl StatisticsSummary {
    /// What is not reported must be zero, as it is when it is written.
    #[inline]
    pub(super) fn read(flags: u8, body: &[u8]) -> Option<Self> {
        let (bytes, []) = body.as_chunks() else { return None };
        let words = <[[u8; 4]; WORDS]>::try_from(bytes).ok()?.map(u32::from_be_bytes);
        let [media, range, lost, duplicates, min, max, mean, deviation, hops] = words;
        let [b0, b1, e0, e1] = range.to_be_bytes();
        let summary = Self {
            media: Ssrc(media),
            first: Seq(u16::from_be_bytes([b0, b1])),
            end: Seq(u16::from_be_bytes([e0, e1])),
            lost: (flags & LOST != 0).then_some(lost),
            duplicates: (flags & DUPLICATES != 0).then_some(duplicates),
            jitter: (flags & JITTER != 0).then_some(JitterSummary { min, max, mean, deviation }),
            hops: HopSummary::read(flags, hops)?,
        };
        (summary.words() == words).then_some(summary)
    }

    fn flags(&self) -> u8 {
        let hops = self.hops.map_or(0, |hops| match hops.kind {
            HopKind::TimeToLive => TIME_TO_LIVE,
            HopKind::HopLimit => HOP_LIMIT,
        });
        let flag = |reported, flag| if reported { flag } else { 0 };
        flag(self.lost.is_some(), LOST)
            | flag(self.duplicates.is_some(), DUPLICATES)
            | flag(self.jitter.is_some(), JITTER)
            | hops
    }

    fn words(&self) -> [u32; WORDS] {
        let jitter = self.jitter.unwrap_or_default();
        let hops =
            self.hops.map_or(0, |hops| u32::from_be_bytes([hops.min, hops.max, hops.mean, hops.deviation]));
        [
            self.media.0,
            u32::from(self.first.0) << 16 | u32::from(self.end.0),
            self.lost.unwrap_or(0),
            self.duplicates.unwrap_or(0),
            jitter.min,
            jitter.max,
            jitter.mean,
            jitter.deviation,
            hops,
        ]
    }
}

impl HopSummary {
    /// `None` for a kind that is not defined.
    fn read(flags: u8, word: u32) -> Option<Option<Self>> {
        let kind = match flags & (TIME_TO_LIVE | HOP_LIMIT) {
            0 => return Some(None),
            TIME_TO_LIVE => HopKind::TimeToLive,
            HOP_LIMIT => HopKind::HopLimit,
            _ => return None,
        };
        let [min, max, mean, deviation] = word.to_be_bytes();
        Some(Some(Self { kind, min, max, mean, deviation }))
    }
}

impl BlockWriter<'_> {
    /// Appends a summary.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`].
    pub fn statistics(&mut self, summary: &StatisticsSummary) -> Result<(), WriteError> {
        self.block(block_type::STATISTICS, summary.flags(), WORDS * 4)?.words(summary.words());
        Ok(())
    }
}
