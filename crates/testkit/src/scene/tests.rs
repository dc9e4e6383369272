use super::*;
use core::time::Duration;
use moim_media::{FramePool, VideoFrame};

fn at(scene: &Scene, millis: u64) -> VideoFrame {
    let stamp = Stamp { id: millis as u32, time: Duration::from_millis(millis) };
    FramePool::new(scene.size(), 1).write(|mut frame| scene.draw(&mut frame, stamp)).unwrap()
}

fn scene(width: u16, height: u16) -> Scene {
    Scene::new(VideoSize::new(width, height).unwrap(), 1)
}

/// Every sample, below the stamp.
fn samples(frame: &VideoFrame) -> Vec<u8> {
    let rows = |plane: moim_media::Plane<'_>| {
        let stamp = plane.size().height().div_ceil(13);
        plane.rows().skip(stamp).flatten().copied().collect::<Vec<_>>()
    };
    frame.planes().into_iter().flat_map(rows).collect()
}

/// FNV-1a.
fn hash(frame: &VideoFrame) -> u64 {
    let feed = |hash: u64, &sample: &u8| (hash ^ u64::from(sample)).wrapping_mul(0x100_0000_01b3);
    samples(frame).iter().fold(0xcbf2_9ce4_8422_2325, feed)
}

#[test]
fn it_is_drawn_and_stamped_at_every_size_and_time() {
    for (width, height) in [(40, 26), (176, 144), (320, 180), (641, 359), (1_280, 720), (360, 640)] {
        let scene = scene(width, height);
        for millis in [0, 33, 1_950, 59_999, 4_294_967_295] {
            let frame = at(&scene, millis);
            let time = Duration::from_millis(millis);
            assert_eq!(stamp::read(&frame), Some(Stamp { id: millis as u32, time }), "{width} x {height}");
        }
    }
    for (width, height) in [(1, 1), (2, 2), (16, 1), (1, 16), (7, 9)] {
        at(&scene(width, height), 12_345);
    }
}

#[test]
fn the_same_time_is_the_same_picture_on_every_machine() {
    let scene = scene(320, 180);
    at(&scene, 99_999);
    assert_eq!(
        hash(&at(&scene, 1_500)),
        0x703e_9f29_20ab_52b6,
        "a scene that was meant to change needs a new number here"
    );
}

#[test]
fn no_picture_is_like_the_one_before() {
    let scene = scene(640, 360);
    let pictures: Vec<_> = (0..60).map(|n| samples(&at(&scene, n * 1_000 / 30))).collect();
    for (n, pair) in pictures.windows(2).enumerate() {
        let changed = pair[0].iter().zip(&pair[1]).filter(|(a, b)| a.abs_diff(**b) > 4).count();
        let share = changed as f64 / pair[0].len() as f64;
        assert!((0.01..0.5).contains(&share), "{share} of picture {n}");
    }
}

#[test]
fn another_seed_is_another_scene() {
    let size = VideoSize::new(320, 180).unwrap();
    let [a, b] = [1, 2].map(|seed| samples(&at(&Scene::new(size, seed), 500)));
    let changed = a.iter().zip(&b).filter(|(a, b)| a.abs_diff(**b) > 4).count();
    assert!(changed * 2 > a.len());
}

#[test]
fn it_has_detail_and_keeps_within_the_range_of_video() {
    let frame = at(&scene(640, 360), 2_000);
    let all = samples(&frame);
    assert!(all.iter().all(|sample| (16..=235).contains(sample)));
    let [luma, ..] = frame.planes();
    let steps: Vec<u8> =
        luma.rows().skip(40).flat_map(|row| row.windows(2).map(|p| p[0].abs_diff(p[1]))).collect();
    let busy = steps.iter().filter(|&&step| step > 1).count();
    assert!(busy * 5 > steps.len(), "{busy} of {}", steps.len());
    let mean = all.iter().map(|&sample| u64::from(sample)).sum::<u64>() / all.len() as u64;
    assert!((90..150).contains(&mean), "{mean}");
}

#[test]
fn the_mouth_moves_in_phrases_only() {
    let openings = |from: u64, to: u64| (from..to).map(|ms| mouth(ms * 1_000, 100)).collect::<Vec<_>>();
    let (phrase, pause) = (openings(0, 2_000), openings(2_000, 3_000));
    assert!(phrase.iter().max() > Some(&60) && phrase.iter().min() < Some(&5));
    assert!(pause.iter().all(|&open| open == 0));
}

#[test]
fn waves_are_sines() {
    for n in 0..1_000 {
        let exact = (f64::from(n) / 1_000.0 * core::f64::consts::TAU).sin() * 1_000.0;
        let close = wave(u64::from(n as u32) * 3_000 + 5 * 3_000_000, 3_000_000, 1_000);
        assert!((f64::from(close) - exact).abs() < 4.0, "{close} for {exact}");
    }
}
