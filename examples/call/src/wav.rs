//! Sound in files: WAV, 48 kHz.

use anyhow::{Context, Result, bail, ensure};
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use moim_dsp::Converter;
use moim_media::AudioFormat;
use moim_simd::Cpu;
use std::path::Path;

/// Reads a file of 48 kHz, 16-bit or float, with any number of channels, which are averaged into one.
pub(crate) fn read(path: &Path) -> Result<Vec<f32>> {
    let mut reader = WavReader::open(path)
        .with_context(|| format!("cannot read {}; {}", path.display(), conversion(path)))?;
    let spec = reader.spec();
    let rate = AudioFormat::VOICE.rate().hz();
    if spec.sample_rate != rate {
        bail!("{} has {} Hz, not {rate}; {}", path.display(), spec.sample_rate, conversion(path));
    }
    let broken = || format!("{} is broken", path.display());
    let samples: Vec<f32> = match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Int, 16) => {
            let pcm = reader.samples().collect::<Result<Vec<i16>, _>>().with_context(broken)?;
            let mut samples = vec![0.0; pcm.len()];
            Converter::new(Cpu::detect()).to_f32(&pcm, &mut samples);
            samples
        }
        (SampleFormat::Float, 32) => {
            reader.samples().collect::<Result<Vec<f32>, _>>().with_context(broken)?
        }
        (_, bits) => bail!("{} has samples of {bits} bits; {}", path.display(), conversion(path)),
    };
    ensure!(
        samples.iter().all(|sample| sample.is_finite()),
        "{} holds samples that are no numbers",
        path.display()
    );
    let channels = usize::from(spec.channels);
    Ok(samples.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32).collect())
}

/// Writes a file of 48 kHz, mono, 16-bit.
pub(crate) fn write(path: &Path, samples: &[f32]) -> Result<()> {
    let spec = WavSpec {
        channels: 1,
        sample_rate: AudioFormat::VOICE.rate().hz(),
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut pcm = vec![0; samples.len()];
    Converter::new(Cpu::detect()).to_i16(samples, &mut pcm);
    let cannot = || format!("cannot write {}", path.display());
    let mut writer = WavWriter::create(path, spec).with_context(cannot)?;
    let len = u32::try_from(pcm.len()).with_context(cannot)?;
    let mut block = writer.get_i16_writer(len);
    pcm.into_iter().for_each(|sample| block.write_sample(sample));
    block.flush().with_context(cannot)?;
    writer.finalize().with_context(cannot)
}

/// The command that makes a fitting file of any.
fn conversion(path: &Path) -> String {
    let to = path.with_extension("48k.wav");
    format!(
        "convert it first: ffmpeg -i '{}' -ac 1 -ar 48000 -c:a pcm_s16le '{}'",
        path.display(),
        to.display()
    )
}
