//! A sender that sends nothing while nobody speaks.

use crate::call::{Call, in_order, ms};
use moim_netsim::{Jitter, LinkConfig};
use moim_playout::Produced;
use moim_testkit::fake::FakeConfig;

fn talk_and_pause(network: LinkConfig, pause: u64) -> Call {
    let mut call = Call::with(network, FakeConfig { dtx: true, ..FakeConfig::default() });
    for _ in 0..10 {
        call.silent = false;
        call.run(ms(1_000));
        call.silent = true;
        call.run(ms(pause));
    }
    call
}

#[test]
fn pauses_are_comfort_noise_and_no_loss() {
    let call = talk_and_pause(LinkConfig { delay: ms(40), ..LinkConfig::default() }, 900);
    let stats = call.playout.stats();
    assert!(in_order(&call.frames()));
    assert!(stats.silence >= ms(7_000), "{:?}", stats.silence);
    assert!(stats.underrun + stats.concealed <= ms(20), "{stats:?}");
    assert!(call.worst_delay_after(ms(500)) <= ms(60), "a silence is no delay");
    assert!(call.pulls.iter().any(|pull| pull.produced == Produced::Silence));
}

#[test]
fn every_talk_spurt_is_heard_whole_under_jitter() {
    let jitter = Jitter::Uniform { max: ms(40) };
    let call = talk_and_pause(LinkConfig { delay: ms(40), jitter, ..LinkConfig::default() }, 900);
    let frames = call.frames();
    assert!(in_order(&frames));
    // 50 frames of speech and five of hangover in each of ten spurts.
    assert!(frames.len() >= 10 * 54, "{}", frames.len());
    assert!(call.playout.stats().underrun <= ms(300), "{:?}", call.playout.stats().underrun);
}

#[test]
fn a_silence_too_long_to_believe_ends_and_the_next_spurt_begins_anew() {
    let call = talk_and_pause(LinkConfig { delay: ms(40), ..LinkConfig::default() }, 6_000);
    assert!(call.pulls.iter().any(|pull| pull.produced == Produced::Idle));
    assert!(call.frames().len() >= 10 * 54, "{}", call.frames().len());
    assert!(call.worst_delay_after(ms(500)) <= ms(60), "{:?}", call.worst_delay_after(ms(500)));
}
