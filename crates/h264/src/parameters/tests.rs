use super::*;

/// Syntax elements one behind the other, with emulation prevention.
#[derive(Clone, Default)]
struct Written(String);

impl Written {
    fn bits(mut self, bits: &str) -> Self {
        self.0 += bits;
        self
    }

    fn byte(self, byte: u8) -> Self {
        self.bits(&format!("{byte:08b}"))
    }

    fn unsigned(mut self, values: &[u32]) -> Self {
        for value in values {
            let width = 2 * (value + 1).ilog2() as usize + 1;
            self.0 += &format!("{:0>width$b}", value + 1);
        }
        self
    }

    fn body(&self) -> Vec<u8> {
        let mut bits = self.0.clone() + "1";
        bits += &"0".repeat(bits.len().next_multiple_of(8) - bits.len());
        let mut body: Vec<u8> = Vec::new();
        for at in (0..bits.len()).step_by(8) {
            let byte = u8::from_str_radix(&bits[at..at + 8], 2).expect("eight bits");
            if byte <= 3 && body.ends_with(&[0, 0]) {
                body.push(3);
            }
            body.push(byte);
        }
        body
    }
}

/// A sequence of `profile` up to its number, which is 5.
fn begun(profile: u8) -> Written {
    Written::default().byte(profile).byte(0).byte(31).unsigned(&[5])
}

/// The rest of a sequence of 20 × 12 macroblocks, cropped to 318 × 180, without VUI; `progressive` is a bit.
fn rest(before: Written, progressive: &str) -> Written {
    // frame_num of 9 bits, order of type 2, 3 references, gaps.
    let size = before.unsigned(&[5, 2, 3]).bits("1").unsigned(&[19, 11]);
    size.bits(progressive).bits("1").bits("1").unsigned(&[0, 1, 2, 4]).bits("0")
}

#[test]
fn a_sequence_tells_its_sizes_and_how_slices_read() {
    let meant = Sequence {
        id: 5,
        macroblocks: VideoSize::new(20, 12).expect("a size"),
        shown: VideoSize::new(318, 180).expect("a size"),
        frame_num_bits: 9,
        gaps: true,
    };
    for profile in [66, 77, 88] {
        assert_eq!(Sequence::parse(&rest(begun(profile), "1").body()), Ok(meant));
    }
    let high = begun(100).unsigned(&[1, 0, 0]).bits("00");
    assert_eq!(Sequence::parse(&rest(high, "1").body()), Ok(meant));
}

#[test]
fn what_no_real_time_sender_makes_is_unsupported() {
    let unsupported = |written: &Written| Sequence::parse(&written.body()) == Err(CodecError::Unsupported);
    assert!(unsupported(&rest(begun(66), "0")), "interlaced");
    assert!(unsupported(&rest(begun(110), "1")), "ten bits");
    assert!(unsupported(&rest(begun(100).unsigned(&[2, 0, 0]).bits("00"), "1")), "4:2:2");
    assert!(unsupported(&rest(begun(100).unsigned(&[1, 1, 0]).bits("00"), "1")), "nine bits");
    assert!(unsupported(&rest(begun(100).unsigned(&[1, 0, 0]).bits("10"), "1")), "lossless");
    assert!(unsupported(&rest(begun(100).unsigned(&[1, 0, 0]).bits("01"), "1")), "scaling matrices");
    assert!(unsupported(&begun(66).unsigned(&[0, 1])), "picture order counts in a table");
}

#[test]
fn what_the_standard_forbids_is_corrupt() {
    let sequence = |numbers: [u32; 3], sides: [u32; 2], crop: [u32; 4]| {
        let written =
            begun(66).unsigned(&numbers).bits("0").unsigned(&sides).bits("111").unsigned(&crop).bits("0");
        Sequence::parse(&written.body())
    };
    assert!(sequence([0, 2, 1], [19, 11], [0; 4]).is_ok());
    assert!(sequence([12, 2, 16], [4_094, 4_094], [0; 4]).is_ok());
    for numbers in [[13, 2, 1], [u32::MAX - 1, 2, 1], [0, 3, 1], [0, 2, 17]] {
        assert_eq!(sequence(numbers, [19, 11], [0; 4]), Err(CodecError::Corrupt), "{numbers:?}");
    }
    for sides in [[4_096, 1], [u32::MAX - 1, 1], [1, u32::MAX - 1]] {
        assert_eq!(sequence([0, 2, 1], sides, [0; 4]), Err(CodecError::Corrupt), "{sides:?}");
    }
    for crop in [[80, 80, 0, 0], [0, 0, 0, 96], [u32::MAX - 1, 1, 0, 0], [1 << 31, 0, 0, 0]] {
        assert_eq!(sequence([0, 2, 1], [19, 11], crop), Err(CodecError::Corrupt), "{crop:?}");
    }
    let mut numbered = Written::default().byte(66).byte(0).byte(31).unsigned(&[32]);
    numbered = rest(numbered, "1");
    assert_eq!(Sequence::parse(&numbered.body()), Err(CodecError::Corrupt));
}

#[test]
fn a_sequence_that_breaks_off_is_corrupt_wherever_it_does() {
    let written = rest(begun(66), "1");
    let body = written.body();
    for len in 0..body.len() - 1 {
        assert_eq!(Sequence::parse(&body[..len]), Err(CodecError::Corrupt), "{len} bytes");
    }
}

#[test]
fn a_picture_tells_its_sequence() {
    let parse = |ids: [u32; 2], groups: u32, more: &[u32], redundant: &str| {
        let written = Written::default().unsigned(&ids).bits("00").unsigned(&[groups, 0, 0]).bits("000");
        Picture::parse(&written.unsigned(more).bits("10").bits(redundant).body())
    };
    assert_eq!(parse([255, 31], 0, &[0, 0, 0], "0"), Ok(Picture { id: 255, sequence: 31 }));
    for ids in [[256, 0], [0, 32], [u32::MAX - 1, 0]] {
        assert_eq!(parse(ids, 0, &[0, 0, 0], "0"), Err(CodecError::Corrupt), "{ids:?}");
    }
    // Signed: 51 is 26, 25 is 13.
    for more in [[51, 0, 0], [0, 51, 0], [0, 0, 25]] {
        assert_eq!(parse([0, 0], 0, &more, "0"), Err(CodecError::Corrupt), "{more:?}");
    }
    assert_eq!(parse([0, 0], 1, &[0, 0, 0], "0"), Err(CodecError::Unsupported), "slice groups");
    assert_eq!(parse([0, 0], 0, &[0, 0, 0], "1"), Err(CodecError::Unsupported), "redundant slices");
    assert_eq!(Picture::parse(&[]), Err(CodecError::Corrupt));
}
