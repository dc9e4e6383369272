//! Deep redundancy made of anything.

use super::{LOUDEST, MOST_STEPS, RATES, format};
use arbitrary::Unstructured;
use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioInput, CodecError};
use moim_opus::{Decoder, DecoderConfig, Neural, Packet, Redundancy};

/// Most pieces of 2.5 ms made at once; networks are slow.
const MOST_PIECES: usize = 64;
/// A second of speech, after as long a silence as can be said.
const LONGEST_REACH: Duration = Duration::from_secs(22);

/// Whatever is parsed, `Packet` sees redundancy where libopus finds it, none is decoded from where none is, and what is
/// decoded is all there and finite. Parsing does not touch the state of decoding: a decoder whose redundancy was
/// parsed by another one makes the same sound bit for bit, and so does one that took detours and undid them.
pub fn redundancy(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok([shape, neural]) = input.arbitrary::<[u8; 2]>() else { return };
    let format = format(RATES[usize::from(shape) % 5], 1 + shape / 5 % 2);
    let neural = [Neural::Concealment, Neural::Lace, Neural::NoLace][usize::from(neural) % 3];
    let new = || Decoder::new(DecoderConfig { format, neural }).expect("a valid format, and every feature");
    let (mut ours, mut theirs, mut reader) = (new(), new(), new());
    let (mut parsed, mut parsed_apart) = (Redundancy::default(), Redundancy::default());
    for _ in 0..MOST_STEPS {
        if input.is_empty() {
            return;
        }
        let Ok(step) = input.arbitrary::<u8>() else { return };
        match step % 4 {
            0 => {
                let Ok(packet) = packet(&mut input) else { return };
                let reach = ours.parse_redundancy(&packet, &mut parsed);
                assert_eq!(reach, reader.parse_redundancy(&packet, &mut parsed_apart));
                check(&packet, reach, &parsed);
                assert_eq!(parsed.is_empty(), parsed_apart.is_empty());
            }
            1 => {
                ours.save();
                for _ in 0..step / 64 {
                    let Ok(detour) = Step::read(&mut input) else { break };
                    // Sound or refusal: either is undone.
                    let _ = detour.take(&mut ours, &parsed);
                }
                ours.restore();
            }
            _ => {
                let Ok(step) = Step::read(&mut input) else { return };
                let heard = step.take(&mut ours, &parsed);
                assert_eq!(heard, step.take(&mut theirs, &parsed_apart), "other sound from {step:?}");
            }
        }
    }
}

fn check(packet: &[u8], reach: Duration, parsed: &Redundancy) {
    assert!(reach == parsed.reach() && reach <= LONGEST_REACH);
    assert!(reach.is_zero() || !parsed.is_empty());
    let seen = Packet::parse(packet).is_ok_and(|packet| packet.has_dred());
    assert_eq!(seen, !parsed.is_empty());
}

/// Any bytes, or any bytes in the place where a packet of one empty frame carries its redundancy.
fn packet(input: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let [kind, size] = input.arbitrary::<[u8; 2]>()?;
    let bytes = input.bytes(usize::from(size).min(input.len()))?;
    if kind % 4 == 0 {
        return Ok(bytes.to_vec());
    }
    let payload = &bytes[..bytes.len().min(250)];
    let padding = [&[126 << 1, b'D', 12], payload].concat();
    Ok([&[kind | 3, 0x41, padding.len() as u8], &padding[..]].concat())
}

/// One piece of sound.
#[derive(Debug)]
enum Step {
    Packet(Vec<u8>),
    Redundant { offset: Duration, pieces: usize },
    Lost { pieces: usize },
}

impl Step {
    fn read(input: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        let [kind, pieces] = input.arbitrary::<[u8; 2]>()?;
        let pieces = usize::from(pieces) % MOST_PIECES;
        Ok(match kind % 4 {
            0 => Self::Packet(packet(input)?),
            1 => Self::Lost { pieces },
            2 => {
                let offset = Duration::from_micros(2_500) * u32::from(input.arbitrary::<u8>()?);
                Self::Redundant { offset, pieces }
            }
            _ => Self::Redundant { offset: Duration::from_nanos(input.arbitrary()?), pieces },
        })
    }

    /// Decodes, and returns the sound as bits, so that all of it can be compared.
    fn take(&self, decoder: &mut Decoder, parsed: &Redundancy) -> Result<Vec<u32>, CodecError> {
        let piece = decoder.format().samples(Duration::from_micros(2_500));
        let mut pcm = match *self {
            Self::Packet(_) => vec![f32::NAN; 48 * piece],
            Self::Redundant { pieces, .. } | Self::Lost { pieces } => vec![f32::NAN; pieces * piece],
        };
        let decoded = match *self {
            Self::Packet(ref packet) => decoder.decode(AudioInput::Packet(packet), &mut pcm)?,
            Self::Lost { .. } => decoder.decode(AudioInput::Lost, &mut pcm)?,
            Self::Redundant { offset, .. } => {
                let decoded = decoder.decode(AudioInput::Redundant { from: parsed, offset }, &mut pcm);
                assert_eq!(decoded == Err(CodecError::Unsupported), parsed.is_empty());
                decoded?
            }
        };
        if !matches!(self, Self::Packet(_)) {
            assert_eq!(decoded, pcm.len(), "all of it is filled");
        }
        for sample in &pcm[..decoded] {
            assert!(sample.abs() < LOUDEST, "{sample} from {self:?}");
        }
        Ok(pcm[..decoded].iter().map(|sample| sample.to_bits()).collect())
    }
}
