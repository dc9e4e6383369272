//! Laws of `moim-media`.

use arbitrary::Unstructured;
use moim_media::{ClockRate, Seq, Timestamp, Unwrap};

/// Whatever arrives, the wire's bits survive unwrapping; and a stream with ordinary gaps and reordering comes out
/// as its true 64-bit numbers, however often it wraps and whatever stray packets fall between.
pub fn unwrap(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut unwrap = Unwrap::new(ClockRate::HZ_48000);
    let Ok(start) = input.arbitrary::<u16>() else { return };
    let mut truth = u64::from(start);
    let cycle = unwrap.seq(Seq(start)).get() - truth;
    let mut stray_last = false;
    while !input.is_empty() {
        let Ok(step) = input.arbitrary::<u8>() else { return };
        if step >= 250 && !stray_last {
            let Ok(stray) = input.arbitrary::<u16>() else { return };
            assert_eq!(unwrap.seq(Seq(stray)).wire(), Seq(stray));
            let time = unwrap.time(Timestamp(u32::from(stray) << 16));
            assert_eq!(time.ticks() & 0xffff_ffff, u64::from(stray) << 16);
            stray_last = true;
            // A stray that looks like the stream's own next packet is one; it moves the reference, not the law.
            continue;
        }
        stray_last = false;
        truth += u64::from(step);
        let late = truth.saturating_sub(u64::from(step / 2));
        assert_eq!(unwrap.seq(Seq(truth as u16)).get(), truth + cycle);
        if late >= u64::from(start) {
            assert_eq!(unwrap.seq(Seq(late as u16)).get(), late + cycle);
        }
    }
}
