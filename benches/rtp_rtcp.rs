//! The kinds of RTCP that a call exchanges most, beside webrtc-rs and `rtcp-types` where they know them.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use bytes::Bytes;
use core::hint::black_box;
use criterion::{Criterion, criterion_group, criterion_main};
use moim_media::Seq;
use moim_peers::rtcp as peer;
use moim_rtp::rtcp::{
    ArrivalOffset, Bitrate, CumulativeLost, Ecn, ExtendedSeq, FractionLost, LastReport, NackPair,
    PacketArrival, Part, ReportBlock, StreamArrivals, WriteError, Writer, walk,
};
use moim_rtp::{NtpShort, Ssrc};

fn written(write: impl FnOnce(&mut Writer<'_>) -> Result<(), WriteError>) -> Bytes {
    let mut buffer = [0; 1_200];
    let mut writer = Writer::new(&mut buffer);
    write(&mut writer).expect("it fits");
    Bytes::copy_from_slice(writer.as_bytes())
}

fn block(ssrc: u32) -> ReportBlock {
    ReportBlock {
        ssrc: Ssrc(ssrc),
        fraction_lost: FractionLost(5),
        cumulative_lost: CumulativeLost::new(77),
        highest_seq: ExtendedSeq(65_600),
        jitter: 480,
        last_report: Some(LastReport { ntp: NtpShort(1), delay: NtpShort(2) }),
    }
}

fn read_receiver_report(bytes: &[u8]) -> Option<u64> {
    let Ok(Part::ReceiverReport(report)) = walk(bytes).next()? else { return None };
    let blocks = report.reports().map(|block| {
        let (last, delay) = block.last_report.map_or((0, 0), |last| (last.ntp.0, last.delay.0));
        u64::from(block.ssrc.0)
            + u64::from(block.fraction_lost.0)
            + u64::from(block.cumulative_lost.get().cast_unsigned())
            + u64::from(block.highest_seq.0)
            + u64::from(block.jitter)
            + u64::from(last)
            + u64::from(delay)
    });
    Some(u64::from(report.ssrc.0) + blocks.sum::<u64>())
}

fn receiver_report(c: &mut Criterion) {
    let bytes = written(|writer| writer.receiver_report(Ssrc(1), &[block(2), block(3)]));
    let expected = read_receiver_report(&bytes);
    assert_eq!(expected, Some(1 + 5 + 2 * (5 + 77 + 65_600 + 480 + 1 + 2)));
    assert_eq!(peer::rtcp_types_receiver_report(&bytes), expected);
    assert_eq!(peer::webrtc_rs_receiver_report(&bytes), expected);
    c.bench_function("moim-rtp/rtcp/moim/rr-2", |b| b.iter(|| read_receiver_report(black_box(&bytes))));
    c.bench_function("moim-rtp/rtcp/rtcp-types/rr-2", |b| {
        b.iter(|| peer::rtcp_types_receiver_report(black_box(&bytes)));
    });
    c.bench_function("moim-rtp/rtcp/webrtc-rs/rr-2", |b| {
        b.iter(|| peer::webrtc_rs_receiver_report(black_box(&bytes)));
    });
}

fn read_nack(bytes: &[u8]) -> Option<u64> {
    let Ok(Part::Nack(nack)) = walk(bytes).next()? else { return None };
    Some(nack.seqs().map(|seq| u64::from(seq.0)).sum())
}

/// Three pairs that name eleven packets.
fn nack(c: &mut Criterion) {
    let pairs = [(100, 0b101), (200, 0b1_1111), (65_530, 0b1)]
        .map(|(first, following)| NackPair { first: Seq(first), following });
    let bytes = written(|writer| writer.nack(Ssrc(1), Ssrc(2), &pairs));
    let expected = read_nack(&bytes);
    assert_eq!(expected, Some(100 + 101 + 103 + (200..=205).sum::<u64>() + 65_530 + 65_531));
    assert_eq!(peer::rtcp_types_nack(&bytes), expected);
    assert_eq!(peer::webrtc_rs_nack(&bytes), expected);
    c.bench_function("moim-rtp/rtcp/moim/nack-3", |b| b.iter(|| read_nack(black_box(&bytes))));
    c.bench_function("moim-rtp/rtcp/rtcp-types/nack-3", |b| {
        b.iter(|| peer::rtcp_types_nack(black_box(&bytes)));
    });
    c.bench_function("moim-rtp/rtcp/webrtc-rs/nack-3", |b| {
        b.iter(|| peer::webrtc_rs_nack(black_box(&bytes)));
    });
}

fn read_remb(bytes: &[u8]) -> Option<u64> {
    let Ok(Part::Remb(remb)) = walk(bytes).next()? else { return None };
    Some(remb.bitrate.0 + remb.streams().map(|stream| u64::from(stream.0)).sum::<u64>())
}

fn remb(c: &mut Criterion) {
    let bytes = written(|writer| writer.remb(Ssrc(1), Bitrate(8_927_168), &[Ssrc(2), Ssrc(3)]));
    let expected = read_remb(&bytes);
    assert_eq!(expected, Some(8_927_173));
    assert_eq!(peer::webrtc_rs_remb(&bytes), expected);
    c.bench_function("moim-rtp/rtcp/moim/remb", |b| b.iter(|| read_remb(black_box(&bytes))));
    c.bench_function("moim-rtp/rtcp/webrtc-rs/remb", |b| {
        b.iter(|| peer::webrtc_rs_remb(black_box(&bytes)));
    });
}

fn write_congestion(packets: &[Option<PacketArrival>], into: &mut [u8]) -> Option<usize> {
    let mut writer = Writer::new(into);
    let (first, second) = packets.split_at_checked(50)?;
    let stream = |media, packets| StreamArrivals { media: Ssrc(media), first: Seq(65_500), packets };
    writer.congestion_feedback(Ssrc(1), NtpShort(9 << 16), &[stream(2, first), stream(3, second)]).ok()?;
    Some(writer.len())
}

/// The sum of the numbers and the times of all packets that arrived.
fn read_congestion(bytes: &[u8]) -> Option<u64> {
    let Ok(Part::CongestionFeedback(feedback)) = walk(bytes).next()? else { return None };
    let mut sum = 0;
    for stream in feedback.streams() {
        for (seq, packet) in stream.packets() {
            let Some(packet) = packet else { continue };
            sum += u64::from(seq.0) + u64::from(feedback.arrived(packet.offset)?.0);
        }
    }
    Some(sum)
}

/// A hundred packets of two streams, one in 33 lost.
fn congestion(c: &mut Criterion) {
    let now = moim_media::Instant::from_millis(1_000);
    let packets: Vec<_> = (0..100)
        .map(|n| {
            let offset = ArrivalOffset::between(moim_media::Instant::from_millis(500 + n * 5), now);
            (n % 33 != 7).then_some(PacketArrival { ecn: Ecn::Capable1, offset })
        })
        .collect();
    let mut buffer = [0; 512];
    let len = write_congestion(&packets, &mut buffer).expect("it fits");
    let bytes = Bytes::copy_from_slice(&buffer[..len]);
    assert_eq!(len, 4 + 4 + 2 * (8 + 50 * 2) + 4);
    assert!(read_congestion(&bytes).is_some_and(|sum| sum > 96 * (8 << 16)));
    c.bench_function("moim-rtp/read_congestion_feedback/moim/100", |b| {
        b.iter(|| read_congestion(black_box(&bytes)));
    });
    c.bench_function("moim-rtp/write_congestion_feedback/moim/100", |b| {
        b.iter(|| write_congestion(black_box(&packets), black_box(&mut buffer)));
    });
}

criterion_group!(benches, receiver_report, nack, remb, congestion);
criterion_main!(benches);
