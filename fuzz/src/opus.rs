//! Laws of `moim-opus`, beside the `opus` crate over the same libopus.

mod redundancy;

pub use redundancy::redundancy;

use arbitrary::Unstructured;
use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioEncoder, AudioInput, CodecError, Encoded};
use moim_media::{AudioFormat, ClockRate};
use moim_opus::{
    Application, Bandwidth, Decoder, DecoderConfig, Dtx, Encoder, EncoderConfig, Fec, Packet, Signal,
};

const RATES: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];
const FRAMES_US: [u64; 9] = [2_500, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 120_000];
/// What a law does at most, so that no input takes long.
const MOST_STEPS: usize = 64;
/// Louder than anything the format can describe: a decoder that goes beyond has lost its footing.
const LOUDEST: f32 = (1 << 24) as f32;

/// `Packet` takes what libopus takes, and reads it as libopus reads it.
pub fn packet(data: &[u8]) {
    let ours = Packet::parse(data);
    let Ok(theirs) = opus::packet::parse(data) else {
        assert_eq!(ours, Err(CodecError::Corrupt));
        return;
    };
    let ours = ours.expect("libopus takes it");
    assert_eq!(ours.frames(), theirs.frames.len());
    assert_eq!(ours.is_silent(), theirs.frames.iter().all(|frame| frame.len() <= 1));
    let channels = opus::packet::get_nb_channels(data).expect("a packet");
    assert_eq!(ours.channels(), channels as usize);
    for rate in RATES {
        let format = format(rate, 1);
        let (all, each) =
            (opus::packet::get_nb_samples(data, rate), opus::packet::get_samples_per_frame(data, rate));
        assert_eq!(format.frames(ours.duration()), all.expect("a packet"));
        assert_eq!(format.frames(ours.frame_duration()), each.expect("a packet"));
    }
    assert!(ours.fec().is_zero() || ours.fec() == ours.frame_duration());
}

/// Whatever comes in whatever order, the decoder takes and refuses what the `opus` crate does and makes the same
/// sound bit for bit – even after detours that are undone, of which the `opus` crate knows nothing.
pub fn decode_total(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(shape) = input.arbitrary::<u8>() else { return };
    let (rate, channels) = (RATES[usize::from(shape) % 5], 1 + shape / 5 % 2);
    let format = format(rate, channels);
    let mut ours =
        Decoder::new(DecoderConfig { format, ..DecoderConfig::default() }).expect("a valid format");
    let mut theirs = peer(rate, channels);
    for _ in 0..MOST_STEPS {
        let Ok(step) = input.arbitrary::<u8>() else { return };
        match step % 8 {
            6 => {
                ours.save();
                for _ in 0..step / 64 {
                    let Ok(detour) = Step::read(&mut input) else { break };
                    // Sound or refusal: either is undone.
                    let _ = detour.take(&mut ours);
                }
                ours.restore();
            }
            7 => {
                ours.reset();
                theirs = peer(rate, channels);
            }
            _ => {
                let Ok(step) = Step::read(&mut input) else { return };
                let heard = step.take(&mut ours);
                step.agrees(heard.as_deref(), &mut theirs, format);
            }
        }
        if input.is_empty() {
            return;
        }
    }
}

