//! Blocks of extended reports.

use arbitrary::Arbitrary;
use moim_media::{Seq, Timestamp};
use moim_rtp::rtcp::xr::{
    Adaptation, AdaptationRate, Block, BlockWriter, Concealment, DelayReport, HopKind, HopSummary,
    JitterBuffer, JitterSummary, Milliseconds, Mos, PacketRange, RFactor, RawBlock, StatisticsSummary,
    Thinning, VoipMetrics,
};
use moim_rtp::rtcp::{ExtendedReport, FractionLost, LastReport, WriteError};
use moim_rtp::{NtpShort, NtpTime, Ssrc};

/// What is written into an extended report.
#[derive(Arbitrary, Debug)]
pub(super) enum WriteBlock<'a> {
    Losses {
        media: u32,
        first: u16,
        thinning: u8,
        bits: Vec<bool>,
    },
    Duplicates {
        media: u32,
        first: u16,
        thinning: u8,
        runs: Vec<(bool, u8)>,
    },
    ReceiptTimes {
        media: u32,
        first: u16,
        thinning: u8,
        times: Vec<u32>,
    },
    /// In this range, whatever its length.
    Mismatch {
        range: (u16, u16),
        times: Vec<u32>,
    },
    ReferenceTime(u64),
    Delays(Vec<(u32, u32, u32)>),
    Statistics {
        media: u32,
        range: (u16, u16),
        numbers: Numbers,
    },
    VoipMetrics {
        media: u32,
        bytes: [u8; 30],
    },
    Raw {
        block_type: u8,
        specific: u8,
        body: &'a [u8],
    },
}

/// Lost, duplicates, jitter, hops.
type Numbers = (Option<u32>, Option<u32>, Option<[u32; 4]>, Option<(bool, [u8; 4])>);

impl WriteBlock<'_> {
    pub(super) fn names_nothing(&self) -> bool {
        matches!(self, Self::Delays(reports) if reports.is_empty())
    }
}

/// The range of `count` packets reported on.
fn range(media: u32, first: u16, thinning: u8, count: usize) -> PacketRange {
    let thinning = Thinning::new(thinning % 16).expect("four bits");
    let every = thinning.every();
    let skipped = first.wrapping_neg() & (every - 1);
    // As many as the range can have without its end meeting its beginning.
    let most = (u32::from(u16::MAX) - u32::from(skipped)).div_ceil(u32::from(every));
    let count = u32::try_from(count).unwrap_or(u32::MAX).min(most);
    let len = if count == 0 { 0 } else { u32::from(skipped) + (count - 1) * u32::from(every) + 1 };
    let end = first.wrapping_add(u16::try_from(len).expect("less than all numbers"));
    PacketRange { media: Ssrc(media), first: Seq(first), end: Seq(end), thinning }
}

/// As many of `said` as the range has packets.
fn within<T>(range: PacketRange, said: impl Iterator<Item = T>) -> Vec<T> {
    range.seqs().zip(said).map(|(_, said)| said).collect()
}

fn bits(runs: &[(bool, u8)]) -> Vec<bool> {
    runs.iter().flat_map(|&(bit, len)| vec![bit; usize::from(len)]).collect()
}

fn reports(reports: &[(u32, u32, u32)]) -> Vec<DelayReport> {
    let report = |&(receiver, ntp, delay)| DelayReport {
        receiver: Ssrc(receiver),
        last: (ntp != 0).then_some(LastReport { ntp: NtpShort(ntp), delay: NtpShort(delay) }),
    };
    reports.iter().map(report).collect()
}

fn summary(
    media: u32,
    (first, end): (u16, u16),
    &(lost, duplicates, jitter, hops): &Numbers,
) -> StatisticsSummary {
    StatisticsSummary {
        media: Ssrc(media),
        first: Seq(first),
        end: Seq(end),
        lost,
        duplicates,
        jitter: jitter.map(|[min, max, mean, deviation]| JitterSummary { min, max, mean, deviation }),
        hops: hops.map(|(limit, [min, max, mean, deviation])| HopSummary {
            kind: if limit { HopKind::HopLimit } else { HopKind::TimeToLive },
            min,
            max,
            mean,
            deviation,
        }),
    }
}

fn metrics(media: u32, bytes: &[u8; 30]) -> VoipMetrics {
    let byte = |n: usize| bytes[n];
    let share = |n| FractionLost(byte(n));
    let millis = |n| Milliseconds(u16::from_be_bytes([byte(n), byte(n + 1)]));
    // Zero and 127 stand for what is not known.
    let delay = |n| Some(millis(n)).filter(|&delay| delay != Milliseconds(0));
    let level = |n| Some(byte(n)).filter(|&level| level != 127);
    VoipMetrics {
        media: Ssrc(media),
        loss_rate: share(0),
        discard_rate: share(1),
        burst_density: share(2),
        gap_density: share(3),
        burst_duration: millis(4),
        gap_duration: millis(6),
        round_trip_delay: delay(8),
        end_system_delay: delay(10),
        signal_level: level(12).map(u8::cast_signed),
        noise_level: level(13).map(u8::cast_signed),
        echo_return_loss: level(14),
        gap_threshold: byte(15),
        r_factor: RFactor::new(byte(16)),
        external_r_factor: RFactor::new(byte(17)),
        mos_listening: Mos::new(byte(18)),
        mos_conversational: Mos::new(byte(19)),
        concealment: [
            Concealment::Unspecified,
            Concealment::Disabled,
            Concealment::Enhanced,
            Concealment::Standard,
        ][usize::from(byte(20) % 4)],
        jitter_buffer: JitterBuffer {
            adaptation: [Adaptation::Unknown, Adaptation::Fixed, Adaptation::Adaptive]
                [usize::from(byte(21) % 3)],
            rate: AdaptationRate::new(byte(22) % 16).expect("four bits"),
            nominal: millis(24),
            maximum: millis(26),
            absolute_maximum: millis(28),
        },
    }
}

