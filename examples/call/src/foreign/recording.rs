//! What was heard and seen, from the first of it on.

use crate::recorder::Recorder;
use crate::wav;
use anyhow::{Context, Result};
use moim_media::{AudioFormat, Instant, VideoSize};
use std::path::PathBuf;
use std::time::Duration;

/// What a recording says of its pictures until the first one came.
const NOMINAL: VideoSize = VideoSize::new(640, 360).unwrap();

/// A recording that begins with the first sound or picture; before, it has no file.
#[derive(Debug)]
pub(super) struct Recording {
    path: PathBuf,
    /// Samples of sound that it holds.
    heard: usize,
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    start: Instant,
    media: Media,
}

#[derive(Debug)]
enum Media {
    /// WAV: sound alone.
    Tape(Vec<f32>),
    /// MP4: sound and pictures.
    Film(Box<Recorder>),
}

impl Recording {
    /// A recording into the file at `path`: of sound and pictures where it ends with `.mp4`, else of sound alone.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, heard: 0, kept: None }
    }

    /// The sound to be heard from `now` on, which follows on the last; before the first it is silent.
    pub(super) fn sound(&mut self, now: Instant, pcm: &[f32]) -> Result<()> {
        let start = self.begin(now)?;
        if self.heard == 0 {
            let silence = vec![0.0; AudioFormat::VOICE.samples(now.since(start))];
            self.append(&silence)?;
        }
        self.append(pcm)
    }

    /// A picture that is on the screen from `now` on.
    pub(super) fn picture(&mut self, now: Instant, access_unit: &[u8]) -> Result<()> {
        let start = self.begin(now)?;
        match &mut self.kept {
            Some(Kept { media: Media::Film(recorder), .. }) => {
                recorder.picture(now.since(start), access_unit)
            }
            _ => Ok(()),
        }
    }

    /// When it began: now, if it had not.
    fn begin(&mut self, now: Instant) -> Result<Instant> {
        if let Some(kept) = &self.kept {
            return Ok(kept.start);
        }
        if let Some(folder) = self.path.parent() {
            let shown = folder.display();
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {shown}"))?;
        }
        let is_film = self.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mp4"));
        let media = match is_film {
            true => Media::Film(Box::new(Recorder::create(&self.path, NOMINAL)?)),
            false => Media::Tape(Vec::new()),
        };
        self.kept = Some(Kept { start: now, media });
        Ok(now)
    }

    fn append(&mut self, pcm: &[f32]) -> Result<()> {
        self.heard += pcm.len();
        match self.kept.as_mut().map(|kept| &mut kept.media) {
            Some(Media::Film(recorder)) => recorder.sound(pcm),
            Some(Media::Tape(heard)) => {
                heard.extend_from_slice(pcm);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Ends it.
    pub(super) fn finish(self) -> Result<Finished> {
        let length = AudioFormat::VOICE.duration(self.heard);
        match self.kept.map(|kept| kept.media) {
            None => return Ok(Finished::Nothing),
            Some(Media::Tape(heard)) => wav::write(&self.path, &heard)?,
            Some(Media::Film(recorder)) => recorder.finish(length)?,
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
