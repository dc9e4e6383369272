//! Laws of `moim-h264`.

use arbitrary::Unstructured;
use moim_h264::{Decoder, DecoderConfig, Encoder, EncoderConfig};
use moim_media::codec::{CodecError, FrameKind, VideoDecoder, VideoEncoder, VideoInput, VideoOutput};
use moim_media::{ClockRate, FramePool, MediaTime, VideoFrame, VideoSize};
use std::sync::OnceLock;

/// What a law does at most, so that no input takes long.
const MOST_STEPS: usize = 24;
/// Largest picture that the decoders take; memory beyond it would show as a crash of the fuzzer.
const LARGEST: VideoSize = VideoSize::new(128, 96).unwrap();
/// Access units of each stream, of which the first is a key frame.
const UNITS: usize = 6;

/// A small stream and what it shows.
struct Stream {
    units: Vec<Vec<u8>>,
    shown: Vec<VideoFrame>,
}

/// Streams of one slice and of several, of one layer and of three, of two sizes.
fn streams() -> &'static [Stream] {
    static STREAMS: OnceLock<Vec<Stream>> = OnceLock::new();
    STREAMS.get_or_init(|| {
        let base = EncoderConfig { bitrate: 400_000, ..EncoderConfig::default() };
        let sliced = EncoderConfig { max_slice_bytes: Some(500), ..base };
        let layered = EncoderConfig { temporal_layers: 3, ..base };
        [(base, 64, 48), (sliced, 96, 80), (layered, 64, 48), (base, 37, 33)]
            .map(|(config, width, height)| Stream::new(config, width, height))
            .into()
    })
}

impl Stream {
    fn new(config: EncoderConfig, width: u16, height: u16) -> Self {
        let size = VideoSize::new(width, height).expect("a size");
        let mut encoder = Encoder::new(config).expect("a valid configuration");
        let mut decoder = decoder();
        let (mut units, mut shown) = (Vec::new(), Vec::new());
        let mut number = 0;
        while units.len() < UNITS {
            let time = MediaTime::new(number as u64 * 3_000, ClockRate::HZ_90000);
            let mut unit = Vec::new();
            encoder.encode(&picture(size, number), time, FrameKind::Delta, &mut unit).expect("a picture");
            number += 1;
            if unit.is_empty() {
                continue;
            }
            let output = decoder.decode(VideoInput::AccessUnit(&unit), &mut FramePool::new(size, 1));
            let Ok(VideoOutput::Frame(frame)) = output else { panic!("{output:?} from our own encoder") };
            units.push(unit);
            shown.push(frame);
        }
        Self { units, shown }
    }
}

/// A picture with an edge that moves and noise that does not.
fn picture(size: VideoSize, number: usize) -> VideoFrame {
    FramePool::new(size, 1)
        .write(|mut frame| {
            for mut plane in frame.planes() {
                for (y, row) in plane.rows().enumerate() {
                    for (x, sample) in row.iter_mut().enumerate() {
                        let noise = ((x * 37) ^ (y * 101)) % 23;
                        *sample = (if x + y > 20 + 3 * number { 60 } else { 170 } + noise) as u8;
                    }
                }
            }
        })
        .expect("a free picture")
}

fn decoder() -> Decoder {
    Decoder::new(DecoderConfig { max_size: LARGEST }).expect("OpenH264 begins")
}

