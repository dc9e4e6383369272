//! What was written is read again, to the tick.

use core::time::Duration;
use moim_media::VideoSize;
use moim_media::codec::FrameKind;
use moim_record::{
    ConfigError, Ending, Mp4Config, Mp4Reader, Mp4WriteError, Mp4Writer, PictureSample, Recorded, SoundConfig,
};
use std::io;

mod material;
use material::{DELTA, KEY, voice};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn writer() -> Mp4Writer<Vec<u8>> {
    Mp4Writer::new(Vec::new(), Mp4Config::default()).unwrap()
}

/// Ten seconds: a picture each 40 ms, a key frame each 2.4 s; sound each 20 ms.
fn recording() -> Mp4Writer<Vec<u8>> {
    let mut writer = writer();
    for step in 0..500 {
        writer.sound(ms(20 * step), &voice(step)).unwrap();
        if step % 2 == 0 {
            let unit = if step % 120 == 0 { KEY } else { DELTA };
            assert_eq!(writer.picture(ms(20 * step + 5), unit).unwrap(), Recorded::Kept);
        }
    }
    writer
}

fn annex_b(sample: &PictureSample<'_>) -> Vec<u8> {
    let mut unit = Vec::new();
    sample.append_annex_b(&mut unit).unwrap();
    unit
}

#[test]
fn everything_is_there_at_its_time() {
    let file = recording().finish(ms(10_000)).unwrap();
    let reader = Mp4Reader::parse(&file).unwrap();
    assert_eq!(reader.ending(), Ending::Whole);
    let pictures: Vec<_> = reader.picture().unwrap().samples().collect();
    assert_eq!(pictures.len(), 250);
    for (step, picture) in (0..).step_by(2).zip(&pictures) {
        let key = step % 120 == 0;
        assert_eq!(picture.time, ms(20 * step + 5));
        assert_eq!(picture.duration, if step == 498 { ms(35) } else { ms(40) });
        assert_eq!(picture.kind == FrameKind::Key, key);
        assert_eq!(annex_b(picture), if key { KEY } else { DELTA });
    }
    let sounds: Vec<_> = reader.sound().unwrap().samples().collect();
    assert_eq!(sounds.len(), 500);
    for (step, sound) in (0..).zip(&sounds) {
        assert_eq!((sound.time, sound.duration, sound.packet), (ms(20 * step), ms(20), &voice(step)[..]));
    }
}

#[test]
fn whatever_the_cut_at_most_a_second_of_sound_and_a_picture_are_lost() {
    // What was written when the program died, and when that was.
    let mut written = Vec::new();
    let mut writer = Mp4Writer::new(Shared(&mut written), Mp4Config::default()).unwrap();
    let mut lengths = Vec::new();
    for step in 0..300 {
        writer.sound(ms(20 * step), &voice(step)).unwrap();
        let _ = writer.picture(ms(20 * step), if step % 120 == 0 { KEY } else { DELTA }).unwrap();
        lengths.push((ms(20 * step), writer.get_ref().0.len()));
    }
    drop(writer);
    for (died, length) in lengths {
        let Ok(reader) = Mp4Reader::parse(&written[..length]) else {
            assert!(died <= ms(1_000), "nothing to play after {died:?}");
            continue;
        };
        assert_eq!(reader.ending(), Ending::Whole);
        let heard =
            reader.sound().unwrap().samples().last().map(|sound| sound.time + sound.duration).unwrap();
        let seen =
            reader.picture().unwrap().samples().last().map(|shown| shown.time + shown.duration).unwrap();
        assert!(died <= heard + ms(1_000) && died <= seen + ms(1_040), "{died:?} {heard:?} {seen:?}");
    }
}

/// Writes where a test can look.
struct Shared<'a>(&'a mut Vec<u8>);

impl io::Write for Shared<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_file_cut_at_any_byte_reads_to_its_last_whole_fragment() {
    let file = recording().finish(ms(10_000)).unwrap();
    let whole = Mp4Reader::parse(&file).unwrap();
    let all: Vec<_> = whole.sound().unwrap().samples().collect();
    let header = file.windows(4).position(|name| name == b"moof").unwrap() - 4;
    let mut before = (0, 0);
    for end in header..file.len() {
        let reader = Mp4Reader::parse(&file[..end]).unwrap();
        let sounds: Vec<_> = reader.sound().unwrap().samples().collect();
        assert_eq!(sounds, all[..sounds.len()]);
        let count = (sounds.len(), reader.picture().unwrap().samples().len());
        assert!(count.0 >= before.0 && count.1 >= before.1, "less of more bytes");
        before = count;
        match reader.ending() {
            Ending::Whole => {}
            Ending::Cut { at } => assert!(Mp4Reader::parse(&file[..at]).unwrap().ending() == Ending::Whole),
        }
    }
    assert!(before.0 < 500, "the last fragment needs its last byte");
    for end in 0..header {
        assert!(Mp4Reader::parse(&file[..end]).is_err());
    }
}

