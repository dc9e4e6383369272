//! Laws of `moim-record`.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_media::codec::FrameKind;
use moim_record::{Ending, Mp4Config, Mp4Reader, Mp4Writer, Recorded};

/// Any bytes are a file or an error; what is read of one lies within it, and is not more than it.
pub fn reader(data: &[u8]) {
    let Ok(reader) = Mp4Reader::parse(data) else { return };
    let mut bytes = 0;
    let mut unit = Vec::new();
    for picture in reader.picture().iter().flat_map(moim_record::PictureTrack::samples) {
        bytes += picture.data().len().max(1);
        unit.clear();
        match picture.append_annex_b(&mut unit) {
            Ok(()) => assert!(picture.data().is_empty() || !unit.is_empty()),
            Err(_) => assert!(unit.is_empty(), "half of a broken sample"),
        }
    }
    for sound in reader.sound().iter().flat_map(moim_record::SoundTrack::samples) {
        bytes += sound.packet.len().max(1);
    }
    assert!(bytes <= data.len(), "{bytes} bytes of samples in a file of {}", data.len());
    if let Ending::Cut { at } = reader.ending() {
        assert!(at <= data.len());
    }
}

#[derive(Arbitrary, Debug)]
enum Operation {
    Picture { at: Time, kind: Kind, length: u8 },
    Sound { at: Time, frames: u8 },
    Advance { at: Time },
}

/// When something happens, from what happened before.
#[derive(Arbitrary, Debug)]
enum Time {
    Later { millis: u8 },
    MuchLater { millis: u16 },
    Earlier { millis: u16 },
}

#[derive(Arbitrary, Debug, Clone, Copy, PartialEq)]
enum Kind {
    Key,
    KeyWithoutSets,
    Delta,
}

/// What the file must say of a sample.
struct Expected {
    at: Duration,
    /// Whether nothing stood in the way of its own time.
    is_exact: bool,
    bytes: Vec<u8>,
}

/// Whatever is recorded in whatever order is read again, each at its own time unless that was over, without holes;
/// and what was given more than a fragment ago is already in the file.
pub fn roundtrip(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let config = Mp4Config { fragment: Duration::from_millis(500), ..Mp4Config::default() };
    let (fragment, half) = (config.fragment, config.fragment / 2);
    let Ok(mut writer) = Mp4Writer::new(Vec::new(), config) else { panic!("a valid configuration") };
    let (mut pictures, mut sounds): (Vec<Expected>, Vec<Expected>) = (Vec::new(), Vec::new());
    let (mut now, mut latest, mut sound_end) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut written = Vec::new();
    while !input.is_empty() {
        let Ok(operation) = input.arbitrary::<Operation>() else { break };
        let (Operation::Picture { at, .. } | Operation::Sound { at, .. } | Operation::Advance { at }) =
            &operation;
        now = match *at {
            Time::Later { millis } => now + Duration::from_millis(millis.into()),
            Time::MuchLater { millis } => now + Duration::from_millis(millis.into()),
            Time::Earlier { millis } => now.saturating_sub(Duration::from_millis(millis.into())),
        };
        match operation {
            Operation::Picture { kind, length, .. } => {
                let bytes = access_unit(kind, length, pictures.len());
                let Ok(recorded) = writer.picture(now, &bytes) else { panic!("an access unit") };
                assert_eq!(recorded == Recorded::Kept, kind == Kind::Key || !pictures.is_empty());
                if recorded == Recorded::Kept {
                    let after_last = pictures.last().is_none_or(|last| last.is_exact && now > last.at);
                    let is_exact = after_last && now + half >= latest;
                    pictures.push(Expected { at: now, is_exact, bytes });
                }
            }
            Operation::Sound { frames, .. } => {
                let frames = frames % 6 + 1;
                let bytes = [&[0xfb, frames][..], &sounds.len().to_be_bytes()].concat();
                let Ok(()) = writer.sound(now, &bytes) else { panic!("an Opus packet") };
                let is_exact = sounds.last().is_none_or(|last| last.is_exact) && now >= sound_end;
                sound_end = now.max(sound_end) + Duration::from_millis(20) * frames.into();
                sounds.push(Expected { at: now, is_exact, bytes });
            }
            Operation::Advance { .. } => {
                let Ok(()) = writer.advance(now) else { panic!("memory takes everything") };
            }
        }
        latest = latest.max(now);
        written.push((now, writer.get_ref().len(), (pictures.len(), sounds.len())));
    }
    let Ok(file) = writer.finish(latest) else { panic!("memory takes everything") };
    let times = check(&file, &pictures, &sounds);
    for (now, length, given) in written {
        let Some(old) = now.checked_sub(fragment) else { continue };
        let died = Mp4Reader::parse(&file[..length]).ok();
        let saved = died.as_ref().map_or((0, 0), |reader| {
            assert_eq!(reader.ending(), Ending::Whole);
            let pictures = reader.picture().map_or(0, |track| track.samples().len());
            (pictures, reader.sound().map_or(0, |track| track.samples().len()))
        });
        let waits_too_long = |time: &Duration| *time <= old;
        assert!(!times.0[saved.0..given.0].iter().any(waits_too_long), "a picture waits too long");
        assert!(!times.1[saved.1..given.1].iter().any(waits_too_long), "sound waits too long");
    }
}

