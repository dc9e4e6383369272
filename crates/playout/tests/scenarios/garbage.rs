//! Packets that are none.

use crate::call::{Call, in_order, ms};
use moim_media::codec::CodecError;
use moim_media::{ClockRate, MediaTime, SeqNo};
use moim_netsim::LinkConfig;
use moim_testkit::fake::Played;

#[test]
fn garbage_is_refused_and_harms_nothing() {
    let mut call = Call::new(LinkConfig::default());
    for round in 0..200_u64 {
        call.run(ms(20));
        let time = MediaTime::new(round << 20, ClockRate::HZ_48000);
        let noise: Vec<u8> =
            (0..round).map(|byte| (byte * round * 31 % 251) as u8).filter(|b| *b < 0xfa).collect();
        let refused = call.playout.insert(call.now, SeqNo::new(round), time, &noise);
        assert_eq!(refused, Err(CodecError::Corrupt));
    }
    assert_eq!(call.playout.stats().corrupt, 200);
    assert!(in_order(&call.frames()));
    assert_eq!(call.count(|played| played == Played::Lost), 0);
}
