//! On a perfect path every frame is heard, from its own packet, soon.

use crate::call::{Call, in_order, ms};
use core::time::Duration;
use moim_media::{AudioFormat, ClockRate, Instant};
use moim_netsim::LinkConfig;
use moim_playout::{Playout, PlayoutConfig, PlayoutError, Produced};
use moim_testkit::fake::{FakeConfig, FakeDecoder, Played};

#[test]
fn every_frame_is_heard_soon() {
    for frame in [Duration::from_micros(2_500), ms(5), ms(10), ms(20), ms(40), ms(60), ms(120)] {
        let codec = FakeConfig { frame, ..FakeConfig::default() };
        let mut call = Call::with(LinkConfig { delay: ms(40), ..LinkConfig::default() }, codec);
        call.run(ms(10_000));
        let frames = call.frames();
        assert!(frames.windows(2).all(|pair| pair[1] == pair[0] + 1), "{frame:?}");
        assert_eq!(call.count(|played| played == Played::Lost), 0, "{frame:?}");
        // What the first packet waited: speech is not touched for so little.
        assert!(
            call.mean_delay_after(ms(3_000)) <= ms(40),
            "{frame:?}: {:?}",
            call.mean_delay_after(ms(3_000))
        );
        assert!(call.after(ms(400)).all(|pull| pull.produced == Produced::Decoded), "{frame:?}");
    }
}

#[test]
fn before_the_first_packet_there_are_zeros() {
    let mut call = Call::new(LinkConfig { delay: ms(500), ..LinkConfig::default() });
    call.run(ms(400));
    assert!(call.pulls.iter().all(|pull| pull.produced == Produced::Idle));
    assert!(call.heard.iter().all(|sample| *sample == 0.0));
}

#[test]
fn any_amount_of_sound_can_be_pulled() {
    let mut call = Call::new(LinkConfig::default());
    call.run(ms(500));
    for samples in [0, 1, 7, 479, 481, 4_800, 48_000] {
        let mut out = vec![f32::NAN; samples];
        let _ = call.playout.pull(call.now, &mut out);
        assert!(out.iter().all(|sample| sample.is_finite()), "{samples}");
    }
    assert!(in_order(&call.frames()));
}

#[test]
fn a_rate_that_nobody_plays_is_refused_and_every_other_plays() {
    let receiver = |hertz| {
        let format = AudioFormat::new(ClockRate::new(hertz).unwrap(), 2).unwrap();
        Playout::new(PlayoutConfig::default(), FakeDecoder::new(format))
    };
    for hertz in [1, 49, 999, 768_001, u32::MAX] {
        assert_eq!(receiver(hertz).err(), Some(PlayoutError::SampleRate { hertz }));
    }
    for hertz in [1_000, 11_025, 768_000] {
        let mut out = [f32::NAN; 200];
        assert_eq!(receiver(hertz).unwrap().pull(Instant::EPOCH, &mut out), Produced::Idle);
        assert_eq!(out, [0.0; 200]);
    }
}
