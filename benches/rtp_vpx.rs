//! What it costs to make packets of a frame of VP8 and VP9 and a frame of packets, beside webrtc-rs and str0m, and to
//! renumber one on the way.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use bytes::Bytes;
use core::hint::black_box;
use criterion::{Criterion, criterion_group, criterion_main};
use moim_media::{Seq, Timestamp};
use moim_peers::rtp_vpx::{self as peer, Str0mVp8, WebrtcRsVp8, WebrtcRsVp9};
use moim_rtp::payload::vp8::{Vp8Depayloader, Vp8Payloader, Vp8Rewriter};
use moim_rtp::payload::vp9::{Vp9Depayloader, Vp9Payloader};
use moim_rtp::payload::{Depayloader, Fragment, Payloader, Renumbered};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};

const LIMIT: usize = 1_188;

/// 30 kB that begin as a frame does that builds on others.
fn frame(start: u8) -> Bytes {
    (0..30_000_u32).map(|at| if at == 0 { start } else { at.wrapping_mul(0x9e37) as u8 }).collect()
}

/// Gathers the payloads behind one another, as they would be written into datagrams.
fn gather(payloader: &mut dyn Payloader, frame: &[u8], into: &mut [u8]) -> usize {
    let mut at = 0;
    let mut copy = |fragment: Fragment<'_>| {
        for part in [fragment.prefix, fragment.body] {
            into[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
    };
    payloader.packetize(frame, LIMIT, &mut copy).expect("a frame");
    at
}

fn payloads(payloader: &mut dyn Payloader, frame: &[u8]) -> Vec<Bytes> {
    let mut payloads = Vec::new();
    let mut keep = |fragment: Fragment<'_>| payloads.push([fragment.prefix, fragment.body].concat().into());
    payloader.packetize(frame, LIMIT, &mut keep).expect("a frame");
    payloads
}

fn packets<'a>(payloads: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let last = payloads.len() - 1;
    let packet = |(index, payload): (usize, &[u8])| {
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
    payloads.enumerate().map(packet).collect()
}

/// From whole packets, headers included: ours looks at their numbers.
fn depacketize(depayloader: &mut dyn Depayloader, packets: &[Vec<u8>], into: &mut Vec<u8>) {
    for packet in packets {
        let packet = Packet::parse(packet).expect("just written");
        depayloader
            .depacketize(&packet, &mut |piece| into.extend_from_slice(piece.body))
            .expect("just written");
    }
}

fn is_same<'a>(
    depayloader: &mut dyn Depayloader,
    frame: &[u8],
    payloads: impl ExactSizeIterator<Item = &'a [u8]>,
) -> bool {
    let mut back = Vec::new();
    depacketize(depayloader, &packets(payloads), &mut back);
    back == frame
}

fn split(c: &mut Criterion) {
    let (vp8, vp9) = (frame(0x11), frame(0x86));
    let mut datagrams = vec![0; 40_000];
    let (mut webrtc_rs, mut str0m) = (WebrtcRsVp8::default(), Str0mVp8::default());
    let theirs = webrtc_rs.packetize(&vp8, LIMIT).expect("a frame");
    assert!(is_same(&mut Vp8Depayloader::new(), &vp8, theirs.iter().map(|payload| &payload[..])));
    let theirs = str0m.packetize(&vp8, LIMIT).expect("a frame");
    assert!(is_same(&mut Vp8Depayloader::new(), &vp8, theirs.iter().map(Vec::as_slice)));
    let mut ours = Vp8Payloader::default();
    assert_eq!(gather(&mut ours, &vp8, &mut datagrams), vp8.len() + 4 * 26);
    c.bench_function("moim-rtp/vp8_packetize/moim/30kB", |b| {
        b.iter(|| gather(&mut ours, black_box(&vp8), black_box(&mut datagrams)));
    });
    c.bench_function("moim-rtp/vp8_packetize/webrtc-rs/30kB", |b| {
        b.iter(|| webrtc_rs.packetize(black_box(&vp8), LIMIT));
    });
    c.bench_function("moim-rtp/vp8_packetize/str0m/30kB", |b| {
        b.iter(|| str0m.packetize(black_box(&vp8), LIMIT));
    });

    let mut webrtc_rs = WebrtcRsVp9::default();
    let theirs = webrtc_rs.packetize(&vp9, LIMIT).expect("a frame");
    assert!(is_same(&mut Vp9Depayloader::new(), &vp9, theirs.iter().map(|payload| &payload[..])));
    let mut ours = Vp9Payloader::default();
    assert_eq!(gather(&mut ours, &vp9, &mut datagrams), vp9.len() + 5 * 26);
    c.bench_function("moim-rtp/vp9_packetize/moim/30kB", |b| {
        b.iter(|| gather(&mut ours, black_box(&vp9), black_box(&mut datagrams)));
    });
    c.bench_function("moim-rtp/vp9_packetize/webrtc-rs/30kB", |b| {
        b.iter(|| webrtc_rs.packetize(black_box(&vp9), LIMIT));
    });
}

/// How a peer puts a frame together, appended to the bytes.
type Join = fn(&[Bytes], &mut Vec<u8>) -> Option<()>;

fn join(c: &mut Criterion) {
    let peers: [(&str, Join); 2] =
        [("webrtc-rs", peer::webrtc_rs_vp8_depacketize), ("str0m", peer::str0m_vp8_depacketize)];
    join_one(c, "vp8", &frame(0x11), &mut Vp8Payloader::default(), &mut Vp8Depayloader::new(), &peers);
    let peers: [(&str, Join); 1] = [("webrtc-rs", peer::webrtc_rs_vp9_depacketize)];
    join_one(c, "vp9", &frame(0x86), &mut Vp9Payloader::default(), &mut Vp9Depayloader::new(), &peers);
}

fn join_one(
    c: &mut Criterion,
    format: &str,
    frame: &[u8],
    payloader: &mut dyn Payloader,
    depayloader: &mut dyn Depayloader,
    peers: &[(&str, Join)],
) {
    let payloads = payloads(payloader, frame);
    let packets = packets(payloads.iter().map(|payload| &payload[..]));
    let mut back = Vec::with_capacity(40_000);
    depacketize(depayloader, &packets, &mut back);
    assert_eq!(back, frame);
    c.bench_function(&format!("moim-rtp/{format}_depacketize/moim/30kB"), |b| {
        b.iter(|| {
            back.clear();
            depacketize(depayloader, black_box(&packets), &mut back);
        });
    });
    for (peer, theirs) in peers {
        back.clear();
        assert!(theirs(&payloads, &mut back).is_some() && back == frame);
        c.bench_function(&format!("moim-rtp/{format}_depacketize/{peer}/30kB"), |b| {
            b.iter(|| {
                back.clear();
                theirs(black_box(&payloads), &mut back)
            });
        });
    }
}

/// What a forwarder does to each packet's payload.
fn renumber(c: &mut Criterion) {
    let mut payload = [&[0x90, 0xe0, 0x80, 1, 2, 0x40][..], &[7; 1_100]].concat();
    let mut rewriter = Vp8Rewriter::new();
    assert_eq!(rewriter.rewrite(&mut payload), Ok(Renumbered::Written));
    c.bench_function("moim-rtp/vp8_rewrite/moim/1100B", |b| {
        b.iter(|| rewriter.rewrite(black_box(&mut payload)));
    });
}

criterion_group!(benches, split, join, renumber);
criterion_main!(benches);
