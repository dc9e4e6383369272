//! Blocks of extended reports (RFC 3611, section 4).

use crate::capture::Capture;
use crate::reports::{assert_head, parts, written};
use crate::samples::{numbers, samples, u16s, u32s};
use crate::shark::{Layer, RTCP, read};
use moim_media::{Seq, Timestamp};
use moim_rtp::rtcp::xr::{
    BlockWriter, DelayReport, HopKind, HopSummary, JitterSummary, PacketRange, StatisticsSummary, Thinning,
};
use moim_rtp::rtcp::{LastReport, WriteError};
use moim_rtp::{NtpShort, NtpTime, Ssrc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

const SENDER: u32 = 0xffff_fffe;

pub(crate) fn report(write: impl FnOnce(&mut BlockWriter<'_>) -> Result<(), WriteError>) -> Vec<u8> {
    written(|writer| writer.extended_report(Ssrc(SENDER), write))
}

/// Checks the beginning of a report, and of its blocks the types and words.
#[track_caller]
pub(crate) fn assert_blocks(part: &Layer, blocks: &[(i64, usize)]) {
    assert_head(part, 207, 1 + blocks.iter().map(|(_, words)| 1 + words).sum::<usize>());
    assert_eq!(part.numbers("rtcp.senderssrc"), [i64::from(SENDER)]);
    assert_eq!(part.numbers("rtcp.xr.bt"), blocks.iter().map(|block| block.0).collect::<Vec<_>>());
    assert_eq!(part.numbers("rtcp.xr.bl"), blocks.iter().map(|block| block.1 as i64).collect::<Vec<_>>());
}

#[test]
fn times_and_delays_are_read_as_they_were_meant() {
    let heard = (u32s(), option::of((numbers(1, u32::MAX), u32s())));
    let all = samples((numbers(0, u64::MAX), vec(heard, 1..6)), 60);
    let mut capture = Capture::default();
    for (now, heard) in &all {
        let reports: Vec<_> = heard
            .iter()
            .map(|&(receiver, last)| DelayReport {
                receiver: Ssrc(receiver),
                last: last.map(|(ntp, delay)| LastReport { ntp: NtpShort(ntp), delay: NtpShort(delay) }),
            })
            .collect();
        let datagram = report(|blocks| {
            blocks.reference_time(NtpTime(*now))?;
            blocks.delays(&reports)
        });
        capture.push(RTCP, &datagram);
    }
    let Some(dissected) = read("xr_times", &capture, &[]) else { return };
    for ((now, heard), datagram) in all.iter().zip(&dissected) {
        let [part] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_blocks(part, &[(4, 2), (5, heard.len() * 3)]);
        assert_eq!(part.bytes("rtcp.xr.timestamp"), [now.to_be_bytes()]);
        let receivers: Vec<_> = heard.iter().map(|heard| i64::from(heard.0)).collect();
        assert_eq!(part.numbers("rtcp.ssrc.identifier"), receivers);
        let last = heard.iter().map(|heard| heard.1.unwrap_or_default());
        let times: Vec<_> = last.clone().map(|last| i64::from(last.0)).collect();
        assert_eq!(part.numbers("rtcp.xr.lrr"), times);
        let delays: Vec<_> = last.map(|last| i64::from(last.1)).collect();
        assert_eq!(part.numbers("rtcp.xr.dlrr"), delays);
    }
}

/// A range of `count` packets reported on.
fn range(media: u32, first: u16, thinning: u8, count: u16) -> PacketRange {
    let thinning = Thinning::new(thinning).unwrap();
    // From a multiple on, so that the last is followed by as many as are left out before it.
    let first = first / thinning.every() * thinning.every();
    let end = first.wrapping_add(count.wrapping_mul(thinning.every()));
    PacketRange { media: Ssrc(media), first: Seq(first), end: Seq(end), thinning }
}

fn assert_range(part: &Layer, range: PacketRange) {
    assert_eq!(part.numbers("rtcp.ssrc.identifier"), [i64::from(range.media.0)]);
    assert_eq!(part.numbers("rtcp.xr.beginseq"), [i64::from(range.first.0)]);
    assert_eq!(part.numbers("rtcp.xr.endseq"), [i64::from(range.end.0)]);
    assert_eq!(part.numbers("rtcp.xr.tf"), [i64::from(range.thinning.exponent())]);
}

/// The bits of a chunk as tshark describes it: `Chunk: 1 -- Length Run 1s, length: 5`, or `Bit Vector 0x2000`.
#[track_caller]
fn bits(description: &str) -> Vec<bool> {
    if let Some((_, vector)) = description.split_once("Bit Vector 0x") {
        let vector = u16::from_str_radix(vector.trim(), 16).expect(description);
        return (0..15).rev().map(|bit| vector >> bit & 1 != 0).collect();
    }
    let (kind, len) = description.split_once(", length: ").expect(description);
    vec![kind.ends_with("1s"); len.trim().parse().expect(description)]
}

#[test]
fn losses_and_duplicates_are_read_as_they_were_meant() {
    let runs = vec((any::<bool>(), prop_oneof![1_usize..5, 10_usize..40, Just(16_384)]), 1..12);
    let runs =
        runs.prop_map(|runs| runs.into_iter().flat_map(|(bit, len)| vec![bit; len]).collect::<Vec<_>>());
    let runs = runs.prop_filter("a range of sequence numbers", |bits| bits.len() < 65_536);
    let all = samples((u32s(), u16s(), runs.clone(), runs), 40);
    let mut capture = Capture::default();
    for (media, first, received, once) in &all {
        let range = |bits: &[bool]| range(*media, *first, 0, bits.len() as u16);
        // tshark reserves eight bytes more than there are for the chunks of a block, and must find them behind it.
        let behind = NtpTime(0);
        let losses = report(|blocks| {
            blocks.losses(range(received), received.iter().copied())?;
            blocks.reference_time(behind)
        });
        let duplicates = report(|blocks| {
            blocks.duplicates(range(once), once.iter().copied())?;
            blocks.reference_time(behind)
        });
        capture.push(RTCP, &losses);
        capture.push(RTCP, &duplicates);
    }
    let Some(dissected) = read("xr_runs", &capture, &[]) else { return };
    let meant = all
        .iter()
        .flat_map(|(media, first, received, once)| [(1, media, first, received), (2, media, first, once)]);
    for ((block_type, media, first, meant), datagram) in meant.zip(&dissected) {
        let [part] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_range(part, range(*media, *first, 0, meant.len() as u16));
        let (runs, vectors) =
            (part.descriptions("rtcp.xr.chunk.length"), part.descriptions("rtcp.xr.chunk.bit_vector"));
        let nulls = part.texts("rtcp.xr.chunk.null_terminator").len();
        assert!(nulls < 2, "only what fills the word");
        let chunks = runs.len() + vectors.len() + nulls;
        assert_blocks(part, &[(block_type, 2 + chunks / 2), (4, 2)]);
        // `Chunk: 3 -- …`
        let mut chunks = [runs, vectors].concat();
        chunks.sort_by_key(|chunk| chunk.split(' ').nth(1).and_then(|index| index.parse::<u32>().ok()));
        let mut read: Vec<_> = chunks.into_iter().flat_map(bits).collect();
        assert!(read.len() >= meant.len() && read.len() - meant.len() < 15);
        read.truncate(meant.len());
        assert!(read == *meant);
    }
}

#[test]
fn thinned_times_of_receipt_are_read_as_they_were_meant() {
    let all = samples((u32s(), u16s(), 0_u8..12, vec(u32s(), 0..12)), 60);
    let mut capture = Capture::default();
    for (media, first, thinning, times) in &all {
        let range = range(*media, *first, *thinning, times.len() as u16);
        let times: Vec<_> = times.iter().copied().map(Timestamp).collect();
        capture.push(RTCP, &report(|blocks| blocks.receipt_times(range, &times)));
    }
    let Some(dissected) = read("xr_receipts", &capture, &[]) else { return };
    for ((media, first, thinning, times), datagram) in all.iter().zip(&dissected) {
        let [part] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_blocks(part, &[(3, 2 + times.len())]);
        assert_range(part, range(*media, *first, *thinning, times.len() as u16));
        let read = part.numbers("rtcp.xr.receipt_time_seq");
        assert_eq!(read, times.iter().map(|&time| time.into()).collect::<Vec<i64>>());
    }
}

prop_compose! {
    fn summaries()(
        media in u32s(),
        range in (u16s(), u16s()),
        lost in option::of(u32s()),
        duplicates in option::of(u32s()),
        jitter in option::of((u32s(), u32s(), u32s(), u32s())),
        hops in option::of((any::<bool>(), any::<[u8; 4]>())),
    ) -> StatisticsSummary {
        StatisticsSummary {
            media: Ssrc(media),
            first: Seq(range.0),
            end: Seq(range.1),
            lost,
            duplicates,
            jitter: jitter.map(|(min, max, mean, deviation)| JitterSummary { min, max, mean, deviation }),
            hops: hops.map(|(limit, [min, max, mean, deviation])| HopSummary {
                kind: if limit { HopKind::HopLimit } else { HopKind::TimeToLive },
                min,
                max,
                mean,
                deviation,
            }),
        }
    }
}

#[test]
fn summaries_are_read_as_they_were_meant() {
    let summaries = samples(summaries(), 100);
    let mut capture = Capture::default();
    summaries.iter().for_each(|summary| capture.push(RTCP, &report(|blocks| blocks.statistics(summary))));
    let Some(dissected) = read("xr_summaries", &capture, &[]) else { return };
    for (meant, datagram) in summaries.iter().zip(&dissected) {
        let [part] = parts(datagram)[..] else { panic!("{datagram:#?}") };
        assert_blocks(part, &[(6, 9)]);
        let stats = |name: &str| part.numbers(&format!("rtcp.xr.stats.{name}"));
        assert_eq!(part.numbers("rtcp.ssrc.identifier"), [i64::from(meant.media.0)]);
        assert_eq!(part.numbers("rtcp.xr.beginseq"), [i64::from(meant.first.0)]);
        assert_eq!(part.numbers("rtcp.xr.endseq"), [i64::from(meant.end.0)]);
        assert_eq!(stats("lrflag"), [meant.lost.is_some().into()]);
        assert_eq!(stats("dupflag"), [meant.duplicates.is_some().into()]);
        assert_eq!(stats("jitterflag"), [meant.jitter.is_some().into()]);
        let kind = meant.hops.map_or(0, |hops| if hops.kind == HopKind::TimeToLive { 1 } else { 2 });
        assert_eq!(stats("ttl"), [kind]);
        assert_eq!(stats("lost"), [i64::from(meant.lost.unwrap_or(0))]);
        assert_eq!(stats("dups"), [i64::from(meant.duplicates.unwrap_or(0))]);
        let jitter = meant.jitter.unwrap_or_default();
        assert_eq!(stats("minjitter"), [i64::from(jitter.min)]);
        assert_eq!(stats("maxjitter"), [i64::from(jitter.max)]);
        assert_eq!(stats("meanjitter"), [i64::from(jitter.mean)]);
        assert_eq!(stats("devjitter"), [i64::from(jitter.deviation)]);
        let hops = meant.hops.map_or([0; 4], |hops| [hops.min, hops.max, hops.mean, hops.deviation]);
        let read = ["minttl", "maxttl", "meanttl", "devttl"].map(stats);
        assert_eq!(read, hops.map(|hops| vec![i64::from(hops)]));
    }
}
