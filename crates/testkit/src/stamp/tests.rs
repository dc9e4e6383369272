use super::*;
use core::ops::Range;
use moim_media::FramePool;
use rand_core::Rng;
use rand_pcg::Pcg32;

/// What an encoder of stamped pictures is given at the least, and more.
const SIZES: [(u16, u16); 6] = [(176, 144), (320, 180), (352, 288), (640, 360), (641, 359), (1_280, 720)];
const STAMP: Stamp = Stamp { id: 0x8001_cafe, time: Duration::from_millis(4_023_456_789) };

/// A picture whose luma is what `luma` says of each place.
fn drawn(width: usize, height: usize, luma: impl Fn(usize, usize) -> u8) -> VideoFrame {
    let size = VideoSize::new(width as u16, height as u16).unwrap();
    let draw = |mut frame: VideoFrameMut<'_>| {
        for (y, row) in frame.planes()[0].rows().enumerate() {
            row.iter_mut().enumerate().for_each(|(x, sample)| *sample = luma(x, y));
        }
    };
    FramePool::new(size, 1).write(draw).unwrap()
}

fn texture(x: usize, y: usize) -> u8 {
    ((x * 7) ^ (y * 31)) as u8
}

/// A stamp over the texture of a busy picture.
fn stamped(width: u16, height: u16, stamp: Stamp) -> VideoFrame {
    let mut pool = FramePool::new(VideoSize::new(width, height).unwrap(), 1);
    let draw = |mut frame: VideoFrameMut<'_>| {
        for (n, mut plane) in frame.planes().into_iter().enumerate() {
            for (y, row) in plane.rows().enumerate() {
                row.iter_mut().enumerate().for_each(|(x, sample)| *sample = texture(x, y + n));
            }
        }
        write(&mut frame, stamp);
    };
    pool.write(draw).unwrap()
}

/// The mean of each `factor` × `factor` pixels.
fn shrunk(frame: &VideoFrame, factor: usize) -> VideoFrame {
    let size = frame.size();
    drawn(size.width() / factor, size.height() / factor, |x, y| {
        mean(frame, x * factor..(x + 1) * factor, y * factor..(y + 1) * factor)
    })
}

/// The mean of each pixel and its eight neighbours.
fn blurred(frame: &VideoFrame) -> VideoFrame {
    let size = frame.size();
    drawn(size.width(), size.height(), |x, y| {
        let columns = x.saturating_sub(1)..(x + 2).min(size.width());
        mean(frame, columns, y.saturating_sub(1)..(y + 2).min(size.height()))
    })
}

fn mean(frame: &VideoFrame, columns: Range<usize>, rows: Range<usize>) -> u8 {
    let [luma, ..] = frame.planes();
    let count = columns.len() * rows.len();
    let samples = rows.flat_map(|y| &luma.data()[y * luma.stride()..][columns.clone()]);
    (samples.map(|&sample| usize::from(sample)).sum::<usize>() / count) as u8
}

/// Adds to each block of `block` × `block` pixels one error of up to ± `most`, as coarse quantisation does.
fn quantised(frame: &VideoFrame, block: usize, most: i32, seed: u64) -> VideoFrame {
    let [luma, ..] = frame.planes();
    let size = luma.size();
    let mut dice = Pcg32::new(seed, 0);
    let columns = size.width().div_ceil(block);
    let errors: Vec<i32> = (0..columns * size.height().div_ceil(block))
        .map(|_| (dice.next_u32() % (2 * most as u32 + 1)) as i32 - most)
        .collect();
    drawn(size.width(), size.height(), |x, y| {
        let sample = i32::from(luma.data()[y * luma.stride() + x]);
        (sample + errors[y / block * columns + x / block]).clamp(0, 255) as u8
    })
}

#[test]
fn what_is_written_is_read_at_every_size() {
    for (width, height) in SIZES.into_iter().chain([(40, 26), (80, 52), (1_920, 1_080)]) {
        for stamp in [Stamp::default(), STAMP, Stamp { id: u32::MAX, time: Duration::from_millis(7) }] {
            assert_eq!(read(&stamped(width, height, stamp)), Some(stamp), "{width} x {height}");
        }
    }
}

#[test]
fn time_is_carried_in_milliseconds() {
    let fine = Stamp { id: 1, time: Duration::from_micros(33_366_999) };
    assert_eq!(read(&stamped(320, 180, fine)).unwrap().time, Duration::from_millis(33_366));
}

#[test]
fn it_survives_two_and_four_times_less_size() {
    for (width, height) in SIZES {
        let frame = stamped(width, height, STAMP);
        assert_eq!(read(&shrunk(&frame, 2)), Some(STAMP), "{width} x {height} by 2");
        if width >= 320 {
            assert_eq!(read(&shrunk(&frame, 4)), Some(STAMP), "{width} x {height} by 4");
        }
    }
}

#[test]
fn it_survives_coarse_quantisation_and_blur_together() {
    for (width, height) in SIZES {
        let soft = blurred(&stamped(width, height, STAMP));
        for (seed, block) in (0..20).zip([1, 4, 8, 16].into_iter().cycle()) {
            let bad = quantised(&soft, block, 40, seed);
            assert_eq!(read(&bad), Some(STAMP), "{width} x {height}, blocks of {block}, seed {seed}");
        }
        let bad = quantised(&shrunk(&stamped(width, height, STAMP), 2), 4, 40, 99);
        assert_eq!(read(&bad), Some(STAMP), "{width} x {height} halved, then quantised");
    }
}

#[test]
fn neither_one_colour_nor_a_torn_stamp_is_read() {
    for luma in 0..=255 {
        assert_eq!(read(&drawn(320, 180, |_, _| luma)), None, "{luma}");
    }
    let next = stamped(352, 288, Stamp { id: STAMP.id + 1, time: STAMP.time + Duration::from_millis(33) });
    let frame = stamped(352, 288, STAMP);
    let [old, new] = [&frame, &next].map(|frame| frame.planes()[0]);
    let torn = |from: usize| {
        drawn(352, 288, |x, y| {
            let luma = if x < from { old } else { new };
            luma.data()[y * luma.stride() + x]
        })
    };
    assert_eq!(read(&torn(352)), Some(STAMP));
    for from in [176, 264, 300] {
        assert_eq!(read(&torn(from)), None, "torn at {from}");
    }
}

#[test]
fn any_one_wrong_cell_is_noticed() {
    let code = encode(STAMP);
    assert_eq!(decode(code), Some(STAMP));
    for cell in 0..COLUMNS * ROWS {
        assert_eq!(decode(code ^ 1 << cell), None, "cell {cell}");
    }
}

#[test]
fn it_takes_a_thirteenth_of_the_picture_and_its_colour() {
    for (width, height) in SIZES {
        let frame = stamped(width, height, STAMP);
        let [luma, chroma, _] = frame.planes();
        let is_untouched =
            |(y, row): (usize, &[u8])| row.iter().enumerate().all(|(x, &sample)| sample == texture(x, y));
        let untouched = luma.rows().enumerate().filter(|&row| is_untouched(row)).count();
        let taken = luma.size().height() - untouched;
        assert!(taken * 100 <= luma.size().height() * 8 + 50, "{taken} rows of {height}");
        let neutral = chroma.rows().take_while(|row| row.iter().all(|&sample| sample == NEUTRAL)).count();
        assert_eq!(neutral, taken.div_ceil(2));
    }
}
