//! The counting allocator counts, and what promises not to allocate does not.

use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioEncoder, AudioInput, Encoded};
use moim_media::codec::{FrameKind, VideoDecoder, VideoEncoder, VideoInput};
use moim_media::{AudioFormat, ClockRate, FramePool, MediaTime, VideoSize};
use moim_testkit::alloc::{Allocations, Counting};
use moim_testkit::fake::{FakeConfig, FakeDecoder, FakeEncoder, FakeRedundancy};
use moim_testkit::fake::{FakeVideoConfig, FakeVideoDecoder, FakeVideoEncoder};
use moim_testkit::scene::Scene;
use moim_testkit::stamp::{self, Stamp};
use moim_testkit::talker::Talker;
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn counts_allocating_resizing_and_freeing() {
    let mut block = Vec::<u8>::new();
    assert_eq!(Counting::count(|| block.reserve_exact(100)), Allocations { count: 1, bytes: 100, frees: 0 });
    assert_eq!(Counting::count(|| block.reserve_exact(300)), Allocations { count: 1, bytes: 300, frees: 0 });
    assert_eq!(Counting::count(|| block.resize(300, 1)), Allocations::default());
    assert_eq!(Counting::count(|| drop(block)), Allocations { count: 0, bytes: 0, frees: 1 });
    let zeroed = Counting::count(|| drop(black_box(vec![0_u8; 50])));
    assert_eq!(zeroed, Allocations { count: 1, bytes: 50, frees: 1 });
}

#[test]
fn other_threads_are_not_counted() {
    let (begin, wait) = std::sync::mpsc::channel::<()>();
    let (done, finished) = std::sync::mpsc::channel::<()>();
    let other = std::thread::spawn(move || {
        wait.recv().unwrap();
        for _ in 0..100 {
            drop(black_box(Box::new([0_u8; 64])));
        }
        done.send(()).unwrap();
    });
    let counted = Counting::count(|| {
        begin.send(()).unwrap();
        finished.recv().unwrap();
    });
    other.join().unwrap();
    assert!(counted.count < 100, "{counted:?}");
}

#[test]
fn the_fake_codec_does_not_allocate() {
    let config = FakeConfig { fec: true, redundancy: 8, dtx: true, ..FakeConfig::default() };
    let mut encoder = FakeEncoder::new(config).unwrap();
    let mut decoder = FakeDecoder::new(AudioFormat::VOICE);
    let mut redundancy = FakeRedundancy::default();
    let (mut pcm, mut packet) = ([0.0; 960], [0; 100]);
    let counted = Counting::count(|| {
        for n in 0..3 * FakeDecoder::HISTORY {
            pcm.fill(if n % 32 < 16 { 0.5 } else { 0.0 });
            let Ok(Encoded::Packet(len)) = encoder.encode(&pcm, &mut packet) else { continue };
            decoder.save();
            decoder.inspect(&packet[..len]).unwrap();
            decoder.parse_redundancy(&packet[..len], &mut redundancy);
            let input = match n % 4 {
                0 => AudioInput::Packet(&packet[..len]),
                1 => AudioInput::Fec { next: &packet[..len] },
                2 => AudioInput::Redundant { from: &redundancy, offset: Duration::from_millis(150) },
                _ => AudioInput::Lost,
            };
            decoder.decode(input, &mut pcm).unwrap();
            if n % 3 == 0 {
                decoder.restore();
            }
        }
        decoder.reset();
    });
    assert!(decoder.history().len() > 1_000);
    assert_eq!(counted, Allocations::default());
}

#[test]
fn the_fake_video_codec_does_not_allocate() {
    let config =
        FakeVideoConfig { max_slice_bytes: Some(1_100), disposable: 1, ..FakeVideoConfig::default() };
    let mut encoder = FakeVideoEncoder::new(config).unwrap();
    let mut decoder = FakeVideoDecoder::new();
    let mut pool = FramePool::new(VideoSize::new(64, 48).unwrap(), 2);
    let frame = pool.write(|_| ()).unwrap();
    let mut unit = Vec::with_capacity(100_000);
    let counted = Counting::count(|| {
        for n in 0..3 * FakeVideoDecoder::HISTORY as u64 {
            unit.clear();
            let kind = if n % 100 == 0 { FrameKind::Key } else { FrameKind::Delta };
            encoder.encode(&frame, MediaTime::new(n, ClockRate::HZ_90000), kind, &mut unit).unwrap();
            decoder.inspect(&unit).unwrap();
            let input = if n % 64 == 63 { VideoInput::Lost } else { VideoInput::AccessUnit(&unit) };
            decoder.decode(input, &mut pool).unwrap();
        }
    });
    assert_eq!(decoder.history().len(), FakeVideoDecoder::HISTORY);
    assert_eq!(counted, Allocations::default());
}

#[test]
fn the_talker_does_not_allocate() {
    let mut talker = Talker::new(5, ClockRate::HZ_48000);
    let mut pcm = [0.0; 480];
    assert_eq!(Counting::count(|| (0..1_000).for_each(|_| talker.fill(&mut pcm))), Allocations::default());
}

#[test]
fn the_scene_and_its_stamp_do_not_allocate() {
    let size = VideoSize::new(160, 90).unwrap();
    let (scene, mut pool) = (Scene::new(size, 1), FramePool::new(size, 1));
    let counted = Counting::count(|| {
        for id in 0..100 {
            let stamp = Stamp { id, time: Duration::from_millis(40 * u64::from(id)) };
            let frame = pool.write(|mut frame| scene.draw(&mut frame, stamp)).unwrap();
            assert_eq!(stamp::read(&frame), Some(stamp));
        }
    });
    assert_eq!(counted, Allocations::default());
}
