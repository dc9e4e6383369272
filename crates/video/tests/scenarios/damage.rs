//! The decoder refuses a picture, or the payload is none.

use crate::call::Scenario;
use crate::codec::{Format, Is, Strict, Units, packet, packets};
use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime, SeqNo, Timestamp};
use moim_rtp::Packet;
use moim_video::{KeyFrameNeed, VideoPlayout};

/// Thirty pictures, of which the twenty-first is a key frame; `spoil` may spoil the packet of the eleventh. What
/// was shown, and when a key frame was asked for.
fn run(decoder: Strict, spoil: impl Fn(SeqNo) -> Option<Vec<u8>>) -> (Vec<u32>, Vec<(u64, KeyFrameNeed)>) {
    let mut receiver = VideoPlayout::new(Scenario::default().video, Box::new(Format), decoder).unwrap();
    let mut units = Units::default();
    let (mut shown, mut asked) = (Vec::new(), Vec::new());
    for number in 0..30_u64 {
        let (seq, now) = (SeqNo::new(number), Instant::from_millis(1_000 + number * 40));
        let time = MediaTime::new(number * 3_600, ClockRate::HZ_90000);
        let unit = units.make(if number % 20 == 0 { Is::Key } else { Is::Delta }, 400);
        let whole = packets(&unit, seq, Timestamp(0), true).remove(0);
        let bytes = spoil(seq).filter(|_| number == 10).unwrap_or(whole);
        let _ = receiver.insert(now, seq, time, &Packet::parse(&bytes).unwrap());
        let later = Instant::from_millis(1_039 + number * 40);
        while let Some(picture) = receiver.poll_picture(later) {
            shown.push(u32::from_be_bytes(*picture.access_unit[2..].first_chunk().unwrap()));
        }
        if let Some(need) = receiver.poll_key_frame_request(later, Duration::from_millis(50)) {
            asked.push((number, need));
        }
    }
    (shown, asked)
}

#[test]
fn after_a_refused_picture_only_a_key_frame_is_shown() {
    let (shown, asked) = run(Strict::refusing(10), |_| None);
    assert!(shown.starts_with(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 22]), "{shown:?}");
    assert_eq!(asked[0].1, KeyFrameNeed::Corrupt);
    assert!((10..=12).contains(&asked[0].0), "{asked:?}");
}

#[test]
fn a_payload_of_another_format_breaks_the_chain() {
    let (shown, asked) = run(Strict::default(), |seq| Some(packet(seq, Timestamp(0), true, &[&[9, 9, 9]])));
    assert!(shown.starts_with(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 22]), "{shown:?}");
    assert_eq!(asked[0].1, KeyFrameNeed::Corrupt);
}
