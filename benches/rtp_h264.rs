//! What it costs to make packets of a picture and a picture of packets, beside webrtc-rs and str0m.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use bytes::Bytes;
use core::hint::black_box;
use criterion::{Criterion, criterion_group, criterion_main};
use moim_media::{Seq, Timestamp};
use moim_peers::rtp_h264::{self as peer, Str0mPacketizer, WebrtcRsPayloader};
use moim_rtp::payload::h264::{H264Depayloader, H264Payloader, PacketizationMode};
use moim_rtp::payload::{Depayloader, Fragment, Payloader, Piece};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};

const LIMIT: usize = 1_188;

/// A picture of 30 kB in three slices, whose bytes are as unlike one another as an encoder makes them.
fn access_unit() -> Bytes {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut unit = Vec::new();
    for first in [0x9a, 0x5a, 0x3a] {
        unit.extend_from_slice(&[0, 0, 0, 1, 0x41, first]);
        for _ in 0..9_994 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let byte = state.to_le_bytes()[0];
            // Start codes are prevented.
            let prevented = unit.ends_with(&[0, 0]) && byte <= 3;
            unit.push(if prevented { 4 } else { byte });
        }
        unit.push(0x80);
    }
    unit.into()
}

fn packetize(payloader: &mut H264Payloader, unit: &[u8], mut each: impl FnMut(Fragment<'_>)) {
    payloader.packetize(unit, LIMIT, &mut each).expect("an access unit");
}

/// Gathers the payloads behind one another, as they would be written into datagrams.
fn gather(payloader: &mut H264Payloader, unit: &[u8], into: &mut [u8]) -> usize {
    let mut at = 0;
    packetize(payloader, unit, |fragment| {
        for part in [fragment.prefix, fragment.body] {
            into[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
    });
    at
}

fn payloads(unit: &[u8]) -> Vec<Bytes> {
    let mut payloads = Vec::new();
    packetize(&mut H264Payloader::new(PacketizationMode::NonInterleaved), unit, |fragment| {
        payloads.push([fragment.prefix, fragment.body].concat().into());
    });
    payloads
}

/// Whether a peer's payloads, put together by us, are the unit.
fn is_same_unit(unit: &[u8], payloads: impl Iterator<Item = Vec<u8>>) -> bool {
    let mut back = Vec::new();
    depacketize(&packets(payloads), &mut back);
    back == unit
}

fn packets(payloads: impl Iterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let payloads: Vec<_> = payloads.collect();
    let last = payloads.len() - 1;
    let packet = |(index, payload): (usize, &Vec<u8>)| {
        let header = Header {
            marker: index == last,
            payload_type: PayloadType::new(96).expect("seven bits"),
            seq: Seq(u16::try_from(index).expect("few packets")),
            timestamp: Timestamp(3_000),
            ssrc: Ssrc(1),
        };
        let mut bytes = vec![0; 12 + payload.len()];
        PacketBuilder::new(header).write(&[payload], &mut bytes).expect("it fits");
        bytes
    };
    payloads.iter().enumerate().map(packet).collect()
}

/// From whole packets, headers included: ours looks at their numbers.
fn depacketize(packets: &[Vec<u8>], into: &mut Vec<u8>) {
    let mut depayloader = H264Depayloader::new();
    for packet in packets {
        let packet = Packet::parse(packet).expect("just written");
        let mut append = |piece: Piece<'_>| {
            into.extend_from_slice(piece.prefix.as_bytes());
            into.extend_from_slice(piece.body);
        };
        depayloader.depacketize(&packet, &mut append).expect("just written");
    }
}

fn split(c: &mut Criterion) {
    let unit = access_unit();
    assert_eq!(unit.len(), 30_003);
    let mut ours = H264Payloader::new(PacketizationMode::NonInterleaved);
    let (mut webrtc_rs, mut str0m) = (WebrtcRsPayloader::default(), Str0mPacketizer::default());
    assert!(is_same_unit(&unit, payloads(&unit).iter().map(|payload| payload.to_vec())));
    let theirs = webrtc_rs.packetize(&unit, LIMIT).expect("an access unit");
    assert!(is_same_unit(&unit, theirs.iter().map(|payload| payload.to_vec())));
    assert!(is_same_unit(&unit, str0m.packetize(&unit, LIMIT).expect("an access unit").into_iter()));

    let mut datagrams = vec![0; 40_000];
    assert_eq!(gather(&mut ours, &unit, &mut datagrams), theirs.iter().map(Bytes::len).sum::<usize>());
    c.bench_function("moim-rtp/h264_packetize/moim/30kB", |b| {
        b.iter(|| gather(&mut ours, black_box(&unit), black_box(&mut datagrams)));
    });
    c.bench_function("moim-rtp/h264_packetize/moim-not-copied/30kB", |b| {
        b.iter(|| {
            packetize(&mut ours, black_box(&unit), |fragment| {
                black_box(fragment);
            });
        });
    });
    c.bench_function("moim-rtp/h264_packetize/webrtc-rs/30kB", |b| {
        b.iter(|| webrtc_rs.packetize(black_box(&unit), LIMIT));
    });
    c.bench_function("moim-rtp/h264_packetize/str0m/30kB", |b| {
        b.iter(|| str0m.packetize(black_box(&unit), LIMIT));
    });
}

fn join(c: &mut Criterion) {
    let unit = access_unit();
    let payloads = payloads(&unit);
    let packets = packets(payloads.iter().map(|payload| payload.to_vec()));
    let mut back = Vec::with_capacity(40_000);
    depacketize(&packets, &mut back);
    assert_eq!(back, unit);
    for theirs in [peer::webrtc_rs_depacketize, peer::str0m_depacketize] {
        back.clear();
        assert!(theirs(&payloads, &mut back).is_some() && back == unit);
    }
    c.bench_function("moim-rtp/h264_depacketize/moim/30kB", |b| {
        b.iter(|| {
            back.clear();
            depacketize(black_box(&packets), &mut back);
        });
    });
    c.bench_function("moim-rtp/h264_depacketize/webrtc-rs/30kB", |b| {
        b.iter(|| {
            back.clear();
            peer::webrtc_rs_depacketize(black_box(&payloads), &mut back)
        });
    });
    c.bench_function("moim-rtp/h264_depacketize/str0m/30kB", |b| {
        b.iter(|| {
            back.clear();
            peer::str0m_depacketize(black_box(&payloads), &mut back)
        });
    });
}

criterion_group!(benches, split, join);
criterion_main!(benches);
