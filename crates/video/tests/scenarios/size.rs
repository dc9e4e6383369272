//! The pictures become larger.

use crate::call::Scenario;
use crate::codec::{Format, Is, SIZES, Strict, Units, packets};
use moim_media::{ClockRate, Instant, MediaTime, SeqNo, Timestamp};
use moim_rtp::Packet;
use moim_video::{VideoConfig, VideoPlayout};

#[test]
fn another_size_is_another_pool() {
    let config = VideoConfig { frames: 2, ..Scenario::default().video };
    let mut receiver = VideoPlayout::new(config, Box::new(Format), Strict::default()).unwrap();
    let mut units = Units::default();
    let mut sizes = Vec::new();
    for number in 0..20_u64 {
        units.large = number >= 10;
        let unit = units.make(if number % 10 == 0 { Is::Key } else { Is::Delta }, 500);
        let now = Instant::from_millis(1_000 + number * 40);
        let time = MediaTime::new(number * 3_600, ClockRate::HZ_90000);
        for packet in packets(&unit, SeqNo::new(number), Timestamp(number as u32 * 3_600), true) {
            let _ = receiver.insert(now, SeqNo::new(number), time, &Packet::parse(&packet).unwrap());
        }
        while let Some(picture) = receiver.poll_picture(Instant::from_millis(1_039 + number * 40)) {
            sizes.push(picture.frame.size());
        }
    }
    assert_eq!(sizes.iter().filter(|&&size| size == SIZES[0]).count(), 10);
    assert!(sizes.iter().filter(|&&size| size == SIZES[1]).count() >= 9);
    assert_eq!(receiver.stats().pool_exhausted, 0);
}

#[test]
fn a_caller_that_keeps_every_picture_is_told() {
    let config = VideoConfig { frames: 2, ..Scenario::default().video };
    let mut receiver = VideoPlayout::new(config, Box::new(Format), Strict::default()).unwrap();
    let (mut units, mut kept) = (Units::default(), Vec::new());
    for number in 0..10_u64 {
        let unit = units.make(if number == 0 { Is::Key } else { Is::Delta }, 500);
        let now = Instant::from_millis(1_000 + number * 40);
        let time = MediaTime::new(number * 3_600, ClockRate::HZ_90000);
        let packet = &packets(&unit, SeqNo::new(number), Timestamp(0), true)[0];
        let _ = receiver.insert(now, SeqNo::new(number), time, &Packet::parse(packet).unwrap());
        while let Some(picture) = receiver.poll_picture(now) {
            kept.push(picture.frame);
        }
    }
    while let Some(picture) = receiver.poll_picture(Instant::from_millis(5_000)) {
        kept.push(picture.frame);
    }
    // The chain goes on without being seen.
    assert_eq!((kept.len(), receiver.stats().pool_exhausted, receiver.stats().corrupt), (2, 8, 0));
}
