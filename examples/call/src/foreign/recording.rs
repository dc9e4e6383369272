//! What was heard and seen, from the first of it on.

use crate::recorder::Recorder;
use crate::wav;
use anyhow::{Context, Result};
use moim_media::{AudioFormat, Instant, VideoSize};
use std::path::PathBuf;
use std::time::Duration;

/// What a recording says of its pictures until the first one came.
const NOMINAL: VideoSize = VideoSize::new(640, 360).unwrap();

/// A recording that begins when there is something to record; before, it has no file.
#[derive(Debug)]
pub(super) struct Recording {
    path: PathBuf,
    medium: Medium,
    /// Samples that were heard.
    heard: usize,
    state: State,
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Medium {
    /// WAV: sound alone.
    Tape,
    /// MP4: sound and pictures.
    Film,
}

#[derive(Debug)]
enum State {
    Waiting,
    Tape(Vec<f32>),
    Film { recorder: Recorder, start: Instant },
}

impl Recording {
    /// A recording into the file at `path`; its ending tells the kind, where it is one of the two.
    pub(super) fn new(path: PathBuf) -> Self {
        let is_film = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mp4"));
        let medium = if is_film { Medium::Film } else { Medium::Tape };
        Self { path, medium, heard: 0, state: State::Waiting }
    }

    /// Begins at `now`, if it has not begun.
    pub(super) fn begin(&mut self, now: Instant) -> Result<()> {
        if !matches!(self.state, State::Waiting) {
            return Ok(());
        }
        if let Some(folder) = self.path.parent() {
            let shown = folder.display();
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {shown}"))?;
        }
        self.state = match self.medium {
            Medium::Tape => State::Tape(Vec::new()),
            Medium::Film => State::Film { recorder: Recorder::create(&self.path, NOMINAL)?, start: now },
        };
        Ok(())
    }

    /// The sound that follows on the last. What comes before the beginning is not recorded.
    pub(super) fn sound(&mut self, pcm: &[f32]) -> Result<()> {
        match &mut self.state {
            State::Waiting => return Ok(()),
            State::Tape(heard) => heard.extend_from_slice(pcm),
            State::Film { recorder, .. } => recorder.sound(pcm)?,
        }
        self.heard += pcm.len();
        Ok(())
    }

    /// A picture that is on the screen from `now` on.
    pub(super) fn picture(&mut self, now: Instant, access_unit: &[u8]) -> Result<()> {
        match &mut self.state {
            State::Film { recorder, start } => recorder.picture(now.since(*start), access_unit),
            State::Waiting | State::Tape(_) => Ok(()),
        }
    }

    /// Ends it.
    pub(super) fn finish(self) -> Result<Finished> {
        let length = AudioFormat::VOICE.duration(self.heard);
        match self.state {
            State::Waiting => return Ok(Finished::Nothing),
            State::Tape(heard) => wav::write(&self.path, &heard)?,
            State::Film { recorder, .. } => recorder.finish(length)?,
        }
        Ok(Finished::Recorded { length, path: self.path })
    }
}

/// What is left of a recording.
#[derive(Debug)]
pub(super) enum Finished {
    /// Nothing came.
    Nothing,
    Recorded {
        length: Duration,
        path: PathBuf,
    },
}
