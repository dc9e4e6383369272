//! Pictures that every test can see: a moving scene, and how alike two pictures are.
#![allow(dead_code, reason = "each test binary uses its own part")]

use moim_h264::{Decoder, DecoderConfig, Encoder, EncoderConfig};
use moim_media::codec::{EncodedVideo, FrameKind, VideoDecoder, VideoEncoder, VideoInput, VideoOutput};
use moim_media::{ClockRate, FramePool, MediaTime, VideoFrame, VideoSize};

/// Pictures per second of every test.
pub(crate) const RATE: u64 = 30;

pub(crate) fn size(width: u16, height: u16) -> VideoSize {
    VideoSize::new(width, height).expect("a size")
}

/// When picture `number` is shown.
pub(crate) fn time(number: usize) -> MediaTime {
    MediaTime::new(number as u64 * 90_000 / RATE, ClockRate::HZ_90000)
}

/// Picture `number` of a scene: a textured background that pans, and a disc that circles over it.
pub(crate) fn scene(size: VideoSize, number: usize) -> VideoFrame {
    let mut pool = FramePool::new(size, 1);
    let (width, height) = (size.width() as f32, size.height() as f32);
    let angle = number as f32 * 0.1;
    let (centre_x, centre_y) = (width * (0.5 + 0.3 * angle.cos()), height * (0.5 + 0.3 * angle.sin()));
    let radius = height * 0.2;
    let draw = |plane: usize, x: usize, y: usize| -> u8 {
        let scale = if plane == 0 { 1.0 } else { 2.0 };
        let (x, y) = (x as f32 * scale, y as f32 * scale);
        let inside = (x - centre_x).hypot(y - centre_y) < radius;
        let pan = x + 1.5 * number as f32;
        match (plane, inside) {
            (0, true) => 200.0 + 20.0 * (y * 0.3).sin(),
            (0, false) => 110.0 + 40.0 * (pan * 0.07).sin() + 30.0 * (y * 0.05 + pan * 0.02).sin(),
            (1, true) => 90.0,
            (_, true) => 180.0,
            (_, false) => 128.0 + 20.0 * (pan * 0.03).sin(),
        }
        .clamp(16.0, 235.0) as u8
    };
    pool.write(|mut frame| {
        for (number, mut plane) in frame.planes().into_iter().enumerate() {
            for (y, row) in plane.rows().enumerate() {
                for (x, sample) in row.iter_mut().enumerate() {
                    *sample = draw(number, x, y);
                }
            }
        }
    })
    .expect("a free picture")
}

pub(crate) fn encoder(config: EncoderConfig) -> Encoder {
    Encoder::new(config).expect("a valid configuration")
}

pub(crate) fn decoder() -> Decoder {
    Decoder::new(DecoderConfig::default()).expect("OpenH264 begins")
}

pub(crate) fn pool(size: VideoSize) -> FramePool {
    FramePool::new(size, 4)
}

/// The scene of `range` encoded; an empty unit where the encoder skipped.
pub(crate) fn encode(
    encoder: &mut Encoder,
    size: VideoSize,
    range: core::ops::Range<usize>,
) -> Vec<(Vec<u8>, FrameKind)> {
    range
        .map(|number| {
            let mut unit = Vec::new();
            let picture = scene(size, number);
            let kind = match encoder.encode(&picture, time(number), FrameKind::Delta, &mut unit) {
                Ok(EncodedVideo::AccessUnit(kind)) => kind,
                Ok(EncodedVideo::Skipped) => FrameKind::Delta,
                Err(error) => panic!("picture {number}: {error}"),
            };
            (unit, kind)
        })
        .collect()
}

/// Decodes one access unit, of which a picture must come.
pub(crate) fn show(decoder: &mut Decoder, unit: &[u8], pool: &mut FramePool) -> VideoFrame {
    match decoder.decode(VideoInput::AccessUnit(unit), pool) {
        Ok(VideoOutput::Frame(frame)) => frame,
        other => panic!("no picture but {other:?}"),
    }
}

/// Whether two pictures are the same, sample for sample.
pub(crate) fn same(a: &VideoFrame, b: &VideoFrame) -> bool {
    a.size() == b.size() && a.planes().iter().zip(b.planes()).all(|(a, b)| a.rows().eq(b.rows()))
}

/// Peak signal to noise ratio of the luma in dB, over what both pictures have.
pub(crate) fn psnr(meant: &VideoFrame, shown: &VideoFrame) -> f64 {
    let (meant, shown) = (meant.planes()[0], shown.planes()[0]);
    let pairs = meant.rows().zip(shown.rows()).flat_map(|(a, b)| a.iter().zip(b));
    let (mut error, mut samples) = (0.0, 0.0);
    for (&a, &b) in pairs {
        error += (f64::from(a) - f64::from(b)).powi(2);
        samples += 1.0;
    }
    10.0 * (255.0 * 255.0 * samples / error.max(1e-9)).log10()
}
