//! How soon after the network has changed the delay is what the network now needs: bounds that listeners notice.

use crate::call::{Call, PATH, in_order, ms};
use core::time::Duration;
use moim_netsim::{Jitter, LinkConfig};

/// A talker who draws breath: of every two seconds 400 ms are quiet.
fn talk(call: &mut Call, lasting: Duration) {
    let until = call.now + lasting;
    while call.now < until {
        let millis = call.now.since_epoch().as_millis() % 2_000;
        call.silent = millis >= 1_600;
        call.run(ms(10));
    }
}

fn clean() -> Call {
    Call::new(LinkConfig { delay: PATH, ..LinkConfig::default() })
}

/// The most that is heard late after `from`, over what an undisturbed path takes.
fn worst_lag(call: &Call, from: Duration) -> Duration {
    let lags: Vec<_> = call.lags_after(from).collect();
    assert!(lags.len() > 90, "a second of sound at least");
    // In the last two seconds 1.6 s are loud, and each frame ends once.
    let heard = call.truly_heard(lags.len().min(200));
    assert!(heard > lags.len().min(200) / 2, "what is said to be heard is heard: {heard} of {}", lags.len());
    lags.into_iter().max().unwrap_or_default()
}

#[test]
fn the_first_second_of_a_call_is_soon() {
    for jitter in
        [Jitter::None, Jitter::Uniform { max: ms(10) }, Jitter::Gamma { mean: ms(5), deviation: ms(5) }]
    {
        let mut call = Call::new(LinkConfig { delay: PATH, jitter, ..LinkConfig::default() });
        talk(&mut call, ms(1_060));
        let worst = worst_lag(&call, Duration::ZERO);
        assert!(worst <= ms(60), "{jitter:?}: {worst:?}");
    }
}

#[test]
fn a_step_of_80_ms_costs_no_more_than_110_after_three_seconds() {
    let mut call = clean();
    talk(&mut call, ms(8_000));
    call.held_for = ms(80);
    talk(&mut call, ms(10_000));
    let worst = worst_lag(&call, ms(11_000));
    assert!((ms(80)..=ms(110)).contains(&worst), "{worst:?}");
    assert!(in_order(&call.frames()));
    assert_eq!(call.playout.stats().concealed, Duration::ZERO, "nothing was lost");
}

#[test]
fn three_seconds_after_a_stall_of_700_ms_little_delay_is_left() {
    let mut call = clean();
    talk(&mut call, ms(8_000));
    call.held_until = call.now + ms(700);
    talk(&mut call, ms(10_000));
    let worst = worst_lag(&call, ms(11_700));
    assert!(worst < ms(100), "{worst:?}");
    assert!(in_order(&call.frames()));
}

#[test]
fn four_seconds_after_a_step_down_of_150_ms_the_delay_is_short_again_and_nobody_heard_it() {
    let mut call = clean();
    talk(&mut call, ms(6_000));
    call.held_for = ms(150);
    talk(&mut call, ms(8_000));
    let before = call.playout.stats();
    assert!(worst_lag(&call, ms(12_000)) >= ms(150));
    call.held_for = Duration::ZERO;
    talk(&mut call, ms(10_000));
    let (worst, after) = (worst_lag(&call, ms(18_000)), call.playout.stats());
    assert!(worst < ms(60), "{worst:?}");
    assert_eq!((after.concealed, after.underrun), (before.concealed, before.underrun));
    assert_eq!(after.jitter.overdue, before.jitter.overdue, "no frame was dropped");
    assert!(in_order(&call.frames()));
}
