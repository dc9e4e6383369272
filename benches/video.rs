//! What one received picture costs, from its packets to its time, without the decoding itself.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use core::hint::black_box;
use core::time::Duration;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use moim_media::codec::{FrameKind, VideoEncoder};
use moim_media::{ClockRate, FramePool, Instant, MediaTime, SeqNo, Timestamp, VideoSize};
use moim_rtp::payload::Payloader;
use moim_rtp::payload::h264::{H264Depayloader, H264Payloader, PacketizationMode};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use moim_testkit::fake::{FakeVideoConfig, FakeVideoDecoder, FakeVideoEncoder};
use moim_video::{VideoConfig, VideoPlayout};

const FRAMES: u64 = 300;
const FRAME: Duration = Duration::from_millis(33);
/// So small that drawing the sketch costs next to nothing.
const SIZE: VideoSize = VideoSize::new(16, 16).expect("a size");

/// Ten seconds of packets, by picture.
fn recording(bitrate: u32) -> Vec<Vec<Vec<u8>>> {
    let config = FakeVideoConfig { bitrate, ..FakeVideoConfig::default() };
    let mut encoder = FakeVideoEncoder::new(config).expect("an encoder");
    let mut payloader = H264Payloader::new(PacketizationMode::NonInterleaved);
    let picture = FramePool::new(SIZE, 1).write(|_| ()).expect("a picture");
    (0..FRAMES)
        .map(|number| {
            let (mut unit, mut packets) = (Vec::new(), Vec::new());
            let kind = if number == 0 { FrameKind::Key } else { FrameKind::Delta };
            encoder.encode(&picture, time(number), kind, &mut unit).expect("a unit");
            let sink = &mut |fragment: moim_rtp::payload::Fragment<'_>| {
                let header = Header {
                    marker: fragment.marker,
                    payload_type: PayloadType::new(96).expect("a payload type"),
                    seq: SeqNo::new(0).wire(),
                    timestamp: Timestamp(number as u32),
                    ssrc: Ssrc(1),
                };
                let mut packet = vec![0; 1_200];
                let parts = [fragment.prefix, fragment.body];
                let len = PacketBuilder::new(header).write(&parts, &mut packet).expect("a packet");
                packet.truncate(len);
                packets.push(packet);
            };
            payloader.packetize(&unit, 1_100, sink).expect("payloads");
            packets
        })
        .collect()
}

fn time(number: u64) -> MediaTime {
    MediaTime::new(number * 2_970, ClockRate::HZ_90000)
}

/// Receives the recording; how many pictures were shown.
fn receive(recording: &[Vec<Vec<u8>>]) -> u64 {
    let config = VideoConfig { size: SIZE, packets: 512, unit_bytes: 1 << 18, ..VideoConfig::default() };
    let decoder = FakeVideoDecoder::new();
    let mut receiver =
        VideoPlayout::new(config, Box::new(H264Depayloader::new()), decoder).expect("a receiver");
    let mut seq = SeqNo::new(1 << 16);
    for (number, packets) in (0..).zip(recording) {
        let now = Instant::from_millis(1_000) + FRAME * number;
        for packet in packets {
            // Fragments are told by consecutive numbers on the wire.
            let mut numbered = packet.clone();
            numbered[2..4].copy_from_slice(&seq.wire().0.to_be_bytes());
            let packet = Packet::parse(&numbered).expect("our own packet");
            let _ = receiver.insert(now, seq, time(u64::from(number)), &packet);
            seq = seq.next();
        }
        while receiver.poll_retransmit(now, FRAME).is_some() {}
        while let Some(picture) = receiver.poll_picture(now) {
            black_box(picture.access_unit);
        }
    }
    receiver.stats().shown
}

fn video(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("moim-video/receive");
    for (case, bitrate) in [("300_kbit", 300_000), ("1500_kbit", 1_500_000), ("6_mbit", 6_000_000)] {
        let recording = recording(bitrate);
        let shown = receive(&recording);
        assert!(shown + 5 >= FRAMES, "{case}: {shown} of {FRAMES}");
        group.throughput(Throughput::Elements(FRAMES));
        group.bench_function(format!("moim/{case}"), |bencher| bencher.iter(|| receive(&recording)));
    }
    group.finish();
}

criterion_group!(benches, video);
criterion_main!(benches);