/// One input to a decoder, and how much sound is missing.
#[derive(Debug)]
enum Step<'a> {
    Packet(&'a [u8]),
    Fec(&'a [u8], usize),
    Lost(usize),
}

impl<'a> Step<'a> {
    fn read(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let (kind, size) = (input.arbitrary::<u8>()?, input.arbitrary::<u8>()?);
        let steps = usize::from(kind / 4);
        if kind % 4 == 3 {
            return Ok(Self::Lost(steps));
        }
        let len = (usize::from(size) * usize::from(1 + kind % 3)).min(input.len());
        let packet = input.bytes(len)?;
        Ok(if kind % 4 == 2 { Self::Fec(packet, steps) } else { Self::Packet(packet) })
    }

    /// Decodes, checks what holds without an oracle, and returns the sound.
    fn take(&self, decoder: &mut Decoder) -> Result<Vec<f32>, CodecError> {
        let format = decoder.format();
        let unit = format.samples(Duration::from_micros(2_500));
        let (decoded, mut pcm) = match *self {
            Self::Packet(bytes) => {
                let info = decoder.inspect(bytes)?;
                let needed = format.samples(info.duration);
                let mut pcm = vec![0.0; needed];
                let actual = needed - 1;
                let short = decoder.decode(AudioInput::Packet(bytes), &mut pcm[..actual]);
                assert_eq!(short, Err(CodecError::BufferTooSmall { needed, actual }));
                (decoder.decode(AudioInput::Packet(bytes), &mut pcm), pcm)
            }
            Self::Fec(next, steps) => {
                let mut pcm = vec![f32::NAN; steps * unit];
                (decoder.decode(AudioInput::Fec { next }, &mut pcm), pcm)
            }
            Self::Lost(steps) => {
                let mut pcm = vec![f32::NAN; steps * unit];
                (decoder.decode(AudioInput::Lost, &mut pcm), pcm)
            }
        };
        let decoded = decoded?;
        assert_eq!(decoded, pcm.len(), "all of it is filled");
        for sample in &mut pcm {
            assert!(sample.abs() < LOUDEST, "{sample} from {self:?}");
        }
        Ok(pcm)
    }

    fn agrees(&self, ours: Result<&[f32], &CodecError>, theirs: &mut opus::Decoder, format: AudioFormat) {
        let (bytes, fec, steps) = match *self {
            Self::Packet(bytes) => (bytes, false, 48),
            Self::Fec(next, steps) => (next, true, steps),
            Self::Lost(steps) => (&[][..], false, steps),
        };
        if matches!(self, Self::Packet([]) | Self::Fec([], _)) {
            assert_eq!(ours, Err(&CodecError::Corrupt));
            return;
        }
        if matches!(self, Self::Fec(_, 0) | Self::Lost(0)) && ours.is_ok() {
            return;
        }
        let mut pcm = vec![0.0; steps * format.samples(Duration::from_micros(2_500))];
        let decoded = theirs.decode_float(bytes, &mut pcm, fec);
        match (ours, decoded) {
            (Ok(ours), Ok(frames)) => {
                assert!(ours == &pcm[..frames * format.channels()], "other sound from {self:?}");
            }
            (Err(_), Err(_)) => {}
            (ours, theirs) => panic!("{:?} but {theirs:?} from {self:?}", ours.map(<[f32]>::len)),
        }
    }
}

/// Whatever is set and whatever is fed, every packet fits its buffer, lasts one frame and can be decoded; nothing is
/// withheld unless DTX is on.
pub fn encode_total(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok([shape, application, frame]) = input.arbitrary::<[u8; 3]>() else { return };
    let format = format(RATES[usize::from(shape) % 5], 1 + shape / 5 % 2);
    let config = EncoderConfig {
        format,
        application: [Application::Voice, Application::Music, Application::LowDelay]
            [usize::from(application) % 3],
        frame: Duration::from_micros(FRAMES_US[usize::from(frame) % 9]),
        complexity: 0,
        ..EncoderConfig::default()
    };
    let mut encoder = Encoder::new(config).expect("a valid configuration");
    let mut decoder =
        Decoder::new(DecoderConfig { format, ..DecoderConfig::default() }).expect("a valid format");
    let mut dtx = Dtx::Off;
    let mut heard = vec![0.0; format.samples(config.frame)];
    for _ in 0..MOST_STEPS / 2 {
        if input.is_empty() {
            return;
        }
        let Ok([setting, value]) = input.arbitrary::<[u8; 2]>() else { return };
        let index = usize::from(value);
        match setting % 8 {
            0 => encoder.set_bitrate(u32::from(value) * 2_048),
            1 => encoder.set_expected_loss(f32::from(value) / 200.0),
            2 => encoder.set_fec([Fec::Off, Fec::On, Fec::UnlessMusic][index % 3]),
            3 => {
                dtx = [Dtx::Off, Dtx::On][index % 2];
                encoder.set_dtx(dtx)
            }
            4 => encoder.set_signal([Signal::Auto, Signal::Voice, Signal::Music][index % 3]),
            5 => {
                encoder.set_max_bandwidth([Bandwidth::Narrow, Bandwidth::Medium, Bandwidth::Wide][index % 3])
            }
            6 => encoder.set_max_bandwidth([Bandwidth::SuperWide, Bandwidth::Full][index % 2]),
            _ => encoder.set_complexity(value % 11),
        }
        .expect("every value is allowed");

        let Ok((room, len)) = input.arbitrary::<(u16, u8)>() else { return };
        let period = input.bytes(usize::from(len).min(input.len())).expect("no more than there is");
        let pcm = sound(period, heard.len());
        let mut packet = vec![0; usize::from(room) % 9_000];
        let encoded = match encoder.encode(&pcm, &mut packet) {
            Ok(encoded) => encoded,
            Err(CodecError::BufferTooSmall { needed, actual }) => {
                assert!(actual == packet.len() && actual < needed && needed <= 90);
                continue;
            }
            Err(error) => panic!("{error}"),
        };
        let Encoded::Packet(len) = encoded else {
            assert_eq!(dtx, Dtx::On, "withheld without DTX");
            continue;
        };
        let packet = &packet[..len];
        assert_eq!(decoder.inspect(packet).map(|info| info.duration), Ok(config.frame));
        assert_eq!(decoder.decode(AudioInput::Packet(packet), &mut heard), Ok(heard.len()));
        assert!(heard.iter().all(|sample| sample.abs() < LOUDEST));
    }
}

/// `len` samples made of `period`: as bit patterns, or as small steps.
fn sound(period: &[u8], len: usize) -> Vec<f32> {
    let Some((&kind, period)) = period.split_first() else { return vec![0.0; len] };
    if kind % 4 == 0 {
        let words = period.as_chunks::<4>().0.iter().map(|word| f32::from_le_bytes(*word));
        return words.chain([0.0]).collect::<Vec<_>>().into_iter().cycle().take(len).collect();
    }
    let steps = period.iter().map(|step| f32::from(*step as i8) / 128.0);
    steps.chain([0.0]).collect::<Vec<_>>().into_iter().cycle().take(len).collect()
}

fn format(rate: u32, channels: u8) -> AudioFormat {
    let rate = ClockRate::new(rate).expect("a rate of Opus");
    AudioFormat::new(rate, channels).expect("at least one channel")
}

fn peer(rate: u32, channels: u8) -> opus::Decoder {
    let channels = if channels == 1 { opus::Channels::Mono } else { opus::Channels::Stereo };
    opus::Decoder::new(rate, channels).expect("a valid format")
}