pub(super) fn write_blocks(
    writer: &mut BlockWriter<'_>,
    blocks: &[WriteBlock<'_>],
) -> Result<(), WriteError> {
    blocks.iter().try_for_each(|block| match block {
        WriteBlock::Losses { media, first, thinning, bits } => {
            let range = range(*media, *first, *thinning, bits.len());
            writer.losses(range, within(range, bits.iter().copied()))
        }
        WriteBlock::Duplicates { media, first, thinning, runs } => {
            let bits = bits(runs);
            let range = range(*media, *first, *thinning, bits.len());
            writer.duplicates(range, within(range, bits.into_iter()))
        }
        WriteBlock::ReceiptTimes { media, first, thinning, times } => {
            let range = range(*media, *first, *thinning, times.len());
            writer.receipt_times(range, &within(range, times.iter().copied().map(Timestamp)))
        }
        WriteBlock::Mismatch { range: (first, end), times } => {
            let (first, end) = (Seq(*first), Seq(*end));
            let range = PacketRange { media: Ssrc(1), first, end, thinning: Thinning::default() };
            let times: Vec<_> = times.iter().copied().map(Timestamp).collect();
            let fits = usize::from(end.0.wrapping_sub(first.0)) == times.len();
            let written = writer.receipt_times(range, &times);
            assert_eq!(matches!(written, Err(WriteError::Count { .. })), !fits);
            written
        }
        WriteBlock::ReferenceTime(time) => writer.reference_time(NtpTime(*time)),
        WriteBlock::Delays(delays) => writer.delays(&reports(delays)),
        WriteBlock::Statistics { media, range, numbers } => {
            writer.statistics(&summary(*media, *range, numbers))
        }
        WriteBlock::VoipMetrics { media, bytes } => writer.voip_metrics(&metrics(*media, bytes)),
        WriteBlock::Raw { block_type, specific, body } => {
            writer.raw(&RawBlock { block_type: *block_type, specific: *specific, body })
        }
    })
}

pub(super) fn assert_blocks(report: &ExtendedReport<'_>, meant: &[WriteBlock<'_>]) {
    let mut blocks = report.blocks();
    for meant in meant {
        let block = blocks.next().expect("a block for each");
        // Raw bytes may be anything.
        if matches!(meant, WriteBlock::Raw { block_type: 1..=7, .. }) {
            continue;
        }
        assert_means(&block.expect("a good one"), meant);
    }
    assert!(blocks.next().is_none());
}

fn assert_means(block: &Block<'_>, meant: &WriteBlock<'_>) {
    match (block, meant) {
        (Block::Losses(read), WriteBlock::Losses { media, first, thinning, bits }) => {
            let range = range(*media, *first, *thinning, bits.len());
            assert_eq!(read.range, range);
            assert!(read.packets().eq(range.seqs().zip(bits.iter().copied())));
        }
        (Block::Duplicates(read), WriteBlock::Duplicates { media, first, thinning, runs }) => {
            let bits = bits(runs);
            let range = range(*media, *first, *thinning, bits.len());
            assert_eq!(read.range, range);
            assert!(read.packets().eq(range.seqs().zip(bits)));
        }
        (Block::ReceiptTimes(read), WriteBlock::ReceiptTimes { media, first, thinning, times }) => {
            let range = range(*media, *first, *thinning, times.len());
            assert_eq!(read.range, range);
            assert!(read.packets().eq(range.seqs().zip(times.iter().copied().map(Timestamp))));
        }
        (Block::ReceiptTimes(read), WriteBlock::Mismatch { times, .. }) => {
            assert_eq!(read.packets().count(), times.len());
        }
        (Block::ReferenceTime(time), WriteBlock::ReferenceTime(meant)) => assert_eq!(time.0, *meant),
        (Block::Delays(read), WriteBlock::Delays(meant)) => assert!(read.reports().eq(reports(meant))),
        (Block::Statistics(read), WriteBlock::Statistics { media, range, numbers }) => {
            assert_eq!(*read, summary(*media, *range, numbers));
        }
        (Block::VoipMetrics(read), WriteBlock::VoipMetrics { media, bytes }) => {
            assert_eq!(*read, metrics(*media, bytes));
        }
        (Block::Other(read), WriteBlock::Raw { block_type, specific, body }) => {
            assert_eq!(*read, RawBlock { block_type: *block_type, specific: *specific, body });
        }
        (block, meant) => panic!("{meant:?} became {block:?}"),
    }
}
