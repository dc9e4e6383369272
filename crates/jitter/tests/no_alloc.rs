//! After `new`, nothing allocates.

use core::time::Duration;
use moim_jitter::{JitterBuffer, JitterConfig, Pulled};
use moim_media::codec::{Activity, Content, PacketInfo};
use moim_media::{ClockRate, Instant, MediaTime, SeqNo};
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Sends and plays the `frames` of 20 ms: some lost, all late by another amount, some twice.
fn run(buffer: &mut JitterBuffer, frames: std::ops::Range<u64>) {
    let frame = Duration::from_millis(20);
    let info = PacketInfo {
        duration: frame,
        activity: Activity::Active,
        content: Content::Speech,
        fec: frame,
        redundancy: Duration::ZERO,
    };
    let mut held = Duration::ZERO;
    for number in frames {
        let now = Instant::from_millis(20 * number);
        let late = number - (number * 7_919 % 4).min(number);
        for number in [late, number] {
            if number % 13 != 0 {
                let time = MediaTime::new(number * 960, ClockRate::HZ_48000);
                let _ = buffer.insert(now, SeqNo::new(number), time, info, &[7; 100]);
            }
        }
        while buffer.poll_retransmit(now, Duration::from_millis(30)).is_some() {}
        while held < frame {
            held += match buffer.pull(now, held) {
                Pulled::Packet(packet) => packet.info.duration,
                Pulled::Overdue(_) => Duration::ZERO,
                Pulled::Repairable { missing, .. } | Pulled::Missing { missing } => missing,
                Pulled::Silence { lasting } => lasting,
                Pulled::Underrun | Pulled::Idle => frame,
            };
        }
        held -= frame;
    }
}

#[test]
fn minutes_under_loss_and_jitter_allocate_nothing() {
    let config = JitterConfig { min_delay: Duration::from_millis(120), ..JitterConfig::default() };
    let mut buffer = JitterBuffer::new(config).unwrap();
    run(&mut buffer, 0..50);
    // Long enough for the drift of the clocks to be measured, and to forget.
    let counted = Counting::count(|| run(&mut buffer, 50..10_000));
    let stats = buffer.stats();
    assert!(buffer.drift_ppm().is_some());
    assert!(stats.played > 8_000 && stats.repairable > 10 && stats.requested > 10, "{stats:?}");
    assert_eq!(counted, Allocations::default());
}