/// Compares what the file says with what it must say, and returns the times of pictures and sounds.
fn check(file: &[u8], pictures: &[Expected], sounds: &[Expected]) -> (Vec<Duration>, Vec<Duration>) {
    let reader = match Mp4Reader::parse(file) {
        Ok(reader) => reader,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(reader.ending(), Ending::Whole);
    let seen = reader.picture().into_iter().flat_map(|track| track.samples()).map(|picture| {
        let mut bytes = Vec::new();
        assert_eq!(picture.append_annex_b(&mut bytes), Ok(()));
        (picture.time, picture.duration, bytes, picture.kind)
    });
    let seen: Vec<_> = seen.collect();
    for ((.., bytes, kind), expected) in seen.iter().zip(pictures) {
        // A key frame that had no parameter sets got those of the header, if that has any.
        assert!(bytes.ends_with(&expected.bytes));
        assert_eq!(*kind == FrameKind::Delta, expected.bytes[4] == 0x41);
    }
    let heard = reader.sound().into_iter().flat_map(|track| track.samples());
    let heard: Vec<_> = heard.map(|sound| (sound.time, sound.duration, sound.packet)).collect();
    assert!(heard.iter().zip(sounds).all(|((.., packet), expected)| *packet == expected.bytes));
    let pictures = check_times(seen.iter().map(|&(time, duration, ..)| (time, duration)).collect(), pictures);
    let sounds = check_times(heard.iter().map(|&(time, duration, _)| (time, duration)).collect(), sounds);
    (pictures, sounds)
}

fn check_times(read: Vec<(Duration, Duration)>, expected: &[Expected]) -> Vec<Duration> {
    // A tick of either clock.
    let tick = Duration::from_micros(21);
    assert_eq!(read.len(), expected.len());
    for ((time, _), expected) in read.iter().zip(expected) {
        assert!(*time + tick > expected.at, "{time:?} is before {:?}", expected.at);
        assert!(!expected.is_exact || *time < expected.at + tick, "{time:?} is not {:?}", expected.at);
    }
    for pair in read.windows(2) {
        let (end, next) = (pair[0].0 + pair[0].1, pair[1].0);
        assert!(pair[0].0 < next && end.abs_diff(next) < Duration::from_nanos(3), "{pair:?}");
    }
    read.into_iter().map(|(time, _)| time).collect()
}

/// NAL units in Annex B, different for each `number`.
fn access_unit(kind: Kind, length: u8, number: usize) -> Vec<u8> {
    let mut unit = Vec::new();
    if kind == Kind::Key {
        unit.extend_from_slice(&[0, 0, 0, 1, 0x67, 66, 0xc0, 31, 0x80, 0, 0, 0, 1, 0x68, 0x80]);
    }
    unit.extend_from_slice(&[0, 0, 0, 1, if kind == Kind::Delta { 0x41 } else { 0x65 }]);
    unit.extend(number.to_be_bytes().map(|byte| byte | 0x80));
    unit.resize(unit.len() + usize::from(length), 0xaa);
    unit
}