#[test]
fn nothing_is_kept_before_a_key_frame_with_its_parameter_sets() {
    let mut writer = writer();
    assert_eq!(writer.picture(ms(0), DELTA).unwrap(), Recorded::AwaitsKeyFrame);
    assert_eq!(writer.picture(ms(40), material::IDR_ALONE).unwrap(), Recorded::AwaitsKeyFrame);
    assert_eq!(writer.picture(ms(80), KEY).unwrap(), Recorded::Kept);
    assert_eq!(writer.picture(ms(120), material::IDR_ALONE).unwrap(), Recorded::Kept);
    let file = writer.finish(ms(160)).unwrap();
    let reader = Mp4Reader::parse(&file).unwrap();
    let pictures: Vec<_> = reader.picture().unwrap().samples().collect();
    assert_eq!(pictures.iter().map(|picture| picture.time).collect::<Vec<_>>(), [ms(80), ms(120)]);
    // The second is decodable by itself all the same: the header has the sets.
    assert_eq!(annex_b(&pictures[1]).len(), KEY.len());
}

#[test]
fn sound_is_recorded_while_there_is_no_picture_and_the_picture_when_it_comes() {
    let mut writer = writer();
    for step in 0..200 {
        writer.sound(ms(20 * step), &voice(step)).unwrap();
        if step == 150 {
            let _ = writer.picture(ms(3_000), KEY).unwrap();
        }
    }
    let file = writer.finish(ms(4_000)).unwrap();
    let reader = Mp4Reader::parse(&file).unwrap();
    assert_eq!(reader.sound().unwrap().samples().len(), 200);
    let picture = reader.picture().unwrap();
    assert_eq!(picture.size(), VideoSize::new(1_280, 720));
    let picture = picture.samples().next().unwrap();
    assert_eq!((picture.time, picture.duration), (ms(3_000), ms(1_000)));
}

#[test]
fn a_missing_packet_is_a_gap_in_time() {
    let mut writer = writer();
    for step in (0..100).filter(|step| !(40..50).contains(step)) {
        writer.sound(ms(20 * step), &voice(step)).unwrap();
    }
    let file = writer.finish(ms(2_000)).unwrap();
    let reader = Mp4Reader::parse(&file).unwrap();
    let sounds: Vec<_> = reader.sound().unwrap().samples().collect();
    assert_eq!((sounds[39].time, sounds[39].duration), (ms(780), ms(220)));
    assert_eq!(sounds[40].time, ms(1_000));
    assert!(sounds.windows(2).all(|pair| pair[0].time + pair[0].duration == pair[1].time));
}

#[test]
fn a_picture_that_stands_is_written_and_prolonged_by_the_next() {
    let mut written = Vec::new();
    let mut writer = Mp4Writer::new(Shared(&mut written), Mp4Config::default()).unwrap();
    let _ = writer.picture(ms(0), KEY).unwrap();
    for step in 0..250 {
        writer.sound(ms(20 * step), &voice(step)).unwrap();
    }
    let died = writer.get_ref().0.clone();
    let reader = Mp4Reader::parse(&died).unwrap();
    assert_eq!(reader.picture().unwrap().samples().len(), 1);
    let _ = writer.picture(ms(5_000), KEY).unwrap();
    writer.finish(ms(5_040)).unwrap();
    let reader = Mp4Reader::parse(&written).unwrap();
    let pictures: Vec<_> = reader.picture().unwrap().samples().collect();
    assert_eq!((pictures[0].duration, pictures[1].time), (ms(5_000), ms(5_000)));
}

#[test]
fn without_sound_advancing_lets_the_picture_out() {
    let config = Mp4Config { sound: None, ..Mp4Config::default() };
    let mut written = Vec::new();
    let mut writer = Mp4Writer::new(Shared(&mut written), config).unwrap();
    let _ = writer.picture(ms(0), KEY).unwrap();
    writer.advance(ms(999)).unwrap();
    assert_eq!(writer.get_ref().0.len(), 0);
    writer.advance(ms(1_000)).unwrap();
    assert_eq!(Mp4Reader::parse(writer.get_ref().0).unwrap().picture().unwrap().samples().len(), 1);
}

#[test]
fn times_that_do_not_increase_move_to_the_next_moment() {
    let mut writer = writer();
    for shown in [100, 100, 90, 140] {
        assert_eq!(writer.picture(ms(shown), KEY).unwrap(), Recorded::Kept);
    }
    for at in [100, 100, 120] {
        writer.sound(ms(at), &voice(0)).unwrap();
    }
    let file = writer.finish(ms(0)).unwrap();
    let reader = Mp4Reader::parse(&file).unwrap();
    let micros = |time: Duration| time.as_micros();
    let pictures: Vec<_> = reader.picture().unwrap().samples().map(|picture| micros(picture.time)).collect();
    assert_eq!(pictures, [100_000, 100_011, 100_022, 140_000]);
    let sounds: Vec<_> = reader.sound().unwrap().samples().map(|sound| micros(sound.time)).collect();
    assert_eq!(sounds, [100_000, 100_020, 120_000]);
}

