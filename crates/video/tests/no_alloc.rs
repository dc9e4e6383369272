//! After one second of media, nothing allocates, whatever is lost, repeated or refused.

#[path = "scenarios/codec.rs"]
#[allow(dead_code, reason = "the scenarios need more of it")]
mod codec;

use codec::{Format, Is, SIZES, Strict, Units, packets};
use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime, SeqNo, Timestamp};
use moim_netsim::{Delivery, Jitter, Link, LinkConfig, Loss};
use moim_rtp::Packet;
use moim_testkit::alloc::{Allocations, Counting};
use moim_video::{Stats, VideoConfig, VideoPlayout};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SECONDS: u64 = 11;
const FRAMES_PER_SECOND: u64 = 25;

#[derive(Clone)]
struct Sent {
    seq: SeqNo,
    time: MediaTime,
    bytes: Vec<u8>,
}

/// What arrives, and when: made before anything is counted. Whatever is lost comes again after 200 ms, or never.
fn arrivals() -> Vec<Delivery<Sent>> {
    let config = LinkConfig {
        delay: Duration::from_millis(40),
        loss: Loss::Bursts { rate: 0.05, shortest: 1, longest: 4 },
        jitter: Jitter::Gamma { mean: Duration::from_millis(20), deviation: Duration::from_millis(20) },
        duplicate: 0.05,
        ..LinkConfig::default()
    };
    let mut link = Link::new(config, 3).unwrap();
    let (mut units, mut seq, mut sent) = (Units::default(), SeqNo::new(1 << 32), Vec::new());
    for frame in 0..SECONDS * FRAMES_PER_SECOND {
        let is = match frame % 50 {
            0 => Is::Key,
            odd if odd % 2 == 1 => Is::Disposable,
            _ => Is::Delta,
        };
        let unit = units.make(is, if is == Is::Key { 20_000 } else { 5_000 });
        let time = MediaTime::new(frame * 3_600, ClockRate::HZ_90000);
        for bytes in packets(&unit, seq, Timestamp(0), true) {
            let packet = Sent { seq, time, bytes };
            if seq.get() % 7 > 0 {
                sent.push((frame * 40 + 200, packet.clone()));
            }
            sent.push((frame * 40, packet));
            seq = seq.next();
        }
    }
    sent.sort_by_key(|(at, packet)| (*at, packet.seq));
    for (at, packet) in sent {
        let _ = link.send(Instant::from_millis(at), 1_200, packet);
    }
    std::iter::from_fn(|| link.poll(Instant::MAX)).collect()
}

#[test]
fn ten_seconds_of_loss_allocate_nothing() {
    let arrivals = arrivals();
    let mut arrivals = arrivals.iter().peekable();
    let config = VideoConfig { size: SIZES[0], packets: 512, ..VideoConfig::default() };
    let mut receiver = VideoPlayout::new(config, Box::new(Format), Strict::default()).unwrap();
    let mut run = |from: u64, until: u64| {
        for step in from..until {
            let now = Instant::from_millis(step * 5);
            while let Some(arrived) = arrivals.next_if(|arrived| arrived.due <= now) {
                let Sent { seq, time, bytes } = &arrived.payload;
                let Ok(packet) = Packet::parse(bytes) else { continue };
                let _ = receiver.insert(arrived.due, *seq, *time, &packet);
                let _ = receiver.insert(arrived.due, *seq + 100_000, *time, &packet);
            }
            let round_trip = Duration::from_millis(80);
            while receiver.poll_retransmit(now, round_trip).is_some() {}
            let _ = receiver.poll_key_frame_request(now, round_trip);
            while receiver.poll_picture(now).is_some() {}
            let _ = (receiver.picture_due(), receiver.feedback_due());
        }
        receiver.stats()
    };
    run(0, 200);
    let mut stats = Stats::default();
    let counted = Counting::count(|| stats = run(200, SECONDS * 200));
    let happened = [
        stats.shown,
        stats.late_shown,
        stats.undecodable,
        stats.duplicates,
        stats.refused,
        stats.nacks,
        stats.repaired,
        stats.key_frame_requests,
        stats.freezes.count,
    ];
    assert!(happened.iter().all(|&count| count > 0), "{stats:?}");
    assert_eq!(counted, Allocations::default());
}
