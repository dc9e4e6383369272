use super::*;
use moim_testkit::skip;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A file in a folder of its own, which goes with it.
struct File {
    path: PathBuf,
}

impl File {
    fn new(test: &str, name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("moim-call-camera-{}-{test}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        Self { path: folder.join(name) }
    }

    fn holding(test: &str, film: &[u8]) -> Self {
        let file = Self::new(test, "film.y4m");
        fs::write(&file.path, film).expect("a temporary file");
        file
    }

    fn open(&self) -> Result<Camera> {
        Camera::film(&self.path, Duration::ZERO, Lang::En)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if let Some(folder) = self.path.parent() {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// A film of pictures each of one grey, which is its number times ten.
fn grey(header: &str, (width, height): (usize, usize), count: u8) -> Vec<u8> {
    let mut film = format!("YUV4MPEG2 W{width} H{height} {header}\n").into_bytes();
    for n in 0..count {
        film.extend_from_slice(b"FRAME\n");
        film.resize(film.len() + width * height, 10 * n);
        film.resize(film.len() + 2 * width.div_ceil(2) * height.div_ceil(2), 128);
    }
    film
}

/// The grey of the last pixel of picture `id`, and the number its stamp tells.
fn look(camera: &mut Camera, id: u32) -> (u8, Option<u32>) {
    let mut pool = FramePool::new(camera.size(), 1);
    let stamp = Stamp { id, time: Duration::from_millis(u64::from(id) * 40) };
    let frame = camera.take(stamp, &mut pool).expect("readable").expect("room");
    let [luma, ..] = frame.planes();
    let last = luma.rows().last().and_then(<[u8]>::last).copied().expect("not empty");
    (last, stamp::read(&frame).map(|stamp| stamp.id))
}

#[test]
fn a_film_repeats_and_every_picture_bears_its_own_number() {
    let file = File::holding("repeats", &grey("F25:1 C420jpeg", (80, 52), 3));
    let mut camera = file.open().expect("a film");
    assert_eq!((camera.size(), camera.frame_rate()), (VideoSize::new(80, 52).expect("a size"), 25.0));
    let seen: Vec<_> = (0..7).map(|id| look(&mut camera, id)).collect();
    assert_eq!(seen, [0, 10, 20, 0, 10, 20, 0].into_iter().zip((0..7).map(Some)).collect::<Vec<_>>(),);
}

#[test]
fn a_film_too_long_for_memory_is_read_again_in_any_order() {
    let file = File::holding("streamed", &grey("F25:1 C420jpeg", (80, 52), 5));
    let mut camera = file.open().expect("a film");
    let View::Film { film, .. } = &mut camera.view else { panic!("not a film") };
    film.forget();
    for id in [0, 1, 2, 4, 5, 6, 13, 3, 3, 2, 1_000_001] {
        assert_eq!(look(&mut camera, id), ((id % 5) as u8 * 10, Some(id)));
        // A clone reads for itself.
        assert_eq!(look(&mut camera.clone(), 7), (20, Some(7)));
    }
}

#[test]
fn an_odd_side_loses_its_last_line() {
    let mut camera = File::holding("odd", &grey("F30:1", (81, 53), 2)).open().expect("a film");
    assert_eq!(camera.size(), VideoSize::new(80, 52).expect("a size"));
    assert_eq!(look(&mut camera, 1), (10, Some(1)));
}

#[test]
fn a_call_may_begin_in_the_middle_of_a_film() {
    let file = File::holding("begin", &grey("F25:1", (80, 52), 5));
    let mut camera = Camera::film(&file.path, Duration::from_millis(80), Lang::En).expect("a film");
    assert_eq!(look(&mut camera, 0), (20, Some(0)));
}

#[test]
fn the_rate_stays_a_ratio() {
    let camera = File::holding("rate", &grey("F30000:1001", (80, 52), 1)).open().expect("a film");
    assert!((camera.frame_rate() - 29.97).abs() < 0.001);
    assert_eq!(camera.due(30_000), Duration::from_secs(1_001));
    let unknown = File::holding("unknown-rate", &grey("F0:0", (80, 52), 1)).open().expect("a film");
    assert_eq!(unknown.frame_rate(), 30.0);
    assert_eq!(unknown.due(u32::MAX).as_secs(), u64::from(u32::MAX) / 30);
}

#[test]
fn what_cannot_be_shown_is_said_in_words() {
    let cases = [
        ("rate", grey("F1:1000", (80, 52), 1), "1:1000 pictures per second"),
        ("deep", grey("C420p10", (80, 52), 1), "only 4:2:0 of 8 bits"),
        ("flat", grey("", (1, 52), 1), "1 × 52 cannot be sent"),
        ("vast", grey("", (70_000, 1), 0), "70000 × 1 cannot be sent"),
        ("empty", grey("", (80, 52), 0), "no pictures in it"),
        ("half", b"YUV4MPEG2 W80 nonsense".to_vec(), "cannot be read as YUV4MPEG2"),
    ];
    for (name, film, told) in cases {
        let error = File::holding(name, &film).open().expect_err(name);
        assert!(format!("{error:#}").contains(told), "{name}: {error:#}");
    }
    let nowhere = Path::new("/nowhere/at/all.y4m");
    let missing = Camera::film(nowhere, Duration::ZERO, Lang::En).expect_err("there is none");
    assert!(format!("{missing:#}").starts_with("cannot read /nowhere/at/all.y4m"), "{missing:#}");
}

#[test]
fn a_picture_cut_off_at_the_end_is_none() {
    let mut film = grey("F25:1", (80, 52), 3);
    film.truncate(film.len() - 1);
    let mut camera = File::holding("cut", &film).open().expect("a film");
    assert_eq!(look(&mut camera, 2), (0, Some(2)));
}

#[test]
fn any_other_film_comes_through_ffmpeg() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        skip("ffmpeg is not installed; `cargo xtask doctor` tells how");
        return;
    }
    let file = File::new("ffmpeg", "-film.mkv");
    let mut make = Command::new("ffmpeg");
    make.args(["-v", "error", "-f", "lavfi", "-i", "color=gray:size=160x90:rate=24:duration=0.5"]);
    let made = make.args(["-c:v", "ffv1"]).arg(&file.path).status().expect("ffmpeg runs");
    assert!(made.success());
    let mut camera = file.open().expect("a film");
    assert_eq!((camera.size().width(), camera.size().height(), camera.frame_rate()), (160, 90, 24.0));
    assert_eq!(look(&mut camera, 12), (126, Some(12)));

    fs::write(&file.path, "no film at all").expect("a temporary file");
    let error = file.open().expect_err("there is no film in it");
    assert!(format!("{error:#}").contains("ffmpeg finds no pictures"), "{error:#}");
}

#[test]
fn a_scene_is_the_same_whenever_it_is_taken() {
    let size = VideoSize::new(160, 90).expect("a size");
    let mut camera = Camera::scene(size, 7);
    let mut pool = FramePool::new(size, 3);
    let mut take = |camera: &mut Camera, id| {
        let stamp = Stamp { id, time: camera.due(id) };
        camera.take(stamp, &mut pool).expect("a scene does not fail").expect("room")
    };
    let (first, other) = (take(&mut camera, 41), take(&mut camera, 42));
    let again = take(&mut Camera::scene(size, 7), 41);
    let luma = |frame: &VideoFrame| frame.planes()[0].data().to_vec();
    assert!(luma(&first) == luma(&again));
    assert!(luma(&first) != luma(&other));
    assert_eq!(stamp::read(&again), Some(Stamp { id: 41, time: Duration::from_millis(1_366) }));
}
