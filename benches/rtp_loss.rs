//! What it costs to know which packets came, beside str0m.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use core::hint::black_box;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use moim_media::{ClockRate, Instant, Seq, SeqNo, Timestamp};
use moim_peers::rtp_loss::{self as peer, Packet};
use moim_rtp::Ssrc;
use moim_rtp::loss::Window;
use moim_rtp::nack::{Config, Generator};
use moim_rtp::reception::Source;

/// Packets in one measurement.
const PACKETS: u64 = 10_000;

/// A video of three packets every 33 ms, of which one in a hundred is lost and one in two hundred is overtaken.
fn packets() -> Vec<Packet> {
    let packet = |number: u64| Packet {
        seq: 100_000 + number,
        micros: 1_000_000 + number * 11_111,
        timestamp: u32::try_from(number / 3 * 3_000).expect("an hour"),
    };
    let mut packets: Vec<_> = (0..PACKETS).filter(|number| number % 100 != 50).map(packet).collect();
    for at in (120..packets.len() - 1).step_by(200) {
        packets.swap(at, at + 1);
    }
    packets
}

/// How many are missing in the end, of those that the window ever held.
fn note(window: &mut Window, packets: &[Packet]) -> u64 {
    window.clear();
    packets.iter().for_each(|packet| {
        window.receive(SeqNo::new(packet.seq));
    });
    let counts = window.counts();
    counts.missing + counts.lost
}

/// From the wire: numbers unwrapped, restarts judged, jitter, loss.
fn receive(source: &mut Source, packets: &[Packet]) -> u64 {
    for packet in packets {
        let (seq, timestamp) = (Seq(packet.seq as u16), Timestamp(packet.timestamp));
        source.receive(Instant::from_micros(packet.micros), seq, timestamp);
    }
    source.received()
}

/// Keeping in mind what is to be asked for, which is not answered; how many packets that is.
fn ask(generator: &mut Generator, packets: &[Packet]) -> u64 {
    generator.clear();
    let before = generator.counts().given_up;
    for packet in packets {
        generator.received(Instant::from_micros(packet.micros), SeqNo::new(packet.seq));
    }
    generator.counts().given_up - before + generator.pending() as u64
}

fn loss(c: &mut Criterion) {
    let packets = packets();
    let came = packets.len() as u64;
    let bytes = peer::encode(&packets);
    assert!(peer::read(&bytes).eq(packets.iter().copied()));
    assert_eq!(peer::str0m_register(&bytes), None);

    let mut group = c.benchmark_group("moim-rtp/loss");
    group.throughput(Throughput::Elements(came));
    let mut window = Window::new(1_024);
    assert_eq!(note(&mut window, &packets), PACKETS - came);
    group.bench_function("moim/1%", |b| b.iter(|| note(&mut window, black_box(&packets))));
    let mut generator = Generator::new(Config::default());
    assert_eq!(ask(&mut generator, &packets), PACKETS - came);
    group.bench_function("moim-nack/1%", |b| {
        b.iter(|| ask(&mut generator, black_box(&packets)));
    });
    let source = Source::new(Ssrc(1), ClockRate::HZ_90000);
    assert_eq!(receive(&mut source.clone(), &packets), came);
    group.bench_function("moim-source/1%", |b| {
        b.iter(|| receive(&mut source.clone(), black_box(&packets)));
    });
    group.bench_function("str0m/1%", |b| b.iter(|| peer::str0m_register(black_box(&bytes))));
    group.bench_function("str0m-only-read/1%", |b| {
        b.iter(|| peer::read(black_box(&bytes)).for_each(|packet| _ = black_box(packet)));
    });
    group.finish();
}

criterion_group!(benches, loss);
criterion_main!(benches);
