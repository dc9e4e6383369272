//! Files that were made to hurt a reader.

use moim_record::{Ending, Mp4Config, Mp4ReadError, Mp4Reader, Mp4Writer, SoundConfig};
use std::time::Duration;

mod material;

/// Ten packets of 20 ms, in one fragment.
fn file() -> Vec<u8> {
    let config = Mp4Config { picture: None, sound: Some(SoundConfig::default()), ..Mp4Config::default() };
    let mut writer = Mp4Writer::new(Vec::new(), config).unwrap();
    for step in 0..10 {
        writer.sound(Duration::from_millis(20 * step), &material::voice(step)).unwrap();
    }
    writer.finish(Duration::from_millis(200)).unwrap()
}

fn position(file: &[u8], kind: &[u8; 4]) -> usize {
    file.windows(4).position(|window| window == kind).unwrap()
}

/// Puts `bytes` at `offset` behind the name of the first box of `kind`.
fn patched(kind: &[u8; 4], offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut file = file();
    let at = position(&file, kind) + 4 + offset;
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

fn error(file: &[u8]) -> Option<Mp4ReadError> {
    Mp4Reader::parse(file).err()
}

#[test]
fn boxes_in_boxes_are_not_followed_to_the_bottom() {
    let depth = 200_000_u32;
    // Each box holds the rest of the file.
    let nested: Vec<u8> = (0..depth).flat_map(|_| *b"\0\0\0\0moov").collect();
    assert_eq!(error(&nested), Some(Mp4ReadError::Missing { kind: *b"mvhd" }));
    // Inside of the sample entry, behind its configuration, too.
    let mut file = file();
    let end = position(&file, b"dOps") - 4 + 19;
    file.splice(end..end, nested);
    for kind in [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"Opus"] {
        let at = position(&file, kind) - 4;
        let size = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) + 8 * depth;
        file[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
    assert!(Mp4Reader::parse(&file).is_ok_and(|reader| reader.sound().unwrap().channels() == 1));
}

#[test]
fn four_billion_samples_of_no_size_are_refused() {
    // Without any field of its own, a sample takes no byte of the table, and by default none of the file.
    let flags_and_count = [&[0, 0, 0, 1][..], &u32::MAX.to_be_bytes()].concat();
    let mut file = patched(b"trun", 0, &flags_and_count);
    // What follows is no longer of the table.
    let at = position(&file, b"trun") - 4;
    let size = u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
    file[at..at + 4].copy_from_slice(&20_u32.to_be_bytes());
    file[at + 20..at + 24].copy_from_slice(&(size - 20).to_be_bytes());
    file[at + 24..at + 28].copy_from_slice(b"free");
    assert_eq!(error(&file), Some(Mp4ReadError::SamplesOverlap));
}

#[test]
fn samples_over_and_over_the_same_bytes_are_refused() {
    let config = Mp4Config { picture: None, ..Mp4Config::default() };
    let mut writer = Mp4Writer::new(Vec::new(), config).unwrap();
    writer.sound(Duration::ZERO, &[0xf8; 1_200]).unwrap();
    let file = writer.finish(Duration::ZERO).unwrap();
    let (moof, mdat) = (position(&file, b"moof") - 4, position(&file, b"mdat") - 4);
    // The data once, and in front of it many tables that take as much.
    let with = |tables: usize| {
        let tables = file[moof..mdat].repeat(tables);
        [&file[..moof], &tables, &file[mdat..]].concat()
    };
    assert_eq!(error(&with(1)), None);
    assert_eq!(error(&with(40)), Some(Mp4ReadError::SamplesOverlap));
}

#[test]
fn numbers_at_their_limits_are_errors_or_far_away() {
    assert_eq!(error(&patched(b"mdhd", 20, &[0; 4])), Some(Mp4ReadError::Malformed { kind: *b"mdhd" }));
    assert_eq!(error(&patched(b"tfdt", 4, &[0xff; 8])), Some(Mp4ReadError::Malformed { kind: *b"trun" }));
    // An offset that leads before the start of the file, and one behind its end.
    assert_eq!(
        error(&patched(b"trun", 8, &i32::MIN.to_be_bytes())),
        Some(Mp4ReadError::Malformed { kind: *b"trun" })
    );
    let behind = patched(b"trun", 8, &i32::MAX.to_be_bytes());
    let reader = Mp4Reader::parse(&behind).unwrap();
    assert_eq!(reader.sound().unwrap().samples().len(), 0);
    assert_eq!(reader.ending(), Ending::Cut { at: position(&behind, b"moof") - 4 });
    let reading = patched(b"tfdt", 4, &(i64::MAX as u64).to_be_bytes());
    assert!(
        Mp4Reader::parse(&reading).unwrap().sound().unwrap().samples().all(|sound| sound.packet.len() > 8)
    );
}

#[test]
fn what_is_no_such_file_is_told() {
    assert_eq!(error(&[]), Some(Mp4ReadError::NoHeader));
    assert_eq!(error(b"RIFF....WAVEfmt "), Some(Mp4ReadError::NoHeader));
    assert_eq!(error(b"\0\0\0\x08moov"), Some(Mp4ReadError::Missing { kind: *b"mvhd" }));
    assert_eq!(error(&patched(b"mdhd", 0, &[9])), Some(Mp4ReadError::Malformed { kind: *b"mdhd" }));
    assert_eq!(Mp4ReadError::Missing { kind: *b"mvhd" }.to_string(), "the box mvhd is missing");
}

#[test]
fn a_hole_behind_the_last_fragment_is_an_end() {
    let whole = file();
    let mut file = whole.clone();
    file.resize(whole.len() + 4_096, 0);
    let reader = Mp4Reader::parse(&file).unwrap();
    assert_eq!(reader.ending(), Ending::Cut { at: whole.len() });
    assert_eq!(reader.sound().unwrap().samples().len(), 10);
}
