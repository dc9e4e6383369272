//! One picture through OpenH264 in either direction. The level is what OpenH264 was built with: `asm`, or `c` without nasm.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]

use core::hint::black_box;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use moim_h264::{Assembly, Complexity, Content, Decoder, DecoderConfig, Encoder, EncoderConfig, assembly};
use moim_media::codec::{FrameKind, VideoDecoder, VideoEncoder, VideoInput, VideoOutput};
use moim_media::{ClockRate, FramePool, MediaTime, VideoFrame, VideoSize};

/// Pictures of the clip; it is run forwards and backwards, so that no cut is in it.
const PICTURES: usize = 60;

struct Case {
    name: &'static str,
    size: VideoSize,
    config: EncoderConfig,
}

fn cases() -> [Case; 4] {
    let base = EncoderConfig { complexity: Complexity::Low, ..EncoderConfig::default() };
    let (small, large) = (size(640, 360), size(1_280, 720));
    [
        Case { name: "360p", size: small, config: EncoderConfig { bitrate: 500_000, ..base } },
        Case { name: "720p", size: large, config: EncoderConfig { bitrate: 1_200_000, ..base } },
        Case {
            name: "720p-medium",
            size: large,
            config: EncoderConfig { bitrate: 1_200_000, complexity: Complexity::Medium, ..base },
        },
        Case {
            name: "720p-screen",
            size: large,
            config: EncoderConfig { bitrate: 1_200_000, content: Content::Screen, ..base },
        },
    ]
}

fn size(width: u16, height: u16) -> VideoSize {
    VideoSize::new(width, height).expect("a size")
}

/// Something like a talker before a shelf: fine still texture with noise of the camera, and a large soft thing that
/// sways in front of it.
fn clip(size: VideoSize) -> Vec<VideoFrame> {
    let mut pool = FramePool::new(size, PICTURES);
    let mut dice = 1_u32;
    (0..PICTURES)
        .map(|number| {
            let sway = (number as f32 * 0.15).sin() * 0.05;
            let frame = pool.write(|mut frame| {
                for (plane, mut samples) in frame.planes().into_iter().enumerate() {
                    let (width, height) = (samples.size().width() as f32, samples.size().height() as f32);
                    for (y, row) in samples.rows().enumerate() {
                        for (x, sample) in row.iter_mut().enumerate() {
                            let (x, y) = (x as f32 / width, y as f32 / height);
                            let far = (x - 0.5 - sway).hypot((y - 0.6) * 0.8);
                            let front = 150.0 + 60.0 * (40.0 * (x - sway)).sin() * (30.0 * y).cos();
                            let behind = 90.0 + 40.0 * (90.0 * x).sin() + 20.0 * (70.0 * y + 20.0 * x).sin();
                            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            let noise = (dice >> 30) as f32;
                            let luma = if far < 0.3 { front } else { behind } + noise;
                            *sample = if plane == 0 { luma } else { 128.0 + (luma - 128.0) * 0.2 } as u8;
                        }
                    }
                }
            });
            frame.expect("a free picture")
        })
        .collect()
}

/// The clip forwards and backwards for ever.
fn nth(clip: &[VideoFrame], number: usize) -> &VideoFrame {
    let at = number % (2 * PICTURES - 2);
    &clip[at.min(2 * PICTURES - 2 - at)]
}

fn encode(encoder: &mut Encoder, clip: &[VideoFrame], number: usize, unit: &mut Vec<u8>) {
    let time = MediaTime::new(number as u64 * 3_000, ClockRate::HZ_90000);
    unit.clear();
    encoder.encode(nth(clip, number), time, FrameKind::Delta, unit).expect("a picture");
}

/// Peak signal to noise ratio of the luma, in dB.
fn psnr(meant: &VideoFrame, shown: &VideoFrame) -> f64 {
    let (meant, shown) = (meant.planes()[0], shown.planes()[0]);
    let pairs = || meant.rows().flatten().zip(shown.rows().flatten());
    let error: f64 = pairs().map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 * pairs().count() as f64 / error.max(1e-9)).log10()
}

fn h264(criterion: &mut Criterion) {
    let level = match assembly() {
        Assembly::Present => "asm",
        Assembly::Missing => "c",
    };
    for Case { name, size, config } in cases() {
        let clip = clip(size);
        let mut encoder = Encoder::new(config).expect("a valid configuration");
        let mut decoder = Decoder::new(DecoderConfig::default()).expect("OpenH264 begins");
        let mut pool = FramePool::new(size, 2);
        // The units of the clip, each picture of which must look like the one meant.
        let units: Vec<_> = (0..PICTURES)
            .map(|number| {
                let mut unit = Vec::new();
                encode(&mut encoder, &clip, number, &mut unit);
                if !unit.is_empty() {
                    let output = decoder.decode(VideoInput::AccessUnit(&unit), &mut pool);
                    let Ok(VideoOutput::Frame(shown)) = output else { panic!("{output:?}") };
                    assert!(psnr(nth(&clip, number), &shown) > 26.0, "{name}, picture {number}");
                }
                unit
            })
            .filter(|unit| !unit.is_empty())
            .collect();
        assert!(units.len() > PICTURES * 3 / 4, "{name}: {} pictures", units.len());

        let mut group = criterion.benchmark_group("moim-h264/encode");
        group.throughput(Throughput::Elements(1)).sample_size(20);
        group.bench_function(format!("{level}/{name}"), |bencher| {
            let (mut number, mut unit) = (PICTURES, Vec::with_capacity(1 << 20));
            bencher.iter(|| {
                encode(&mut encoder, &clip, number, &mut unit);
                number += 1;
                black_box(unit.len())
            });
        });
        group.finish();

        let mut group = criterion.benchmark_group("moim-h264/decode");
        group.throughput(Throughput::Elements(1)).sample_size(20);
        group.bench_function(format!("{level}/{name}"), |bencher| {
            // The first unit is a key frame, so the stream may begin again behind its last.
            let mut unit = units.iter().cycle();
            bencher.iter(|| {
                let unit = unit.next().expect("a stream without end");
                let output = decoder.decode(VideoInput::AccessUnit(unit), &mut pool);
                assert!(matches!(output, Ok(VideoOutput::Frame(_))));
            });
        });
        group.finish();
    }
}

criterion_group!(benches, h264);
criterion_main!(benches);
