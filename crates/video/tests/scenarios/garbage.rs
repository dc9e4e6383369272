//! Packets that belong to no picture.

use crate::call::Scenario;
use crate::codec::{Format, Is, Strict, Units, packet, packets};
use moim_media::{ClockRate, Instant, MediaTime, SeqNo, Timestamp};
use moim_rtp::Packet;
use moim_video::{Inserted, VideoPlayout};

fn receiver() -> VideoPlayout<Strict> {
    VideoPlayout::new(Scenario::default().video, Box::new(Format), Strict::default()).unwrap()
}

fn time(number: u64) -> MediaTime {
    MediaTime::new(number * 3_600, ClockRate::HZ_90000)
}

#[test]
fn padding_breaks_nothing() {
    let (mut receiver, mut units, mut seq) = (receiver(), Units::default(), SeqNo::new(100));
    let mut shown = 0;
    for number in 0..50_u64 {
        let now = Instant::from_millis(1_000 + number * 40);
        let unit = units.make(if number == 0 { Is::Key } else { Is::Delta }, 3_000);
        for bytes in packets(&unit, seq, Timestamp(0), true) {
            let _ = receiver.insert(now, seq, time(number), &Packet::parse(&bytes).unwrap());
            seq = seq.next();
            // With the time of this picture, of the last one, or of none, inside of pictures and between them.
            let padding = packet(seq, Timestamp(0), false, &[]);
            let of = [number, number.saturating_sub(1), number + 1][(seq.get() % 3) as usize];
            let _ = receiver.insert(now, seq, time(of), &Packet::parse(&padding).unwrap());
            seq = seq.next();
        }
        while receiver.poll_picture(Instant::from_millis(1_039 + number * 40)).is_some() {
            shown += 1;
        }
    }
    assert!(shown >= 48, "{shown}");
    assert_eq!(receiver.stats().corrupt + receiver.stats().undecodable, 0, "{:?}", receiver.stats());
}

#[test]
fn strays_and_giants_are_refused() {
    let mut receiver = receiver();
    let key = Units::default().make(Is::Key, 100);
    let key = &packets(&key, SeqNo::new(1_000), Timestamp(0), true)[0];
    let key = Packet::parse(key).unwrap();
    let now = Instant::from_millis(1_000);
    assert_eq!(receiver.insert(now, SeqNo::new(1_000), time(0), &key), Inserted::Accepted);
    assert_eq!(receiver.insert(now, SeqNo::new(u64::MAX), time(0), &key), Inserted::Suspect);
    assert_eq!(receiver.insert(now, SeqNo::new(50_000), time(0), &key), Inserted::Suspect);
    assert_eq!(receiver.insert(now, SeqNo::new(1_000), time(0), &key), Inserted::Duplicate);
    let giant = packet(SeqNo::new(1_001), Timestamp(0), true, &[&[1; 1_488]]);
    assert_eq!(
        receiver.insert(now, SeqNo::new(1_001), time(0), &Packet::parse(&giant).unwrap()),
        Inserted::Accepted
    );
    let mut giant = giant;
    giant.extend([0; 20]);
    assert_eq!(
        receiver.insert(now, SeqNo::new(1_002), time(0), &Packet::parse(&giant).unwrap()),
        Inserted::TooLong
    );
    assert_eq!(receiver.stats().refused, 3);
}
