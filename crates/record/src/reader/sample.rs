//! What a track holds, one after the other.

use super::entry::PictureEntry;
use super::movie::SampleAt;
use crate::Mp4ReadError;
use crate::nal::{self, NalKind, START_CODE};
use crate::ticks;
use core::fmt;
use core::time::Duration;
use moim_media::codec::FrameKind;

/// One picture.
#[derive(Clone, Copy)]
pub struct PictureSample<'a> {
    /// When it is shown, on the track's own time.
    pub time: Duration,
    /// How long it is shown.
    pub duration: Duration,
    /// Whether it can be decoded by itself.
    pub kind: FrameKind,
    data: &'a [u8],
    entry: &'a PictureEntry,
}

impl<'a> PictureSample<'a> {
    pub(super) fn new(sample: &SampleAt, timescale: u32, file: &'a [u8], entry: &'a PictureEntry) -> Self {
        Self {
            time: ticks::to_duration(sample.time, timescale),
            duration: ticks::to_duration(sample.duration.into(), timescale),
            kind: if sample.key { FrameKind::Key } else { FrameKind::Delta },
            data: data(sample, file),
            entry,
        }
    }

    /// Its bytes as the file has them: NAL units behind their lengths.
    #[must_use]
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Appends the access unit to `into`, in Annex B byte stream form. A key frame that brings no sequence parameter
    /// set gets those of the header.
    ///
    /// # Errors
    ///
    /// [`Mp4ReadError::BrokenSample`] when a unit reaches out of it; `into` is then as it was.
    pub fn append_annex_b(&self, into: &mut Vec<u8>) -> Result<(), Mp4ReadError> {
        let units = nal::length_prefixed(self.data, self.entry.length_bytes);
        let mut has_headers = false;
        for unit in units.clone() {
            let unit = unit.ok_or(Mp4ReadError::BrokenSample)?;
            has_headers |= NalKind::of(unit) == NalKind::SequenceParameterSet;
        }
        if self.kind == FrameKind::Key && !has_headers {
            into.extend_from_slice(&self.entry.headers);
        }
        for unit in units.flatten() {
            into.extend_from_slice(&START_CODE);
            into.extend_from_slice(unit);
        }
        Ok(())
    }
}

impl fmt::Debug for PictureSample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PictureSample")
            .field("time", &self.time)
            .field("duration", &self.duration)
            .field("kind", &self.kind)
            .field("bytes", &self.data.len())
            .finish()
    }
}

/// One packet of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundSample<'a> {
    /// When it begins to sound, on the track's own time.
    pub time: Duration,
    /// Until the next one: more than the packet's own length where packets are missing.
    pub duration: Duration,
    /// The Opus packet.
    pub packet: &'a [u8],
}

impl<'a> SoundSample<'a> {
    pub(super) fn new(sample: &SampleAt, timescale: u32, file: &'a [u8]) -> Self {
        Self {
            time: ticks::to_duration(sample.time, timescale),
            duration: ticks::to_duration(sample.duration.into(), timescale),
            packet: data(sample, file),
        }
    }
}

/// Samples were checked to be within the file when they were read.
fn data<'a>(sample: &SampleAt, file: &'a [u8]) -> &'a [u8] {
    &file[sample.offset..][..sample.size as usize]
}
