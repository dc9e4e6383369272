//! `lab playout`: a recorded call on a virtual clock.

use crate::call::Call;
use crate::course::Course;
use crate::policy::Policy;
use crate::receiver::{Received, Receiver};
use crate::sound_file::SoundFile;
use crate::stats::Report;
use crate::trace;
use crate::virtual_time::{self, Watch};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use core::time::Duration;
use moim_media::{AudioFormat, Instant};
use moim_playout::{AudioReceiver, Produced};
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

/// How long a call goes on after its last packet, unless something else is asked for.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// What is played, by whom, and what is left of it.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The call.
    #[command(flatten)]
    pub call: Call,
    /// What is heard: WAV, 48 kHz, one channel, 16-bit
    #[arg(long, value_name = "WAV")]
    pub out: PathBuf,
    /// How much to play, in ms from the beginning of the recording; by default until a second after the last packet
    #[arg(long, value_name = "MS")]
    pub duration_ms: Option<u64>,
    /// Where to write what the receiver counted, as JSON
    #[arg(long, value_name = "JSON")]
    pub stats: Option<PathBuf>,
    /// Where to write what came and what was played, step by step, as CSV
    #[arg(long, value_name = "CSV")]
    pub trace: Option<PathBuf>,
    /// The delay that is aimed at: fixed:MS, quantile:SHARE, expected or expected:COST
    #[arg(long, default_value_t)]
    pub policy: Policy,
}

/// Plays the recording and leaves behind what was asked for.
///
/// # Errors
///
/// When the recording cannot be read, holds nothing to play, or a file cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let recording = options.call.recording()?;
    let end = recording.end().map_or(Instant::EPOCH, |last| last + AFTERWARDS);
    let end = options.duration_ms.map_or(end, Instant::from_millis);

    let playout = options.policy.receiver(options.call.concealment.decoder()?)?;
    let mut receiver = options.call.receiver(&recording, playout)?;

    let format = receiver.playout().format();
    let samples = virtual_time::samples(format, end);
    let sound = SoundFile::create(&options.out, format, samples)?;
    let mut left_behind = LeftBehind { sound, course: options.trace.as_ref().map(|_| Course::default()) };
    virtual_time::play(&recording, &mut receiver, end, &mut left_behind)?;

    let LeftBehind { sound, course } = left_behind;
    sound.finish()?;
    if let (Some(path), Some(course)) = (&options.trace, &course) {
        write(path, |file| Ok(trace::write(course, file)?))?;
    }
    if let Some(path) = &options.stats {
        let report = report(options, format, samples, &receiver);
        write(path, |file| Ok(serde_json::to_writer_pretty(file, &report)?))?;
    }
    Ok(())
}

fn report(options: &Options, format: AudioFormat, samples: u64, receiver: &Receiver) -> Report {
    let concealment =
        options.call.concealment.to_possible_value().map_or(String::new(), |value| value.get_name().into());
    let total = format.rate().duration(samples / format.channels() as u64);
    Report::new(options.policy.to_string(), concealment, total, &receiver.playout().stats())
}

fn write(path: &PathBuf, content: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut file = BufWriter::new(File::create(path).with_context(cannot)?);
    content(&mut file).with_context(cannot)?;
    std::io::Write::flush(&mut file).with_context(cannot)
}

/// What is left of a call.
struct LeftBehind {
    sound: SoundFile,
    course: Option<Course>,
}

impl Watch for LeftBehind {
    fn received(&mut self, now: Instant, packet: &Received) -> Result<()> {
        if let Some(course) = &mut self.course {
            course.received(now, packet);
        }
        Ok(())
    }

    fn played(
        &mut self,
        now: Instant,
        produced: Produced,
        sound: &[f32],
        receiver: &dyn AudioReceiver,
    ) -> Result<()> {
        if let Some(course) = &mut self.course {
            course.played(now, produced, receiver);
        }
        self.sound.add(sound)
    }
}
