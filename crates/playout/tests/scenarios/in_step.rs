//! Another stream demands a longer delay: it is reached without a break, and given back.

use crate::call::{Call, ms};
use core::time::Duration;
use moim_netsim::LinkConfig;
use moim_playout::Produced;

fn talk(call: &mut Call, phrases: usize) {
    for _ in 0..phrases {
        call.silent = false;
        call.run(ms(1_600));
        call.silent = true;
        call.run(ms(400));
    }
}

#[test]
fn a_demanded_delay_is_reached_in_pauses_and_given_back() {
    let mut call = Call::new(LinkConfig { delay: ms(40), ..LinkConfig::default() });
    talk(&mut call, 3);
    let before = call.playout.stats();
    assert!(before.delay <= ms(40), "{before:?}");
    call.playout.set_min_delay(ms(180));
    talk(&mut call, 3);
    let during = call.playout.stats();
    assert!((ms(170)..=ms(200)).contains(&during.delay), "{during:?}");
    assert!(during.wanted <= ms(40) && during.target >= ms(180), "{during:?}");
    assert_eq!(during.underrun, before.underrun, "nothing ran dry on the way");
    call.playout.set_min_delay(Duration::ZERO);
    talk(&mut call, 4);
    assert!(call.playout.stats().delay <= ms(50), "{:?}", call.playout.stats());
    assert!(call.after(ms(500)).all(|pull| pull.produced <= Produced::Silence));
}

#[test]
fn a_stream_that_begins_under_a_demand_begins_with_that_delay() {
    let mut call = Call::new(LinkConfig { delay: ms(40), ..LinkConfig::default() });
    call.playout.set_min_delay(ms(150));
    call.run(ms(1_000));
    let delay = call.playout.stats().delay;
    assert!((ms(140)..=ms(170)).contains(&delay), "{delay:?}");
    call.playout.set_min_delay(Duration::MAX);
    call.run(ms(1_000));
    assert!(call.playout.stats().target <= Duration::from_millis(1_010), "a demand has its limit");
}

#[test]
fn what_is_heard_now_is_known() {
    let mut call = Call::new(LinkConfig { delay: ms(40), ..LinkConfig::default() });
    assert_eq!(call.playout.playing(call.now), None);
    call.run(ms(3_000));
    let heard = call.playout.playing(call.now).expect("a stream is playing");
    // The sender's first frame was complete, and stamped with its beginning, 3 ms after the epoch of the call.
    let captured = Duration::from_micros((heard.ticks() - (1 << 32) - 5_000) * 1_000 / 48);
    let mouth_to_ear = call.now.since(moim_media::Instant::from_millis(1_003 - 20)) - captured;
    let expected = ms(40) + ms(20) + call.playout.stats().delay;
    assert!(mouth_to_ear.abs_diff(expected) <= ms(1), "{mouth_to_ear:?}, expected {expected:?}");
}
