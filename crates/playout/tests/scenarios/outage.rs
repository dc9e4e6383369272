//! Nothing comes for seconds.

use crate::call::{Call, STEP, in_order, ms};
use moim_netsim::{Episodes, LinkConfig};
use moim_playout::Produced;

#[test]
fn an_outage_fades_into_silence_and_ends_at_once() {
    let mut call = Call::new(LinkConfig { delay: ms(40), ..LinkConfig::default() });
    call.run(ms(5_000));
    call.gone = true;
    call.run(ms(10_000));
    assert_eq!(call.pulls.last().unwrap().produced, Produced::Idle);
    assert!(call.heard[call.heard.len() - 480..].iter().all(|sample| *sample == 0.0));
    call.gone = false;
    call.run(ms(5_000));
    assert!(call.after(ms(15_200)).all(|pull| pull.produced == Produced::Decoded));
    assert!(call.mean_delay_after(ms(16_000)) <= ms(50), "{:?}", call.mean_delay_after(ms(16_000)));
    assert!(in_order(&call.frames()));
}

#[test]
fn what_an_outage_held_back_is_not_replayed() {
    let stalls = Episodes { mean_quiet: ms(8_000), shortest: ms(3_000), longest: ms(3_000) };
    let mut call = Call::new(LinkConfig { delay: ms(40), stalls: Some(stalls), ..LinkConfig::default() });
    call.run(ms(60_000));
    assert!(in_order(&call.frames()));
    assert!(call.worst_delay_after(ms(2_000)) <= ms(1_200), "{:?}", call.worst_delay_after(ms(2_000)));
    assert!(call.mean_delay_after(ms(2_000)) <= ms(400), "{:?}", call.mean_delay_after(ms(2_000)));
}

#[test]
fn a_loudspeaker_that_stood_still_comes_back_to_the_present() {
    let mut call = Call::new(LinkConfig { delay: ms(40), ..LinkConfig::default() });
    call.run(ms(5_000));
    for lost_time in [500, 3_000, 30_000] {
        call.now += ms(lost_time);
        call.run(ms(8_000));
        let stats = call.playout.stats();
        assert!(stats.delay <= ms(100), "after {lost_time} ms: {stats:?}");
    }
    assert!(in_order(&call.frames()));
}

#[test]
fn what_piled_up_is_not_decoded_all_at_once() {
    let mut call = Call::new(LinkConfig { delay: ms(40), ..LinkConfig::default() });
    call.run(ms(5_000));
    call.held_until = call.now + ms(4_000);
    let mut most = 0;
    for _ in 0..600 {
        let before = call.routes().len();
        call.run(STEP);
        most = most.max(call.routes().len() - before);
    }
    assert!(call.playout.stats().jitter.overdue >= 190, "{:?}", call.playout.stats());
    // Half a second of it, and what is played.
    assert!((20..=28).contains(&most), "{most}");
    assert_eq!(call.pulls.last().unwrap().produced, Produced::Decoded);
}
