//! Wire numbers that wrap.

use crate::call::{Call, ms};
use moim_netsim::LinkConfig;
use moim_testkit::fake::Played;

#[test]
fn neither_number_is_noticed_when_it_wraps() {
    for (seq, time) in
        [(65_500, 5_000), (1_000, u32::MAX - 48_000), (65_535, u32::MAX), (65_486, u32::MAX - 960)]
    {
        let mut call = Call::new(LinkConfig { delay: ms(40), ..LinkConfig::default() });
        (call.seq, call.time) = (seq, time);
        call.run(ms(5_000));
        let frames = call.frames();
        assert!(frames.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seq} {time}");
        assert!(frames.len() > 240 && call.count(|played| played == Played::Lost) == 0, "{seq} {time}");
    }
}