#[test]
fn a_full_buffer_writes_early_and_what_never_fits_is_refused() {
    let config = Mp4Config { picture_bytes: 100, ..Mp4Config::default() };
    let mut writer = Mp4Writer::new(Vec::new(), config).unwrap();
    let large = [KEY, &[7; 100]].concat();
    let refused = writer.picture(ms(0), &large);
    assert!(matches!(refused, Err(Mp4WriteError::TooLarge { most: 100, .. })), "{refused:?}");
    for step in 0..50 {
        let _ = writer.picture(ms(step), KEY).unwrap();
    }
    let file = writer.finish(ms(50)).unwrap();
    let reader = Mp4Reader::parse(&file).unwrap();
    let times: Vec<_> = reader.picture().unwrap().samples().map(|picture| picture.time).collect();
    assert_eq!(times, (0..50).map(ms).collect::<Vec<_>>());
}

#[test]
fn what_is_refused_leaves_the_recording_as_it_was() {
    let mut writer = recording();
    assert!(matches!(writer.picture(ms(9_999), b"no start code"), Err(Mp4WriteError::NotAnnexB)));
    assert!(matches!(writer.sound(ms(10_000), &[]), Err(Mp4WriteError::NotOpus)));
    assert!(matches!(writer.sound(Duration::MAX, &voice(0)), Err(Mp4WriteError::TimeOutOfRange)));
    assert!(matches!(writer.picture(Duration::MAX, KEY), Err(Mp4WriteError::TimeOutOfRange)));
    assert_eq!(writer.finish(ms(10_000)).unwrap(), recording().finish(ms(10_000)).unwrap());
    let mut silent = Mp4Writer::new(Vec::new(), Mp4Config { sound: None, ..Mp4Config::default() }).unwrap();
    assert!(matches!(silent.sound(ms(0), &voice(0)), Err(Mp4WriteError::NoSuchTrack)));
    let mut dark = Mp4Writer::new(Vec::new(), Mp4Config { picture: None, ..Mp4Config::default() }).unwrap();
    assert!(matches!(dark.picture(ms(0), KEY), Err(Mp4WriteError::NoSuchTrack)));
}

/// A disk with so much room.
struct Disk(usize);

impl io::Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 && !bytes.is_empty() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_told_once_and_ends_the_recording() {
    let mut writer = Mp4Writer::new(Disk(3_000), Mp4Config::default()).unwrap();
    let first = (0..1_000).find_map(|step| writer.sound(ms(20 * step), &voice(step)).err());
    assert!(matches!(first, Some(Mp4WriteError::Io(error)) if error.kind() == io::ErrorKind::StorageFull));
    assert!(matches!(writer.sound(ms(90_000), &voice(0)), Err(Mp4WriteError::Poisoned)));
    assert!(matches!(writer.picture(ms(90_000), KEY), Err(Mp4WriteError::Poisoned)));
    assert!(matches!(writer.finish(ms(90_000)), Err(Mp4WriteError::Poisoned)));
}

#[test]
fn a_recording_of_nothing_is_a_file_all_the_same() {
    let file = writer().finish(ms(0)).unwrap();
    let reader = Mp4Reader::parse(&file).unwrap();
    assert_eq!(reader.picture().unwrap().samples().len(), 0);
    assert_eq!(reader.sound().unwrap().channels(), 1);
}

#[test]
fn pre_skip_is_where_the_sound_starts() {
    let sound = SoundConfig { channels: 2, pre_skip: 312 };
    let config = Mp4Config { sound: Some(sound), ..Mp4Config::default() };
    let mut writer = Mp4Writer::new(Vec::new(), config).unwrap();
    writer.sound(ms(0), &voice(0)).unwrap();
    let file = writer.finish(ms(20)).unwrap();
    let reader = Mp4Reader::parse(&file).unwrap();
    let track = reader.sound().unwrap();
    assert_eq!((track.channels(), track.pre_skip(), track.start()), (2, 312, Duration::from_micros(6_500)));
}

#[test]
fn configurations_that_make_no_recording_are_refused() {
    let refused = |config| Mp4Writer::new(Vec::new(), config).err();
    let standard = Mp4Config::default;
    assert_eq!(refused(Mp4Config { picture: None, sound: None, ..standard() }), Some(ConfigError::NoTrack));
    let sound = Some(SoundConfig { channels: 3, pre_skip: 0 });
    assert_eq!(refused(Mp4Config { sound, ..standard() }), Some(ConfigError::Channels { channels: 3 }));
    let fragment = ms(99);
    assert_eq!(refused(Mp4Config { fragment, ..standard() }), Some(ConfigError::Fragment { fragment }));
    let bytes = 0;
    let empty = Mp4Config { picture_bytes: bytes, ..standard() };
    assert_eq!(refused(empty), Some(ConfigError::PictureBytes { bytes }));
}
