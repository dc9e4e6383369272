//! Once sound and pictures flow, a call allocates nothing, whatever the network does.

mod pair;

use core::time::Duration;
use moim_call::CallConfig;
use moim_media::VideoSize;
use moim_netsim::{Jitter, LinkConfig, Loss};
use moim_testkit::alloc::Counting;
use moim_video::VideoConfig;
use pair::{Pair, party_with_camera};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn link() -> LinkConfig {
    let jitter = Jitter::Gamma { mean: Duration::from_millis(20), deviation: Duration::from_millis(20) };
    LinkConfig {
        loss: Loss::gilbert(0.1, 2.5),
        jitter,
        delay: Duration::from_millis(30),
        ..LinkConfig::default()
    }
}

fn assert_allocates_nothing(mut pair: Pair, warm_up: Duration) -> Pair {
    pair.run(warm_up);
    let allocations = Counting::count(|| pair.run(Duration::from_secs(10)));
    assert_eq!(allocations.count, 0, "{allocations:?}");
    pair
}

#[test]
fn ten_seconds_of_voice_under_loss_allocate_nothing() {
    let pair = assert_allocates_nothing(Pair::over(link(), 1), Duration::from_secs(2));
    assert!(pair.a.call.stats().playout.concealed > Duration::ZERO, "the network was too kind to tell");
}

#[test]
fn ten_seconds_of_pictures_under_loss_allocate_nothing() {
    let size = VideoSize::new(320, 180).unwrap();
    let party = |seed| {
        // The receiver expects pictures of this size, and the sender keeps to it.
        let config = CallConfig { seed, picture_bitrate: 300_000..=1_000_000, ..CallConfig::default() };
        party_with_camera(config, VideoConfig { size, ..VideoConfig::default() }, size)
    };
    let mut pair = Pair::over(link(), 2);
    (pair.a, pair.b) = (party(1), party(2));
    let pair = assert_allocates_nothing(pair, Duration::from_secs(5));
    let received = pair.a.call.stats().picture.expect("it has a picture").received;
    assert!(received.repaired > 20 && received.shown > 200, "{received:?}");
}
