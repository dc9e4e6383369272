//! After the header is written, nothing allocates.

use core::time::Duration;
use material::{DELTA, KEY};
use moim_record::{Mp4Config, Mp4Writer, Recorded};
use moim_testkit::alloc::{Allocations, Counting};
use std::io;

mod material;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Twenty milliseconds: a packet, and each second time a picture. Now and then nothing comes.
fn step(writer: &mut Mp4Writer<io::Sink>, step: u64) {
    let at = Duration::from_millis(20 * step);
    let packet = [0xf8; 120];
    if step % 17 != 3 {
        writer.sound(at, &packet[..step as usize % 60 + 60]).unwrap();
    }
    if step.is_multiple_of(2) && !(200..330).contains(&step) {
        let unit = if step.is_multiple_of(70) { KEY } else { DELTA };
        assert_eq!(writer.picture(at, unit).unwrap(), Recorded::Kept);
    }
    writer.advance(at).unwrap();
}

#[test]
fn ten_seconds_of_gaps_and_standing_pictures_allocate_nothing() {
    let mut writer = Mp4Writer::new(io::sink(), Mp4Config::default()).unwrap();
    (0..60).for_each(|number| step(&mut writer, number));
    let counted = Counting::count(|| (60..560).for_each(|number| step(&mut writer, number)));
    assert_eq!(counted, Allocations::default());
}
