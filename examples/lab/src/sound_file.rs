//! What is heard, as a WAV file of 16-bit samples.

use anyhow::{Context, Result};
use hound::{SampleFormat, WavSpec, WavWriter};
use moim_dsp::Converter;
use moim_media::AudioFormat;
use moim_simd::Cpu;
use std::path::Path;

pub(crate) fn write(path: &Path, format: AudioFormat, samples: &[f32]) -> Result<()> {
    let channels = u16::try_from(format.channels())?;
    let spec = WavSpec {
        channels,
        sample_rate: format.rate().hz(),
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut pcm = vec![0; samples.len()];
    Converter::new(Cpu::detect()).to_i16(samples, &mut pcm);
    let cannot = || format!("cannot write {}", path.display());
    let mut writer = WavWriter::create(path, spec).with_context(cannot)?;
    let mut block = writer.get_i16_writer(u32::try_from(pcm.len())?);
    for sample in pcm {
        block.write_sample(sample);
    }
    block.flush().with_context(cannot)?;
    writer.finalize().with_context(cannot)
}
