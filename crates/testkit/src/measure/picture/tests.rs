use super::*;
use crate::measure::Spread;
use core::time::Duration;
use moim_media::{FramePool, VideoSize};

/// A picture of these samples of luma and grey chroma.
fn drawn(width: u16, height: u16, luma: impl Fn(usize, usize) -> u8) -> VideoFrame {
    let mut pool = FramePool::new(VideoSize::new(width, height).unwrap(), 1);
    let draw = |mut frame: moim_media::VideoFrameMut<'_>| {
        let [mut y, mut u, mut v] = frame.planes();
        for (y, row) in y.rows().enumerate() {
            row.iter_mut().enumerate().for_each(|(x, sample)| *sample = luma(x, y));
        }
        u.rows().chain(v.rows()).for_each(|row| row.fill(128));
    };
    pool.write(draw).unwrap()
}

fn texture(x: usize, y: usize) -> u8 {
    (60 + (x * 37 + y * 91) % 130) as u8
}

#[test]
fn psnr_is_that_of_a_known_error() {
    let picture = drawn(70, 50, texture);
    assert_eq!(psnr(&picture, &picture), f64::INFINITY);
    let off_by_five = drawn(70, 50, |x, y| texture(x, y) + 5);
    // 20 log₁₀ (255 / 5)
    assert!((psnr(&picture, &off_by_five) - 34.151_403_521_958_73).abs() < 1e-9);
    // One sample in four off by ten is the same mean square.
    let some = drawn(70, 50, |x, y| texture(x, y) + if x % 2 + y % 2 == 2 { 10 } else { 0 });
    assert!((psnr(&picture, &some) - 34.151_403_521_958_73).abs() < 1e-9);
    let (black, white) = (drawn(16, 16, |_, _| 0), drawn(16, 16, |_, _| 255));
    assert_eq!(psnr(&black, &white), 0.0);
}

#[test]
fn ssim_is_that_of_its_formula() {
    let picture = drawn(64, 48, texture);
    assert!((ssim(&picture, &picture) - 1.0).abs() < 1e-12);
    // Flat windows differ in luminance alone: (2ab + C₁) / (a² + b² + C₁).
    let (a, b) = (drawn(64, 48, |_, _| 100), drawn(64, 48, |_, _| 120));
    assert!((ssim(&a, &b) - 24_006.502_5 / 24_406.502_5).abs() < 1e-12);
    // Opposite stripes of one mean differ in structure alone: (C₂ − 2v) / (2v + C₂), v = 400 × 64 / 63.
    let stripes = |phase: usize| drawn(64, 48, move |x, _| if x % 2 == phase { 80 } else { 120 });
    let (v, c2) = (400.0 * 64.0 / 63.0, 58.522_5);
    assert!((ssim(&stripes(0), &stripes(1)) - (c2 - 2.0 * v) / (c2 + 2.0 * v)).abs() < 1e-12);
}

#[test]
fn ssim_falls_with_blur_where_psnr_and_brightness_do_not_tell() {
    let picture = drawn(64, 64, texture);
    let brighter = drawn(64, 64, |x, y| texture(x, y) + 12);
    let noisy =
        drawn(64, 64, |x, y| if (x + y / 3) % 2 == 0 { texture(x, y) + 12 } else { texture(x, y) - 12 });
    assert!((psnr(&picture, &brighter) - psnr(&picture, &noisy)).abs() < 1e-9);
    assert!(ssim(&picture, &brighter) > ssim(&picture, &noisy) + 0.02);
}

#[test]
fn small_and_odd_pictures_are_compared_too() {
    for (width, height) in [(1, 1), (7, 100), (100, 7), (8, 8), (9, 11), (33, 17)] {
        let (picture, flat) = (drawn(width, height, texture), drawn(width, height, |_, _| 128));
        assert!((ssim(&picture, &picture) - 1.0).abs() < 1e-12, "{width} x {height}");
        assert!(ssim(&picture, &flat) < 0.99, "{width} x {height}");
        assert!(psnr(&picture, &flat).is_finite());
    }
}

#[test]
#[should_panic(expected = "one size")]
fn pictures_of_different_sizes_are_not_compared() {
    let _ = psnr(&drawn(16, 16, texture), &drawn(16, 18, texture));
}

