//! Sound in files: WAV, 48 kHz.

use anyhow::{Context, Result, bail, ensure};
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use moim_dsp::Converter;
use moim_media::AudioFormat;
use moim_simd::Cpu;
use std::io::{self, Read};
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
            let pcm = read_i16(reader).with_context(broken)?;
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
    if channels == 1 {
        return Ok(samples);
    }
    ensure!(channels > 0, "{} has no channel", path.display());
    Ok(samples.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32).collect())
}

/// All samples at once: `hound` reads them one by one, which takes longer than anything else about a file.
fn read_i16(reader: WavReader<impl Read>) -> io::Result<Vec<i16>> {
    let bytes = u64::from(reader.len()) * 2;
    let mut data = Vec::new();
    reader.into_inner().take(bytes).read_to_end(&mut data)?;
    if data.len() as u64 != bytes {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(data.as_chunks().0.iter().map(|&sample| i16::from_le_bytes(sample)).collect())
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    /// A file of this test's own.
    fn file(name: &str, spec: WavSpec, samples: &[f32]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("call-wav-{}-{name}.wav", std::process::id()));
        let mut writer = WavWriter::create(&path, spec).unwrap();
        for &sample in samples {
            match spec.sample_format {
                SampleFormat::Int => writer.write_sample((sample * 32_768.0) as i16).unwrap(),
                SampleFormat::Float => writer.write_sample(sample).unwrap(),
            }
        }
        writer.finalize().unwrap();
        path
    }

    fn spec(channels: u16, sample_format: SampleFormat) -> WavSpec {
        let bits_per_sample = if sample_format == SampleFormat::Int { 16 } else { 32 };
        WavSpec { channels, sample_rate: 48_000, bits_per_sample, sample_format }
    }

    #[test]
    fn what_is_written_is_read() {
        let samples: Vec<f32> = (-100..100_i16).map(|n| f32::from(n) / 128.0).collect();
        let path = file("written", spec(1, SampleFormat::Int), &[]);
        write(&path, &samples).unwrap();
        assert_eq!(read(&path).unwrap(), samples);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn channels_are_averaged_whatever_the_format() {
        for format in [SampleFormat::Int, SampleFormat::Float] {
            let path = file(&format!("{format:?}"), spec(2, format), &[0.5, 0.25, -0.5, -0.5, 0.0, 0.5]);
            assert_eq!(read(&path).unwrap(), [0.375, -0.5, 0.25]);
            fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_file_cut_short_is_broken() {
        let path = file("cut", spec(1, SampleFormat::Int), &[0.5; 1_000]);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("broken"));
        fs::remove_file(path).unwrap();
    }
}
