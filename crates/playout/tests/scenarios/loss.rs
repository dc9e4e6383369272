//! Packets that never come.

use crate::call::{Call, in_order, ms};
use moim_netsim::{LinkConfig, Loss};
use moim_playout::Produced;
use moim_testkit::fake::{FakeConfig, Played};

fn lossy(loss: Loss) -> LinkConfig {
    LinkConfig { delay: ms(40), loss, ..LinkConfig::default() }
}

#[test]
fn single_losses_are_heard_from_the_copy_in_the_next_packet() {
    let codec = FakeConfig { fec: true, ..FakeConfig::default() };
    let mut call = Call::with(lossy(Loss::Bursts { rate: 0.1, shortest: 1, longest: 1 }), codec);
    call.run(ms(30_000));
    let frames = call.frames();
    assert!(in_order(&frames));
    let repaired = call.count(|played| matches!(played, Played::Fec(_)));
    let lost = call.link.stats().lost as usize;
    assert!(repaired * 10 >= lost * 9, "{repaired} of {lost}");
    assert!(call.pulls.iter().any(|pull| pull.produced == Produced::Repaired));
    let span = (frames.last().unwrap() - frames[0]) as usize + 1;
    assert!(frames.len() * 100 >= span * 99, "{} of {span}", frames.len());
}

#[test]
fn what_has_no_copy_is_concealed_and_takes_no_longer() {
    let mut call = Call::new(lossy(Loss::random(0.1)));
    call.run(ms(30_000));
    let stats = call.playout.stats();
    let lost = call.link.stats().lost * 20;
    let made_up = (stats.concealed + stats.underrun).as_millis() as u64;
    assert!(made_up.abs_diff(lost) <= lost / 10, "{made_up} ms for {lost} ms");
    assert!(call.worst_delay_after(ms(2_000)) <= ms(70), "{:?}", call.worst_delay_after(ms(2_000)));
    assert!(in_order(&call.frames()));
}

#[test]
fn of_a_burst_the_copy_saves_the_last_frame() {
    let codec = FakeConfig { fec: true, ..FakeConfig::default() };
    let mut call = Call::with(lossy(Loss::Bursts { rate: 0.05, shortest: 3, longest: 3 }), codec);
    call.run(ms(30_000));
    let bursts = call.link.stats().lost as usize / 3;
    let repaired = call.count(|played| matches!(played, Played::Fec(_)));
    assert!(repaired * 10 >= bursts * 8, "{repaired} of {bursts}");
    assert!(in_order(&call.frames()));
}

#[test]
fn a_duplicate_is_heard_once() {
    let mut call = Call::new(LinkConfig { duplicate: 0.5, ..lossy(Loss::None) });
    call.run(ms(10_000));
    assert!(in_order(&call.frames()));
    assert!(call.playout.stats().jitter.duplicates > 200);
}

#[test]
fn deep_redundancy_rebuilds_bursts_once_the_delay_has_grown() {
    let codec = FakeConfig { fec: true, redundancy: 5, ..FakeConfig::default() };
    let mut call = Call::with(lossy(Loss::Bursts { rate: 0.1, shortest: 3, longest: 3 }), codec);
    call.run(ms(60_000));
    let lost = call.link.stats().lost as usize;
    let rebuilt = call.count(|played| matches!(played, Played::Redundant(_) | Played::Fec(_)));
    assert!(rebuilt * 10 >= lost * 8, "{rebuilt} of {lost}");
    let stats = call.playout.stats();
    assert!(stats.from_redundancy > stats.from_fec, "{stats:?}");
    assert!(call.worst_delay_after(ms(20_000)) < ms(150), "{:?}", call.worst_delay_after(ms(20_000)));
}