#[test]
fn identical_means_every_sample_of_every_plane() {
    let picture = drawn(33, 17, texture);
    assert!(is_identical(&picture, &drawn(33, 17, texture)));
    assert!(!is_identical(&picture, &drawn(33, 18, texture)));
    let other = drawn(33, 17, |x, y| texture(x, y) + u8::from((x, y) == (32, 16)));
    assert!(!is_identical(&picture, &other));
    let grey = |chroma: u8| {
        let fill = |mut frame: moim_media::VideoFrameMut<'_>| {
            let [mut y, mut u, mut v] = frame.planes();
            y.rows().chain(u.rows()).for_each(|row| row.fill(100));
            v.rows().for_each(|row| row.fill(chroma));
        };
        FramePool::new(picture.size(), 1).write(fill).unwrap()
    };
    assert!(is_identical(&grey(7), &grey(7)) && !is_identical(&grey(7), &grey(8)));
}

#[test]
fn padding_behind_rows_does_not_count() {
    let picture = drawn(33, 17, texture);
    let mut pool = FramePool::new(picture.size(), 1);
    let dirty = pool.write(|mut frame| {
        frame.planes().iter_mut().for_each(|plane| plane.data().fill(77));
        for (from, mut into) in picture.planes().into_iter().zip(frame.planes()) {
            from.rows().zip(into.rows()).for_each(|(from, into)| into.copy_from_slice(from));
        }
    });
    assert!(is_identical(&picture, &dirty.unwrap()));
}

#[test]
fn enlarging_keeps_flat_areas_and_slopes() {
    let same = drawn(64, 36, texture);
    assert!(is_identical(&enlarged(&same, same.size()), &same));
    // A slope of 4 in each small pixel is one of 2 in each large one, but for the ends.
    let small = drawn(32, 18, |x, _| (x * 4) as u8);
    let large = enlarged(&small, VideoSize::new(64, 36).unwrap());
    for row in large.planes()[0].rows() {
        assert_eq!(row[..4], [0, 1, 3, 5]);
        assert!(row[1..63].windows(2).all(|pair| pair[1] - pair[0] == 2));
        assert_eq!(row[60..], [119, 121, 123, 124]);
    }
    assert!(large.planes()[1].rows().flatten().all(|&sample| sample == 128));
}

fn shown(intervals: &[u64]) -> Vec<Duration> {
    let mut at = 0;
    let later = intervals.iter().map(|interval| {
        at += interval;
        Duration::from_millis(at)
    });
    core::iter::once(Duration::ZERO).chain(later).collect()
}

fn frozen(intervals: &[u64]) -> Vec<u128> {
    freezes(&shown(intervals)).iter().map(|freeze| freeze.duration.as_millis()).collect()
}

#[test]
fn a_freeze_is_three_intervals_and_150_milliseconds_more() {
    let fast = [[33; 40].as_slice(), &[182, 33, 33]].concat();
    assert_eq!(frozen(&fast), [0; 0]);
    let fast = [[33; 40].as_slice(), &[183, 33, 33]].concat();
    assert_eq!(frozen(&fast), [183]);
    assert_eq!(freezes(&shown(&fast))[0].at, Duration::from_millis(40 * 33));
    // At five pictures a second three intervals are the larger bound.
    assert_eq!(frozen(&[200, 200, 200, 599, 200]), [0; 0]);
    assert_eq!(frozen(&[200, 200, 200, 600, 200]), [600]);
}

#[test]
fn the_usual_interval_is_that_of_thirty_pictures() {
    // A second of slow pictures is forgotten after thirty fast ones, but not after ten.
    let slow_then = |fast: usize| [vec![500; 30], vec![33; fast], vec![300]].concat();
    assert_eq!(frozen(&slow_then(30)), [300]);
    assert_eq!(frozen(&slow_then(10)), [0; 0]);
    assert_eq!(frozen(&[1_000]), [0; 0]);
    assert_eq!(frozen(&[]), [0; 0]);
    assert!(freezes(&[]).is_empty());
}

#[test]
fn intervals_are_between_pictures() {
    let times = shown(&[33, 34, 500]);
    let spread = Spread::of(intervals(&times)).unwrap();
    assert_eq!([spread.median, spread.max], [34, 500].map(Duration::from_millis));
    assert_eq!(intervals(&times[..1]).count(), 0);
}
