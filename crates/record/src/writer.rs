//! Writing a recording as it happens.

mod fragment;
mod header;
mod track;

use crate::nal::{self, LENGTH_BYTES, NalKind};
use crate::ticks::{self, PICTURE_RATE, SOUND_RATE};
use crate::{ConfigError, Mp4Config, Mp4WriteError, opus};
use core::time::Duration;
use fragment::Fragments;
use header::ParameterSets;
use std::io::Write;
use track::{NewSample, TrackBuffer};

/// What became of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Recorded {
    /// It will be in the file.
    Kept,
    /// It is left out: nothing can be decoded before the first key frame with its parameter sets.
    AwaitsKeyFrame,
}

/// Bytes of sound that wait for their fragment: twice what Opus makes of a second at its highest bitrate, and more
/// than its largest packet. A fragment that reaches it is written early.
const SOUND_BYTES: usize = 128 << 10;

/// Writes H.264 pictures and Opus sound, as they come, to fragmented MP4 (ISO/IEC 14496-12, 8.8).
///
/// The file plays at any moment up to the last fragment, whatever becomes of the program: each fragment holds at
/// most [`Mp4Config::fragment`] of the recording, is written with three calls of `write_all`, and is flushed.
/// All memory is allocated by [`new`](Self::new), except for the file's header. Nothing is written by dropping it.
///
/// All times count from the start of the recording. Picture and sound are given each in their own order; one may run
/// ahead of the other by half a fragment without harm. A time that does not increase moves its sample to the next
/// possible moment, so that nothing is lost.
#[derive(Debug)]
pub struct Mp4Writer<W> {
    into: W,
    config: Mp4Config,
    state: State,
    parameter_sets: Option<ParameterSets>,
    picture: TrackBuffer,
    sound: TrackBuffer,
    fragments: Fragments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The file is empty.
    Fresh,
    /// The header is written.
    Running,
    Poisoned,
}

impl<W: Write> Mp4Writer<W> {
    /// A recording into `into`, which need not be buffered. Nothing is written yet.
    ///
    /// # Errors
    ///
    /// When `config` makes no recording.
    pub fn new(into: W, config: Mp4Config) -> Result<Self, ConfigError> {
        config.check()?;
        let picture_bytes = if config.picture.is_some() { config.picture_bytes } else { 0 };
        let sound_bytes = if config.sound.is_some() { SOUND_BYTES } else { 0 };
        Ok(Self {
            into,
            state: State::Fresh,
            parameter_sets: None,
            picture: TrackBuffer::new(PICTURE_RATE, config.fragment, picture_bytes),
            sound: TrackBuffer::new(SOUND_RATE, config.fragment, sound_bytes),
            fragments: Fragments::new(),
            config,
        })
    }

    /// Records a picture that is shown from `shown` on, until the next one is: an access unit in Annex B byte stream
    /// form, its parameter sets in band where they change.
    ///
    /// # Errors
    ///
    /// See [`Mp4WriteError`]; after all of them but those of I/O the recording goes on as if the call had not been.
    pub fn picture(&mut self, shown: Duration, access_unit: &[u8]) -> Result<Recorded, Mp4WriteError> {
        self.check_alive()?;
        if self.config.picture.is_none() {
            return Err(Mp4WriteError::NoSuchTrack);
        }
        let time = ticks::from_duration(shown, PICTURE_RATE).ok_or(Mp4WriteError::TimeOutOfRange)?;
        let (mut size, mut key) = (0, false);
        for unit in nal::annex_b(access_unit) {
            size += LENGTH_BYTES + unit.len();
            key |= NalKind::of(unit) == NalKind::Idr;
        }
        if size == 0 {
            return Err(Mp4WriteError::NotAnnexB);
        }
        self.picture.check_size(size)?;
        if self.parameter_sets.is_none() {
            self.parameter_sets = if key { ParameterSets::find(access_unit) } else { None };
        }
        if self.parameter_sets.is_none() {
            // The sound goes on.
            self.advance(shown)?;
            return Ok(Recorded::AwaitsKeyFrame);
        }
        let time = self.picture.close_last(time);
        let due = self.picture.is_due(time) || self.sound.is_due_at(shown);
        // A fragment that begins with a key frame is one that a player can begin with.
        if due || !self.picture.has_room(size) || (key && self.picture.is_half_due(time)) {
            self.write_fragment(self.picture.len())?;
        }
        self.picture.push(NewSample { time, duration: 0, key }, |bytes| {
            for unit in nal::annex_b(access_unit) {
                // The size was checked: it is far below 2^32.
                bytes.extend_from_slice(&(unit.len() as u32).to_be_bytes());
                bytes.extend_from_slice(unit);
            }
        });
        Ok(Recorded::Kept)
    }

