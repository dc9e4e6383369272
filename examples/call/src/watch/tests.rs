use super::*;
use crate::report::contact_sheet::ContactSheet;
use moim_h264::{Encoder, EncoderConfig};
use moim_media::codec::{AudioEncoder, Encoded, EncodedVideo, FrameKind, VideoEncoder};
use moim_media::{ClockRate, MediaTime, VideoSize};
use moim_opus::EncoderConfig as OpusConfig;
use moim_record::{Mp4Config, Mp4Writer, Recorded, SoundConfig};
use moim_simd::Cpu;
use moim_testkit::talker::Talker;

const SIZE: VideoSize = VideoSize::new(320, 180).unwrap();
const LENGTH: Duration = Duration::from_secs(4);
/// In that time.
const PICTURES: u32 = 120;
/// Until everything sent was shown.
const END: Duration = Duration::from_millis(4_400);
const SOUND_DELAY: Duration = Duration::from_millis(100);

/// What a network and a receiver made of a call: from number and time of a picture to when it was shown.
type Course<'a> = &'a dyn Fn(u32, Duration) -> Option<Duration>;

fn camera() -> Camera {
    Camera::scene(SIZE, 1)
}

fn encoder(bitrate: u32) -> Encoder {
    Encoder::new(EncoderConfig { bitrate, ..EncoderConfig::default() }).expect("a valid configuration")
}

fn writer() -> Mp4Writer<Vec<u8>> {
    let config =
        Mp4Config { picture: Some(SIZE), sound: Some(SoundConfig::default()), ..Mp4Config::default() };
    Mp4Writer::new(Vec::new(), config).expect("a valid configuration")
}

/// The pictures of a call, as they were sent and as they were seen; after some that were not shown comes a key frame.
fn film(
    sent: &mut Mp4Writer<Vec<u8>>,
    seen: &mut Mp4Writer<Vec<u8>>,
    bitrates: [u32; 2],
    course: Course<'_>,
) {
    let (mut camera, mut pool) = (camera(), FramePool::new(SIZE, 1));
    let mut encoders = bitrates.map(encoder);
    let mut kind = FrameKind::Key;
    for id in 0..PICTURES {
        let time = camera.due(id);
        let frame = camera.take(Stamp { id, time }, &mut pool).expect("a scene").expect("room");
        let shown = course(id, time);
        if shown.is_some() && id > 0 && course(id - 1, camera.due(id - 1)).is_none() {
            kind = FrameKind::Key;
        }
        let ticks = MediaTime::new(ClockRate::HZ_90000.ticks(time), ClockRate::HZ_90000);
        let units = encoders.each_mut().map(|encoder| {
            let mut unit = Vec::new();
            let encoded = encoder.encode(&frame, ticks, kind, &mut unit).expect("encoded");
            assert!(matches!(encoded, EncodedVideo::AccessUnit(_)), "picture {id} is skipped");
            unit
        });
        kind = FrameKind::Delta;
        assert_eq!(sent.picture(time, &units[0]).expect("recorded"), Recorded::Kept);
        if let Some(shown) = shown {
            assert_eq!(seen.picture(shown, &units[1]).expect("recorded"), Recorded::Kept);
        }
    }
}

fn talk(sent: &mut Mp4Writer<Vec<u8>>, seen: &mut Mp4Writer<Vec<u8>>) {
    let mut talker = Talker::new(1, ClockRate::HZ_48000);
    let mut encoder = moim_opus::Encoder::new(OpusConfig::default()).expect("a valid configuration");
    let (mut pcm, mut packet) = (vec![0.0; AudioFormat::VOICE.samples(encoder.frame())], [0; 1_500]);
    for n in 0.. {
        let at = encoder.frame() * n;
        if at >= LENGTH {
            break;
        }
        talker.fill(&mut pcm);
        if let Encoded::Packet(len) = encoder.encode(&pcm, &mut packet).expect("encoded") {
            sent.sound(at, &packet[..len]).expect("recorded");
            seen.sound(at + SOUND_DELAY, &packet[..len]).expect("recorded");
        }
    }
}

fn watch(bitrates: [u32; 2], course: Course<'_>) -> (Watched, ContactSheet) {
    let (mut sent, mut seen) = (writer(), writer());
    film(&mut sent, &mut seen, bitrates, course);
    talk(&mut sent, &mut seen);
    let [sent, seen] = [sent, seen].map(|writer| writer.finish(END).expect("recorded"));
    let evidence =
        Evidence { seen: &seen, sent: &sent, camera: camera(), within: Duration::from_millis(400) };
    let mut sheet = ContactSheet::new(Cpu::detect());
    (Watched::measure(evidence, &mut sheet).expect("measured"), sheet)
}

const DELAY: Duration = Duration::from_millis(140);

