//! After one second of a call, ten more over every model at once allocate nothing.

use core::time::Duration;
use moim_media::Instant;
use moim_netsim::{
    Bottleneck, Capacity, Episodes, Jitter, JitterBursts, LinkConfig, Loss, Network, Order, QueueLimit,
    Reorder, Side, Trace,
};
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn config() -> LinkConfig {
    let ms = Duration::from_millis;
    let trace = Trace::parse("0,200\n1,40,80,0.05\n2,0").unwrap();
    let spells = Episodes { mean_quiet: ms(800), shortest: ms(50), longest: ms(200) };
    LinkConfig {
        bottleneck: Some(Bottleneck { capacity: Capacity::Trace(trace), queue: QueueLimit::Bytes(3_000) }),
        loss: Loss::gilbert(0.05, 2.0),
        duplicate: 0.1,
        delay: ms(60),
        jitter: Jitter::Gamma { mean: ms(15), deviation: ms(10) },
        bursts: Some(JitterBursts { when: spells, jitter: Jitter::Uniform { max: ms(80) } }),
        stalls: Some(spells),
        order: Order::Free,
        reorder: Some(Reorder::by(0.02, ms(50))),
        max_packets: 200,
    }
}

#[test]
fn ten_seconds_over_every_model_allocate_nothing() {
    let mut network = Network::new(config(), config(), 1).unwrap();
    let mut now = Instant::EPOCH;
    let mut arrived = 0;
    let mut play = |packets: usize| {
        for _ in 0..packets {
            now += Duration::from_millis(20);
            for side in Side::BOTH {
                network.send(now, side, 120, [0_u8; 92]);
                arrived += core::iter::from_fn(|| network.poll(now, side)).count();
            }
        }
    };
    play(50);
    assert_eq!(Counting::count(|| play(500)), Allocations::default());
    assert!(arrived > 400, "{arrived}");
    let stats = network.link_from(Side::A).stats();
    assert!(
        stats.lost > 0 && stats.queue_full > 0 && stats.duplicated > 0 && stats.reordered > 0,
        "{stats:?}"
    );
}
