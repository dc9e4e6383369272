//! Sound in files: WAV, 48 kHz.

use anyhow::{Context, Result, bail, ensure};
use core::fmt;
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use moim_dsp::Converter;
use moim_media::AudioFormat;
use moim_simd::Cpu;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// Bytes of the header and of one sample.
const HEADER: u64 = 44;
const SAMPLE: u64 = 2;

/// Writes what is heard, as 16-bit samples, as it comes.
pub struct SoundFile {
    writer: WavWriter<BufWriter<File>>,
    converter: Converter,
    block: Vec<i16>,
}

impl fmt::Debug for SoundFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoundFile").field("samples", &self.writer.len()).finish_non_exhaustive()
    }
}

impl SoundFile {
    /// A file at `path` for `samples` samples, all channels counted.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or a WAV file cannot hold so much.
    pub fn create(path: &Path, format: AudioFormat, samples: u64) -> Result<Self> {
        let most = (u64::from(u32::MAX) - HEADER) / SAMPLE;
        ensure!(
            samples <= most,
            "a WAV file holds {} h at most: choose a shorter --duration-ms",
            format.duration(usize::try_from(most)?).as_secs() / 3_600
        );
        let spec = WavSpec {
            channels: u16::try_from(format.channels())?,
            sample_rate: format.rate().hz(),
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let writer = WavWriter::create(path, spec);
        let writer = writer.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { writer, converter: Converter::new(Cpu::detect()), block: Vec::new() })
    }

    /// Adds a little sound.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn add(&mut self, sound: &[f32]) -> Result<()> {
        self.block.resize(sound.len(), 0);
        self.converter.to_i16(sound, &mut self.block);
        let mut block = self.writer.get_i16_writer(u32::try_from(sound.len())?);
        for &sample in &self.block {
            block.write_sample(sample);
        }
        block.flush().context("cannot write the sound")
    }

    /// Completes the file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn finish(self) -> Result<()> {
        self.writer.finalize().context("cannot write the sound")
    }
}

/// Writes all of `sound`.
///
/// # Errors
///
/// As [`SoundFile`].
pub fn write(path: &Path, format: AudioFormat, sound: &[f32]) -> Result<()> {
    let mut file = SoundFile::create(path, format, sound.len() as u64)?;
    sound
        .chunks(format.samples(core::time::Duration::from_secs(1)))
        .try_for_each(|second| file.add(second))?;
    file.finish()
}

/// Reads a file of 48 kHz, 16-bit or float, with any number of channels, which are averaged into one.
///
/// # Errors
///
/// When it cannot be read, or is another kind of file.
pub fn read(path: &Path) -> Result<Vec<f32>> {
    let shown = path.display();
    let convert = format!(
        "convert it first: ffmpeg -i '{shown}' -ar 48000 -c:a pcm_s16le '{}'",
        path.with_extension("48k.wav").display()
    );
    let mut reader = WavReader::open(path).with_context(|| format!("cannot read {shown}; {convert}"))?;
    let spec = reader.spec();
    let rate = AudioFormat::VOICE.rate().hz();
    ensure!(spec.sample_rate == rate, "{shown} has {} Hz, not {rate}; {convert}", spec.sample_rate);
    let samples: Result<Vec<f32>, hound::Error> = match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Int, 16) => {
            reader.samples::<i16>().map(|sample| sample.map(|sample| f32::from(sample) / 32_768.0)).collect()
        }
        (SampleFormat::Float, 32) => reader.samples().collect(),
        (_, bits) => bail!("{shown} has samples of {bits} bits; {convert}"),
    };
    let samples = samples.with_context(|| format!("{shown} is broken"))?;
    ensure!(samples.iter().all(|sample| sample.is_finite()), "{shown} holds samples that are no numbers");
    let channels = usize::from(spec.channels.max(1));
    Ok(samples.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32).collect())
}
