//! Levels (ITU-T H.264, annex A.3): what a decoder must at least be able to do.

use crate::parameters::MACROBLOCK;
use moim_media::VideoSize;

/// A row of table A-1.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// `level_idc`.
    number: i32,
    /// Macroblocks per second.
    rate: u32,
    /// Macroblocks in a picture.
    size: usize,
    /// Bits per second, of NAL units in a baseline stream.
    bitrate: u32,
}

/// From the one that every browser announces (RFC 7742, section 6.2: 3.1 at least) to the highest.
const LEVELS: [Level; 8] = [
    Level { number: 31, rate: 108_000, size: 3_600, bitrate: 14_000_000 },
    Level { number: 32, rate: 216_000, size: 5_120, bitrate: 20_000_000 },
    Level { number: 40, rate: 245_760, size: 8_192, bitrate: 20_000_000 },
    Level { number: 41, rate: 245_760, size: 8_192, bitrate: 50_000_000 },
    Level { number: 42, rate: 522_240, size: 8_704, bitrate: 50_000_000 },
    Level { number: 50, rate: 589_824, size: 22_080, bitrate: 135_000_000 },
    Level { number: 51, rate: 983_040, size: 36_864, bitrate: 240_000_000 },
    Level { number: 52, rate: 2_073_600, size: 36_864, bitrate: 240_000_000 },
];

/// The highest bitrate of the highest level.
pub(crate) const MOST_BITS_PER_SECOND: u32 = 240_000_000;

/// `level_idc` of the lowest level, not below 3.1, that has room for such a stream; the highest when only its rate
/// is beyond all of them, and `None` when its pictures are.
pub(crate) fn level(size: VideoSize, frame_rate: f32, bitrate: u32) -> Option<i32> {
    let sides = [size.width().div_ceil(MACROBLOCK), size.height().div_ceil(MACROBLOCK)];
    let macroblocks = sides[0] * sides[1];
    // No side is longer than √(8 · MaxFS).
    let holds =
        |level: &Level| macroblocks <= level.size && sides.iter().all(|side| side * side <= 8 * level.size);
    let keeps_up =
        |level: &Level| macroblocks as f32 * frame_rate <= level.rate as f32 && bitrate <= level.bitrate;
    let lowest = LEVELS.iter().find(|&level| holds(level) && keeps_up(level));
    lowest.or(LEVELS.last().filter(|&level| holds(level))).map(|level| level.number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: u16, height: u16, frame_rate: f32, bitrate: u32) -> Option<i32> {
        level(VideoSize::new(width, height)?, frame_rate, bitrate)
    }

    #[test]
    fn a_stream_gets_the_lowest_level_that_holds_it() {
        assert_eq!(of(160, 90, 15.0, 100_000), Some(31));
        assert_eq!(of(1_280, 720, 30.0, 2_000_000), Some(31));
        assert_eq!(of(1_280, 720, 60.0, 2_000_000), Some(32));
        assert_eq!(of(640, 360, 30.0, 30_000_000), Some(41));
        assert_eq!(of(1_920, 1_080, 30.0, 4_000_000), Some(40));
        assert_eq!(of(1_920, 1_080, 60.0, 4_000_000), Some(42));
        assert_eq!(of(3_840, 2_160, 30.0, 10_000_000), Some(51));
    }

    #[test]
    fn a_rate_beyond_all_levels_gets_the_highest_and_a_size_beyond_them_none() {
        assert_eq!(of(4_096, 2_304, 1_000.0, 1_000_000), Some(52));
        assert_eq!(of(4_112, 2_304, 1.0, 1_000_000), None);
        assert_eq!(of(8_704, 16, 1.0, 1_000_000), None);
        assert_eq!(of(8_688, 16, 1.0, 1_000_000), Some(51));
    }
}