#[test]
fn an_even_delay_is_found_with_nothing_wrong() {
    let (watched, sheet) = watch([2_000_000; 2], &|_, time| Some(time + DELAY));
    assert_eq!((watched.torn, watched.undecodable, watched.unstamped, watched.passed_over), (0, 0, 0, 0));
    assert_eq!((watched.shown, watched.shown_percent), (watched.sent, 100.0));
    assert_eq!(watched.sent, PICTURES as usize);
    assert!(watched.freezes.is_empty());
    // Stamps carry whole milliseconds.
    let delay = watched.delay.expect("pictures were seen");
    assert!((delay.median_ms - 140.0).abs() < 1.1 && (delay.max_ms - 140.0).abs() < 1.1, "{delay:?}");
    assert_eq!(watched.first_s, Some(0.14));
    let quality = watched.quality.expect("pictures were seen");
    assert_eq!(quality.pictures, watched.course.len().div_ceil(SAMPLED));
    assert!(quality.mean_psnr_db > 30.0 && quality.mean_psnr_db < 60.0, "{quality:?}");
    assert!(quality.worst_ssim > 0.8 && quality.mean_ssim < 1.0, "{quality:?}");
    let lips = watched.lip_sync.expect("the talker was recognised");
    assert!((lips.bias_ms - 40.0).abs() < 2.0, "{lips:?}");
    assert!(lips.error.p95_ms < 45.0, "{lips:?}");
    assert!(!sheet.is_empty());
}

#[test]
fn a_freeze_is_found_and_what_was_not_shown_is_missed() {
    let lost = |id: u32| (50..62).contains(&id);
    let (watched, sheet) = watch([2_000_000; 2], &|id, time| (!lost(id)).then_some(time + DELAY));
    assert_eq!(watched.sent - watched.shown, 12);
    assert_eq!((watched.torn, watched.undecodable), (0, 0));
    let [freeze] = watched.freezes[..] else { panic!("{:?}", watched.freezes) };
    // From picture 49 to picture 62.
    assert!((freeze.ms - 433.3).abs() < 0.2 && (freeze.at_s - 1.77).abs() < 0.02, "{freeze:?}");
    assert_eq!(watched.longest_interval_ms, freeze.ms);
    assert!(!sheet.png().expect("written").is_empty());
}

#[test]
fn a_picture_that_is_not_the_one_sent_is_torn() {
    let (watched, _) = watch([2_000_000, 1_000_000], &|_, time| Some(time + DELAY));
    // The first ones may be coded so well at either rate that they are the same.
    assert!((100..=PICTURES as usize).contains(&watched.torn), "{}", watched.torn);
}

#[test]
fn a_picture_that_builds_on_one_missing_is_not_taken_for_seen() {
    // As a receiver must not do: it records what nobody can decode.
    let (mut sent, mut seen) = (writer(), writer());
    film(&mut sent, &mut seen, [2_000_000; 2], &|_, time| Some(time + DELAY));
    let seen = without_picture(&seen.finish(END).expect("recorded"), 30);
    let sent = sent.finish(END).expect("recorded");
    let evidence = Evidence { seen: &seen, sent: &sent, camera: camera(), within: DELAY };
    let watched = Watched::measure(evidence, &mut ContactSheet::new(Cpu::detect())).expect("measured");
    assert_eq!((watched.shown, watched.undecodable, watched.torn), (30, 89, 0));
    assert!(watched.lip_sync.is_none());
}

/// The recording of pictures once more, without one of them.
fn without_picture(file: &[u8], left_out: usize) -> Vec<u8> {
    let read = Mp4Reader::parse(file).expect("a recording");
    let mut copy = writer();
    for (n, sample) in read.picture().expect("it has pictures").samples().enumerate() {
        let mut unit = Vec::new();
        sample.append_annex_b(&mut unit).expect("whole");
        if n != left_out {
            assert_eq!(copy.picture(sample.time, &unit).expect("recorded"), Recorded::Kept);
        }
    }
    copy.finish(END).expect("recorded")
}

#[test]
fn pictures_due_together_are_seen_as_one() {
    // Three at a time: the last of them stays.
    let together =
        |id: u32, time: Duration| Some(Duration::from_millis(100 * u64::from(id / 3) + 200).max(time));
    let (watched, _) = watch([2_000_000; 2], &together);
    assert!(watched.passed_over > 70, "{}", watched.passed_over);
    assert!(watched.shown * 3 <= watched.sent + 3);
    assert_eq!(watched.torn, 0);
}

#[test]
fn a_recording_of_nothing_is_said_to_be_one() {
    let empty = writer().finish(END).expect("recorded");
    let evidence = Evidence { seen: &empty, sent: &empty, camera: camera(), within: DELAY };
    let watched = Watched::measure(evidence, &mut ContactSheet::new(Cpu::detect())).expect("readable");
    assert_eq!((watched.sent, watched.shown, watched.shown_percent), (0, 0, 0.0));
    assert!(watched.delay.is_none() && watched.quality.is_none() && watched.lip_sync.is_none());
    let garbage = Evidence { seen: b"no film", sent: b"no film", camera: camera(), within: DELAY };
    assert!(Watched::measure(garbage, &mut ContactSheet::new(Cpu::detect())).is_err());
}
