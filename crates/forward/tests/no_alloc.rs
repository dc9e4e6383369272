//! Once every source is known, nothing that happens per packet allocates.

use core::time::Duration;
use moim_forward::{DominantSpeaker, Loudest, Numbering};
use moim_media::{ClockRate, Instant, SeqNo, Timestamp};
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PEOPLE: u64 = 12;

#[test]
fn ten_seconds_of_a_meeting_allocate_nothing() {
    let (mut speakers, mut loudest) = (DominantSpeaker::new(), Loudest::new(3));
    let mut numbering = Numbering::new(ClockRate::HZ_48000);
    let (mut now, mut changes, mut through) = (Instant::EPOCH, 0, 0);
    let mut run = |packets: std::ops::Range<u64>| {
        for packet in packets {
            now += Duration::from_millis(20);
            for who in 0..PEOPLE {
                let level = if packet / 100 % PEOPLE == who { 20 + (packet % 8) as u8 } else { 90 };
                speakers.heard(now, who, level);
                let _ = loudest.heard(now, who, level);
            }
            changes += u64::from(speakers.handle_timeout(now));
            match packet % 50 {
                0 => numbering.switch(),
                7 | 8 => numbering.leave_out(SeqNo::new(packet)),
                _ => {}
            }
            let sent = numbering.forward(now, SeqNo::new(packet), Timestamp(960 * packet as u32));
            through += u64::from(sent.is_some());
            let _ = sent.and_then(|(number, _)| numbering.source_of(number));
        }
        (changes, through)
    };
    let _ = run(0..50);
    let mut told = (0, 0);
    let counted = Counting::count(|| told = run(50..550));
    assert!(told.0 >= 4 && told.1 > 500, "{told:?}");
    assert_eq!(counted, Allocations::default());
}
