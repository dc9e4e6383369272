//! The sender begins again with other numbers.

use crate::call::{Call, ms};
use moim_netsim::{Jitter, LinkConfig};
use moim_playout::{Inserted, Produced};

#[test]
fn a_sender_that_starts_afresh_is_followed() {
    let mut call = Call::new(LinkConfig { delay: ms(40), ..LinkConfig::default() });
    for round in 1..=5_u16 {
        call.run(ms(3_000));
        call.seq = call.seq.wrapping_add(round * 7_777);
        call.time = call.time.wrapping_add(u32::from(round) * 700_000_007);
    }
    call.run(ms(3_000));
    let restarts = call.inserted.iter().filter(|inserted| **inserted == Inserted::Restarted).count();
    assert_eq!((restarts as u64, call.playout.stats().jitter.restarts), (5, 5));
    let (heard, all) = (call.frames().len(), call.inserted.len());
    assert!(heard + 5 * 4 >= all, "{heard} of {all}");
    let sounding = call.pulls.iter().filter(|pull| pull.produced == Produced::Decoded).count();
    assert!(sounding >= call.pulls.len() - 5 * 15 - 10, "{sounding} of {}", call.pulls.len());
    assert!(call.mean_delay_after(ms(2_000)) <= ms(60), "{:?}", call.mean_delay_after(ms(2_000)));
}

#[test]
fn a_jump_of_the_timestamp_alone_is_survived() {
    for jump in [-400_000_i32, -48_000, -9_600, 9_600, 48_000, 400_000, 4_000_000] {
        let mut call = Call::new(LinkConfig { delay: ms(40), ..LinkConfig::default() });
        call.run(ms(5_000));
        call.time = call.time.wrapping_add_signed(jump);
        call.run(ms(10_000));
        assert!(call.after(ms(8_000)).all(|pull| pull.produced == Produced::Decoded), "{jump}");
        let delay = call.playout.stats().delay;
        assert!(delay <= ms(60), "{jump}: {delay:?}");
    }
}

#[test]
fn first_packets_of_another_time_are_soon_forgotten() {
    for (packets, jump) in [1, 3, 10].into_iter().flat_map(|packets| {
        [-200_000, -40_000, -12_000, 12_000, 40_000, 200_000].map(|jump: i32| (packets, jump))
    }) {
        let jitter = Jitter::Gamma { mean: ms(15), deviation: ms(15) };
        let mut call = Call::new(LinkConfig { delay: ms(40), jitter, ..LinkConfig::default() });
        call.run(ms(20 * packets));
        call.time = call.time.wrapping_add_signed(jump);
        call.run(ms(15_000));
        let stats = call.playout.stats();
        // What claims to be sound of before is not played: up to 833 ms of it.
        assert!(stats.underrun <= ms(1_000), "{packets} packets, {jump}: {stats:?}");
        assert!(stats.delay <= ms(150), "{packets} packets, {jump}: {stats:?}");
    }
}
