//! Packets that are late, each by another amount: the delay follows, up and down.

use crate::call::{Call, in_order, ms};
use core::time::Duration;
use moim_netsim::{Episodes, Jitter, LinkConfig, Order, Reorder};
use moim_testkit::fake::{FakeConfig, Played};

fn path(jitter: Jitter) -> LinkConfig {
    LinkConfig { delay: ms(40), jitter, ..LinkConfig::default() }
}

#[test]
fn the_delay_covers_the_jitter_and_little_more() {
    for most in [20, 40, 80] {
        let mut call = Call::new(path(Jitter::Uniform { max: ms(most) }));
        call.run(ms(30_000));
        assert!(in_order(&call.frames()));
        let delay = call.mean_delay_after(ms(10_000));
        assert!(delay >= ms(most * 3 / 4) && delay <= ms(most + 45), "{most}: {delay:?}");
        let stats = call.playout.stats();
        assert!(stats.underrun + stats.concealed <= ms(600), "{most}: {stats:?}");
    }
}

#[test]
fn reordered_packets_are_heard_in_order() {
    let network = LinkConfig {
        delay: ms(40),
        reorder: Some(Reorder::by(0.2, ms(50))),
        order: Order::Free,
        ..LinkConfig::default()
    };
    let mut call = Call::new(network);
    call.run(ms(20_000));
    let frames = call.frames();
    assert!(in_order(&frames));
    let lost = call.count(|played| played == Played::Lost);
    assert!(frames.len() >= 950 && lost <= 40, "{} heard, {lost} concealed", frames.len());
}

#[test]
fn when_the_jitter_ends_the_delay_comes_down() {
    let mut call = Call::new(path(Jitter::Uniform { max: ms(100) }));
    call.run(ms(10_000));
    let before = call.playout.stats().delay;
    call.move_to(path(Jitter::None));
    call.run(ms(10_000));
    let after = call.mean_delay_after(ms(16_000));
    assert!(before >= ms(60) && after <= ms(50), "{before:?}, then {after:?}");
    assert!(call.playout.stats().removed > Duration::ZERO);
}

#[test]
fn a_step_up_is_followed_at_once_and_a_step_down_within_seconds() {
    let mut call = Call::new(path(Jitter::None));
    call.run(ms(5_000));
    call.move_to(LinkConfig { delay: ms(190), ..LinkConfig::default() });
    call.run(ms(5_000));
    let stats = call.playout.stats();
    assert!(stats.underrun + stats.concealed <= ms(220), "{stats:?}");
    assert_eq!(stats.jitter.shifts, 1);
    call.move_to(path(Jitter::None));
    call.run(ms(6_000));
    assert!(call.mean_delay_after(ms(13_000)) <= ms(60), "{:?}", call.mean_delay_after(ms(13_000)));
    assert!(in_order(&call.frames()));
}

#[test]
fn a_stall_leaves_no_delay_behind() {
    let stalls = Episodes { mean_quiet: ms(3_000), shortest: ms(150), longest: ms(300) };
    let mut call = Call::new(LinkConfig { stalls: Some(stalls), ..path(Jitter::None) });
    call.run(ms(60_000));
    assert!(in_order(&call.frames()));
    assert!(call.playout.stats().jitter.overdue > 20);
    assert!(call.mean_delay_after(ms(5_000)) <= ms(120), "{:?}", call.mean_delay_after(ms(5_000)));
}

#[test]
fn waiting_for_fec_is_learnt() {
    let network = LinkConfig { delay: ms(40), loss: moim_netsim::Loss::random(0.1), ..LinkConfig::default() };
    let mut call = Call::with(network, FakeConfig { fec: true, ..FakeConfig::default() });
    call.run(ms(20_000));
    let delay = call.mean_delay_after(ms(5_000));
    assert!((ms(20)..=ms(60)).contains(&delay), "{delay:?}");
}
