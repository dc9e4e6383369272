//! Two clocks that disagree for ten minutes.

use crate::call::{Call, in_order, ms};
use moim_netsim::{Jitter, LinkConfig};

#[test]
fn drift_either_way_neither_piles_up_nor_runs_dry() {
    for drift_ppm in [-300, 300] {
        let mut call = Call::new(LinkConfig { delay: ms(40), ..LinkConfig::default() });
        call.drift_ppm = drift_ppm;
        call.run(ms(600_000));
        let stats = call.playout.stats();
        assert!(in_order(&call.frames()), "{drift_ppm}");
        // 180 ms of drift in all: what is too much is left out, what is missing is waited for.
        assert!(call.worst_delay_after(ms(2_000)) <= ms(80), "{:?}", call.worst_delay_after(ms(2_000)));
        assert!(call.mean_delay_after(ms(2_000)) <= ms(50), "{:?}", call.mean_delay_after(ms(2_000)));
        assert!(stats.underrun <= ms(400), "{drift_ppm}: {:?}", stats.underrun);
        assert!(stats.concealed.is_zero());
        assert_eq!(stats.jitter.shifts, 0, "drift is no shift");
    }
}

#[test]
fn drift_under_jitter_is_followed_too() {
    for drift_ppm in [-300, 300] {
        let jitter = Jitter::Gamma { mean: ms(10), deviation: ms(10) };
        let mut call = Call::new(LinkConfig { delay: ms(40), jitter, ..LinkConfig::default() });
        call.drift_ppm = drift_ppm;
        call.run(ms(600_000));
        assert!(call.mean_delay_after(ms(300_000)) <= ms(110), "{:?}", call.mean_delay_after(ms(300_000)));
        let stats = call.playout.stats();
        assert!(stats.underrun + stats.concealed <= ms(12_000), "2 %: {stats:?}");
    }
}
