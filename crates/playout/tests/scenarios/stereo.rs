//! Two channels, and other rates.

use crate::call::{Call, in_order, ms};
use moim_media::{AudioFormat, ClockRate};
use moim_netsim::{Jitter, LinkConfig, Loss};
use moim_testkit::fake::FakeConfig;

#[test]
fn channels_stay_together_whatever_is_cut_and_joined() {
    for rate in [8_000, 16_000, 44_100, 48_000] {
        let format = AudioFormat::new(ClockRate::new(rate).unwrap(), 2).unwrap();
        let network = LinkConfig {
            delay: ms(40),
            jitter: Jitter::Gamma { mean: ms(20), deviation: ms(20) },
            loss: Loss::random(0.05),
            ..LinkConfig::default()
        };
        let mut call = Call::with(network, FakeConfig { format, fec: true, ..FakeConfig::default() });
        call.run(ms(20_000));
        assert!(in_order(&call.frames()));
        let stats = call.playout.stats();
        assert!(!stats.from_fec.is_zero() && !stats.underrun.is_zero(), "{rate}: {stats:?}");
        // The fake codec plays the same on both channels.
        assert!(call.heard.chunks_exact(2).all(|frame| (frame[0] - frame[1]).abs() < 1e-6), "{rate}");
    }
}

#[test]
fn channels_stay_where_they_are_whatever_room_there_is() {
    let format = AudioFormat::new(ClockRate::HZ_48000, 2).unwrap();
    let codec = FakeConfig { format, ..FakeConfig::default() };
    let [mut odd, mut even] = [0, 1].map(|_| Call::with(LinkConfig::default(), codec.clone()));
    odd.run(ms(1_000));
    even.run(ms(1_000));
    let (mut some, mut more) = ([f32::NAN; 481], [f32::NAN; 480]);
    for _ in 0..10 {
        assert_eq!(odd.playout.pull(odd.now, &mut some), even.playout.pull(even.now, &mut more));
        assert_eq!((&some[..480], some[480]), (&more[..], 0.0));
    }
    assert_eq!(odd.playout.stats(), even.playout.stats());
}
