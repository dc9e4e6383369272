//! What it costs to pass a packet through the pacer, and to learn from the feedback on a hundred packets.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use core::hint::black_box;
use core::time::Duration;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use moim_media::{Instant, Seq};
use moim_pace::{Class, Estimator, EstimatorConfig, PacedQueue, PacerConfig};

/// A picture of thirty packets of 1200 bytes, pushed and popped.
fn queue(criterion: &mut Criterion) {
    const PACKETS: usize = 30;
    let mut group = criterion.benchmark_group("moim-pace/queue");
    let mut queue =
        PacedQueue::new(PacerConfig { rate: u32::MAX, ..PacerConfig::default() }).expect("a queue");
    let (mut now, mut into) = (Instant::EPOCH, [0; 1_500]);
    let mut pass = || {
        now += Duration::from_millis(33);
        for byte in 0..PACKETS as u8 {
            let pushed = queue.push(now, Class::Picture, |room| {
                room.fill(byte);
                Ok::<_, ()>(room.len())
            });
            assert!(pushed.is_ok());
        }
        let mut bytes = 0;
        while let Some(popped) = queue.pop(now, &mut into) {
            bytes += popped.len;
        }
        bytes
    };
    assert_eq!(pass(), PACKETS * 1_200);
    group.throughput(Throughput::Elements(PACKETS as u64));
    group.bench_function("moim/push+pop", |bencher| bencher.iter(|| black_box(pass())));
    group.finish();
}

/// A hundred packets and the feedback on them, as at 10 Mbit/s each 100 ms.
fn estimator(criterion: &mut Criterion) {
    const PACKETS: u64 = 100;
    let fed = |estimator: &mut Estimator, round: u64| {
        let at = |packet: u64| Instant::from_millis(1_000 + packet);
        let packets = PACKETS * round..PACKETS * (round + 1);
        for packet in packets.clone() {
            estimator.sent(at(packet), Seq(packet as u16), 1_200);
        }
        let news = packets.map(|packet| {
            let arrival = at(packet).since_epoch() + Duration::from_millis(60);
            (Seq(packet as u16), Some(arrival).filter(|_| !packet.is_multiple_of(33)))
        });
        estimator.feedback(at(PACKETS * (round + 1) + 120), news);
        estimator.bitrate()
    };
    let mut estimator = Estimator::new(EstimatorConfig::default()).expect("an estimator");
    for round in 0..60 {
        fed(&mut estimator, round);
    }
    assert!(estimator.bitrate() > 2_000_000 && estimator.queue_delay() == Duration::ZERO);
    let mut group = criterion.benchmark_group("moim-pace/estimator");
    group.throughput(Throughput::Elements(PACKETS));
    group.bench_function("moim/100", |bencher| {
        bencher.iter_batched_ref(
            || estimator.clone(),
            |estimator| black_box(fed(estimator, 60)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, queue, estimator);
criterion_main!(benches);