/// Whatever comes in, the decoder returns; it shows a picture only after a key frame and never one beyond its limit;
/// and after a whole stream's key frame it shows that stream exactly as a fresh decoder does.
pub fn decode_total(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut decoder = decoder();
    let mut pool = FramePool::new(LARGEST, 2);
    let mut whole = false;
    for _ in 0..MOST_STEPS {
        if input.is_empty() {
            break;
        }
        let Ok([step, which]) = input.arbitrary::<[u8; 2]>() else { return };
        let stream = &streams()[usize::from(which / 8) % streams().len()];
        let unit = &stream.units[usize::from(which % 8) % UNITS];
        let given = match step % 8 {
            0 => {
                let output = decoder.decode(VideoInput::Lost, &mut pool);
                assert!(matches!(output, Ok(VideoOutput::NeedsKeyFrame)));
                whole = false;
                continue;
            }
            1 => {
                let len = (usize::from(which) * 2).min(input.len());
                input.bytes(len).expect("no more than there is").to_vec()
            }
            2 => {
                let Ok(keep) = input.arbitrary::<u16>() else { return };
                unit[..usize::from(keep) % (unit.len() + 1)].to_vec()
            }
            3 => unit.clone(),
            4 => {
                // Parts of two units as one.
                let Ok([other, at, from]) = input.arbitrary::<[u16; 3]>() else { return };
                let other = &stream.units[usize::from(other) % UNITS];
                let head = &unit[..usize::from(at) % (unit.len() + 1)];
                [head, &other[usize::from(from) % other.len()..]].concat()
            }
            _ => damaged(unit, step / 8 % 4 + 1, &mut input),
        };
        let info = decoder.inspect(&given);
        let is_key = info.is_ok_and(|info| info.kind == FrameKind::Key);
        match decoder.decode(VideoInput::AccessUnit(&given), &mut pool) {
            Ok(VideoOutput::Frame(frame)) => {
                assert!(whole || is_key, "a picture without a key frame");
                assert!(info.is_ok(), "a picture from what is no access unit");
                assert!(frame.size().width() <= LARGEST.width() && frame.size().height() <= LARGEST.width());
                whole = true;
            }
            Ok(VideoOutput::NeedsKeyFrame) | Err(_) => whole = false,
            Ok(VideoOutput::Pending) => assert_eq!(info, Err(CodecError::Corrupt), "it holds a picture"),
            Ok(VideoOutput::PoolExhausted) => panic!("every picture was given back"),
        }
    }
    for stream in streams() {
        for (unit, meant) in stream.units.iter().zip(&stream.shown) {
            let output = decoder.decode(VideoInput::AccessUnit(unit), &mut pool);
            let Ok(VideoOutput::Frame(shown)) = output else { panic!("{output:?} after a key frame") };
            assert!(same(meant, &shown), "another picture than a fresh decoder's");
        }
    }
}

/// `unit` with some bytes changed.
fn damaged(unit: &[u8], count: u8, input: &mut Unstructured<'_>) -> Vec<u8> {
    let mut unit = unit.to_vec();
    for _ in 0..count {
        let Ok((at, value)) = input.arbitrary::<(u16, u8)>() else { return unit };
        let at = usize::from(at) % unit.len();
        unit[at] ^= value.max(1);
    }
    unit
}

fn same(a: &VideoFrame, b: &VideoFrame) -> bool {
    a.size() == b.size() && a.planes().iter().zip(b.planes()).all(|(a, b)| a.rows().eq(b.rows()))
}

thread_local! {
    /// Inspecting changes nothing in a decoder, and making one takes longer than that.
    static INSPECTOR: Decoder = decoder();
}

/// `inspect` reads the NAL unit headers as their definition says, found byte by byte.
pub fn inspect(data: &[u8]) {
    let starts: Vec<_> = (0..data.len()).filter(|&at| data[at..].starts_with(&[0, 0, 1])).collect();
    let ends = starts.iter().skip(1).copied().chain([data.len()]);
    let units: Vec<_> = starts.iter().zip(ends).map(|(&start, end)| &data[start + 3..end]).collect();
    let headers: Vec<_> =
        units.iter().filter(|unit| unit.iter().any(|&byte| byte != 0)).map(|unit| unit[0]).collect();
    let kinds = |wanted: &[u8]| headers.iter().filter(|&&header| wanted.contains(&(header & 0x1f))).count();
    let (idr, other) = (kinds(&[5]), kinds(&[1]));
    let damaged = headers.iter().any(|header| header & 0x80 != 0);
    let info = INSPECTOR.with(|decoder| decoder.inspect(data));
    if damaged || kinds(&[2, 3, 4]) > 0 || (idr > 0) == (other > 0) {
        assert_eq!(info, Err(CodecError::Corrupt));
        return;
    }
    let info = info.expect("it holds one picture");
    assert_eq!(info.kind, if idr > 0 { FrameKind::Key } else { FrameKind::Delta });
    assert_eq!(info.has_headers, kinds(&[7]) > 0 && kinds(&[8]) > 0);
    let slices = headers.iter().filter(|&&header| matches!(header & 0x1f, 1 | 5));
    assert_eq!(info.disposable, slices.clone().all(|header| header & 0x60 == 0));
}
