use super::*;
use std::vec::Vec;

/// P, X, CC 5, M, payload type 0x12, length 0x0304, timestamp 0x05060708.
const RECOVERY: [u8; 8] = [0x35, 0x92, 3, 4, 5, 6, 7, 8];
const FIXED: [u8; 10] = [0x35, 0x92, 0xff, 0xfe, 5, 6, 7, 8, 3, 4];

fn mask(offsets: &[u16]) -> Mask {
    Mask::of(offsets.iter().copied()).unwrap()
}

#[test]
fn two_levels_with_short_masks() {
    let payload = [&FIXED[..], &[0, 3, 0x80, 0x01], b"abc", &[0, 2, 0x40, 0x00], b"de"].concat();
    let repair = read(&payload).unwrap();
    assert_eq!((repair.base(), repair.recovery().bytes()), (Seq(0xfffe), RECOVERY));
    let levels: Vec<_> = repair.levels().collect();
    let expected = [
        Level { packets: mask(&[0, 15]), start: 0, body: b"abc" },
        Level { packets: mask(&[1]), start: 3, body: b"de" },
    ];
    assert_eq!(levels, expected);
    let mut written = [0; 64];
    let len = write(repair.recovery(), repair.base(), &levels, &mut written).unwrap();
    assert_eq!(written[..len], payload);
}

#[test]
fn long_masks_are_long_in_every_level() {
    let mut fixed = FIXED;
    fixed[0] |= 0x40;
    let payload = [&fixed[..], &[0, 1, 0x80, 0, 0x80, 0, 0, 1], b"a", &[0, 0, 0x80, 0, 0, 0, 0, 0]].concat();
    let levels: Vec<_> = read(&payload).unwrap().levels().collect();
    assert_eq!(levels[0].packets, mask(&[0, 16, 47]));
    assert_eq!(levels[1], Level { packets: mask(&[0]), start: 1, body: b"" });
    let mut written = [0; 64];
    let repair = read(&payload).unwrap();
    let len = write(repair.recovery(), repair.base(), &levels, &mut written).unwrap();
    assert_eq!(written[..len], payload);
}

#[test]
fn what_breaks_off_is_refused() {
    let payload = [&FIXED[..], &[0, 3, 0x80, 0x01], b"abc", &[0, 2, 0x40, 0x00], b"de"].concat();
    for actual in (0..payload.len()).filter(|&len| len != 17) {
        let needed = match actual {
            0..10 => 10,
            10..14 => 14,
            14..17 => 17,
            17..21 => 21,
            _ => 23,
        };
        assert_eq!(read(&payload[..actual]).unwrap_err(), RepairError::Truncated { needed, actual });
    }
    // Where a level ends the payload may end too.
    assert_eq!(read(&payload[..17]).unwrap().levels().count(), 1);
    let mut many = FIXED.to_vec();
    many.resize(10 + 4 * LEVELS, 0);
    assert_eq!(read(&many).unwrap().levels().count(), LEVELS);
    many.resize(14 + 4 * LEVELS, 0);
    assert_eq!(read(&many).unwrap_err(), RepairError::Levels { most: LEVELS });
}

#[test]
fn what_cannot_be_said_is_not_written() {
    let into = &mut [0; 70_000];
    let (recovery, base) = (Recovery::of_bytes(RECOVERY), Seq(1));
    let level = |packets, body| Level { packets, start: 0, body };
    assert_eq!(write(recovery, base, &[], into), Err(HeaderError::Levels { count: 0 }));
    let far = write(recovery, base, &[level(mask(&[48]), b"")], into);
    assert_eq!(far, Err(HeaderError::OutOfReach { offset: 48 }));
    let long = write(recovery, base, &[level(mask(&[0]), &[0; 65_536])], into);
    assert_eq!(long, Err(HeaderError::Body { len: 65_536 }));
    let short = write(recovery, base, &[level(mask(&[0]), b"abc")], &mut [0; 16]);
    assert_eq!(short, Err(HeaderError::BufferTooSmall { needed: 17, actual: 16 }));
}
