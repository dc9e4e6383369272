//! What it costs to protect ten packets of video by one, and to recover one of them, beside webrtc-rs `rtc`.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use bytes::Bytes;
use core::hint::black_box;
use criterion::{Criterion, criterion_group, criterion_main};
use moim_media::{Seq, Timestamp};
use moim_peers::rtp_fec::{self as peer, RtcPackets};
use moim_rtp::fec::{
    Decoder, DecoderConfig, Encoder, EncoderConfig, Format, Mask, Protection, flexfec03, xor,
};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};

const PACKETS: u16 = 10;
const LEN: usize = 1_200;
const MEDIA: Ssrc = Ssrc(1);
/// The source of the repair stream, as the peer is told.
const REPAIR: Header = Header {
    marker: false,
    payload_type: PayloadType::new(120).unwrap(),
    seq: Seq(0),
    timestamp: Timestamp(0),
    ssrc: Ssrc(2),
};

/// Video: packets as long as they may be, whose bytes are unlike one another.
fn packets() -> Vec<Bytes> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    let packet = |n: u16| {
        let header = Header { seq: Seq(100 + n), timestamp: Timestamp(9_000), ssrc: MEDIA, ..REPAIR };
        let payload: Vec<u8> = (0..LEN - 12).map(|_| byte()).collect();
        let mut bytes = vec![0; LEN];
        assert_eq!(PacketBuilder::new(header).write(&[&payload], &mut bytes), Ok(LEN));
        bytes.into()
    };
    (0..PACKETS).map(packet).collect()
}

/// The sum alone, at the limit of memory.
fn sum(c: &mut Criterion) {
    let packets = packets();
    let sum_by = |by: fn(&mut [u8], &[u8]), into: &mut [u8; LEN]| {
        into.fill(0);
        packets.iter().for_each(|packet| by(into, black_box(packet)));
    };
    let [mut ours, mut indexed] = [[0; LEN]; 2];
    sum_by(xor, &mut ours);
    sum_by(peer::indexed_xor, &mut indexed);
    assert_eq!(ours, indexed);
    assert!(ours[12..].iter().any(|&byte| byte != 0));
    c.bench_function("moim-rtp/xor/moim/10x1200", |b| b.iter(|| sum_by(xor, black_box(&mut ours))));
    c.bench_function("moim-rtp/xor/indexed/10x1200", |b| {
        b.iter(|| sum_by(peer::indexed_xor, black_box(&mut indexed)));
    });
}

fn encoder() -> Encoder {
    let mask = Mask::of(0..PACKETS).expect("it reaches");
    let config = EncoderConfig {
        format: Format::FlexFec03,
        protection: Protection::Masks(vec![mask]),
        bytes_per_packet: 1_500,
    };
    Encoder::new(config).expect("the format can say it")
}

fn encode(encoder: &mut Encoder, packets: &[Bytes], into: &mut [u8]) -> Option<usize> {
    for packet in packets {
        encoder.protect(packet).ok()?;
    }
    encoder.poll_repair()?.write(REPAIR, into).ok()
}

/// A repair packet over ten packets, written into a datagram.
fn protect(c: &mut Criterion) {
    let packets = packets();
    let theirs = RtcPackets::new(&packets);
    let (mut encoder, [mut ours, mut rtc]) = (encoder(), [[0; 1_500]; 2]);
    let len = encode(&mut encoder, &packets, &mut ours).expect("it fits");
    assert_eq!(peer::rtc_encode(&theirs, &mut rtc), Some(len));
    assert_eq!(ours[12..len], rtc[12..len], "the same payload");
    c.bench_function("moim-rtp/fec-encode/moim/10x1200", |b| {
        b.iter(|| encode(&mut encoder, black_box(&packets), black_box(&mut ours)));
    });
    c.bench_function("moim-rtp/fec-encode/webrtc-rs-rtc/10x1200", |b| {
        b.iter(|| peer::rtc_encode(black_box(&theirs), black_box(&mut rtc)));
    });
}

/// How many packets are found when these arrive, and how many bytes of payload they have.
fn find(decoder: &mut Decoder, arrived: &[Bytes]) -> (usize, usize) {
    decoder.clear();
    let mut found = (0, 0);
    for bytes in arrived {
        let Ok(packet) = Packet::parse(bytes) else { continue };
        if packet.ssrc() == REPAIR.ssrc {
            if let Ok(repair) = flexfec03::read(&packet) {
                decoder.flexfec(&repair);
            }
        } else if decoder.media(bytes).is_err() {
            continue;
        }
        while let Some(packet) = decoder.recover() {
            found = (found.0 + 1, found.1 + packet.len() - 12);
        }
    }
    found
}

/// Nine of ten packets arrive, and then the repair packet.
fn recover(c: &mut Criterion) {
    let mut arrived = packets();
    let mut repair = [0; 1_500];
    let len = encode(&mut encoder(), &arrived, &mut repair).expect("it fits");
    let lost = arrived.remove(4);
    arrived.push(Bytes::copy_from_slice(&repair[..len]));
    let theirs = RtcPackets::new(&arrived);
    let mut decoder = Decoder::new(DecoderConfig::default(), &[MEDIA]);
    assert_eq!(find(&mut decoder, &arrived), (1, lost.len() - 12));
    assert_eq!(peer::rtc_recover(MEDIA.0, &theirs), (1, lost.len() - 12));
    c.bench_function("moim-rtp/fec-recover/moim/10x1200", |b| {
        b.iter(|| find(&mut decoder, black_box(&arrived)));
    });
    c.bench_function("moim-rtp/fec-recover/webrtc-rs-rtc/10x1200", |b| {
        b.iter(|| peer::rtc_recover(MEDIA.0, black_box(&theirs)));
    });
}

criterion_group!(benches, sum, protect, recover);
criterion_main!(benches);