    /// Records an Opus packet whose sound begins at `at` (see [`SoundConfig::pre_skip`](crate::SoundConfig) for what
    /// that means). Where no packet follows on the one before, the recording is silent.
    ///
    /// # Errors
    ///
    /// See [`Mp4WriteError`]; after all of them but those of I/O the recording goes on as if the call had not been.
    pub fn sound(&mut self, at: Duration, packet: &[u8]) -> Result<(), Mp4WriteError> {
        self.check_alive()?;
        if self.config.sound.is_none() {
            return Err(Mp4WriteError::NoSuchTrack);
        }
        let time = ticks::from_duration(at, SOUND_RATE).ok_or(Mp4WriteError::TimeOutOfRange)?;
        let duration = opus::samples(packet).ok_or(Mp4WriteError::NotOpus)?;
        self.sound.check_size(packet.len())?;
        let time = self.sound.close_last(time);
        if self.sound.is_due(time) || self.picture.is_due_at(at) || !self.sound.has_room(packet.len()) {
            let pictures = self.picture.settle(at);
            self.write_fragment(pictures)?;
        }
        self.sound.push(NewSample { time, duration, key: true }, |bytes| bytes.extend_from_slice(packet));
        Ok(())
    }

    /// Tells that the recording has come to `now`, so that what waits is written in time although nothing new comes:
    /// a picture that stands for long is otherwise not written before the next one.
    ///
    /// # Errors
    ///
    /// When writing fails, now or before.
    pub fn advance(&mut self, now: Duration) -> Result<(), Mp4WriteError> {
        self.check_alive()?;
        if self.sound.is_due_at(now) || self.picture.is_due_at(now) {
            let pictures = self.picture.settle(now);
            self.write_fragment(pictures)?;
        }
        Ok(())
    }

    /// Writes what waits and returns where it was written to. The last picture is shown until `end`.
    ///
    /// # Errors
    ///
    /// When writing fails, now or before.
    pub fn finish(mut self, end: Duration) -> Result<W, Mp4WriteError> {
        self.check_alive()?;
        if let Some(end) = ticks::from_duration(end, PICTURE_RATE) {
            self.picture.close_last(end);
        }
        self.write_fragment(self.picture.len())?;
        Ok(self.into)
    }

    /// Where the recording is written to: what was given to [`new`](Self::new).
    pub fn get_ref(&self) -> &W {
        &self.into
    }

    fn check_alive(&self) -> Result<(), Mp4WriteError> {
        if self.state == State::Poisoned { Err(Mp4WriteError::Poisoned) } else { Ok(()) }
    }

    /// Writes the first `pictures` of the pictures that wait, and all of the sound; before them, once, the header.
    fn write_fragment(&mut self, pictures: usize) -> Result<(), Mp4WriteError> {
        let fresh = self.state == State::Fresh;
        // If anything fails from here on, nobody knows where the file ends.
        self.state = State::Poisoned;
        if fresh {
            self.into.write_all(&header::encode(&self.config, self.parameter_sets.as_ref())?)?;
        }
        self.fragments.write(&mut self.into, self.picture.first(pictures), self.sound.all())?;
        self.into.flush()?;
        self.picture.written(pictures);
        self.sound.written(self.sound.len());
        self.state = State::Running;
        Ok(())
    }
}
