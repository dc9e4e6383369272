//! What an Opus packet says about itself, read without decoding: RFC 6716 section 3.
#![warn(clippy::indexing_slicing, clippy::cast_possible_truncation)]

use crate::extension::{Extension, Extensions};
use crate::ffi::number;
use core::time::Duration;
use moim_media::codec::CodecError;

/// The layer that coded a packet (RFC 6716 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Linear prediction, for speech up to 8 kHz; the only layer with in-band FEC.
    Silk,
    /// Linear prediction below 8 kHz and transform above.
    Hybrid,
    /// Transform, for music and low delay.
    Celt,
}

/// How high the coded sound reaches (RFC 6716 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bandwidth {
    /// 4 kHz.
    Narrow,
    /// 6 kHz.
    Medium,
    /// 8 kHz.
    Wide,
    /// 12 kHz.
    SuperWide,
    /// 20 kHz.
    Full,
}

impl Bandwidth {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Narrow => number::BANDWIDTH_NARROW,
            Self::Medium => number::BANDWIDTH_MEDIUM,
            Self::Wide => number::BANDWIDTH_WIDE,
            Self::SuperWide => number::BANDWIDTH_SUPER_WIDE,
            Self::Full => number::BANDWIDTH_FULL,
        }
    }
}

/// A packet whose framing is valid: one to 48 frames of the same kind, at most 120 ms together.
///
/// A view; nothing is copied. `parse` accepts exactly what libopus accepts before it looks into the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    toc: u8,
    frames: u8,
    first: &'a [u8],
    longest: usize,
    padding: &'a [u8],
}

/// Extension that carries deep redundancy: the number that libopus uses until it gets one of its own.
const DRED: u8 = 126;
/// Which draft of draft-ietf-mlcodec-opus-dred the payload follows, in its first bytes, for as long as the number is
/// borrowed. libopus 1.6.1 reads no other.
const DRED_DRAFT: [u8; 2] = [b'D', 12];

/// Longest frame that RFC 6716 allows (requirement R2 of section 3.4).
const MAX_FRAME: usize = 1_275;
/// Most playing time of a packet (requirement R5).
const MAX_DURATION: Duration = Duration::from_millis(120);

impl<'a> Packet<'a> {
    /// Reads the framing of `bytes`.
    ///
    /// # Errors
    ///
    /// [`CodecError::Corrupt`] when it breaks one of the requirements R1 to R7 of RFC 6716 section 3.4.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CodecError> {
        let (&toc, rest) = bytes.split_first().ok_or(CodecError::Corrupt)?;
        match toc & 3 {
            0 => Self::equal(toc, 1, rest),
            1 => Self::equal(toc, 2, rest),
            2 => Self::different(toc, 2, rest),
            _ => Self::counted(toc, rest),
        }
    }

    /// The layer that coded it.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        match self.toc >> 3 {
            0..=11 => Mode::Silk,
            12..=15 => Mode::Hybrid,
            _ => Mode::Celt,
        }
    }

    /// How high its sound reaches.
    #[must_use]
    pub const fn bandwidth(&self) -> Bandwidth {
        match self.toc >> 3 {
            0..=3 | 16..=19 => Bandwidth::Narrow,
            4..=7 => Bandwidth::Medium,
            8..=11 | 20..=23 => Bandwidth::Wide,
            12..=13 | 24..=27 => Bandwidth::SuperWide,
            _ => Bandwidth::Full,
        }
    }

    /// Channels that were coded, one or two. The decoder makes as many as its own format has.
    #[must_use]
    pub const fn channels(&self) -> usize {
        if self.toc & 4 == 0 { 1 } else { 2 }
    }

    /// Frames in it, 1 … 48.
    #[must_use]
    pub const fn frames(&self) -> usize {
        self.frames as usize
    }

    /// Playing time of each frame, 2.5 … 60 ms.
    #[must_use]
    pub const fn frame_duration(&self) -> Duration {
        let size = (self.toc >> 3) & 3;
        let half_milliseconds = match (self.mode(), size) {
            (Mode::Silk, 3) => 120,
            (Mode::Silk, size) => 20 << size,
            (Mode::Hybrid, size) => 20 << (size & 1),
            (Mode::Celt, size) => 5 << size,
        };
        Duration::from_micros(500 * half_milliseconds)
    }

    /// Playing time, 2.5 … 120 ms.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.frame_duration() * u32::from(self.frames)
    }

    /// Whether no frame holds sound (DTX, RFC 6716 section 2.1.9): of one byte or none, they are decoded as lost.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.longest <= 1
    }

    /// How far before the packet its in-band FEC reaches; zero without.
    ///
    /// FEC repeats one *frame*, the one right before the first of this packet (RFC 6716 section 4.2.5), so it
    /// reaches less far than the packet before when that one holds several.
    #[must_use]
    pub fn fec(&self) -> Duration {
        if self.has_lbrr() { self.frame_duration() } else { Duration::ZERO }
    }

    /// Whether it carries deep redundancy (DRED): a description of up to a second of speech before it.
    ///
    /// Cheap: the padding is searched, nothing decoded. How far back it reaches, and whether it describes anything at
    /// all, only [`parse_redundancy`](moim_media::codec::AudioDecoder::parse_redundancy) tells.
    #[must_use]
    pub fn has_dred(&self) -> bool {
        let mut extensions = Extensions::new(self.padding, self.frames());
        extensions.any(|Extension { id, payload }| {
            id == DRED && payload.strip_prefix(&DRED_DRAFT).is_some_and(|dred| !dred.is_empty())
        })
    }

    /// Whether a channel of the first frame has its LBRR flag set: the bit after one VAD bit for each 20 ms
    /// (RFC 6716 section 4.2.3).
    fn has_lbrr(&self) -> bool {
        if self.mode() == Mode::Celt {
            return false;
        }
        let Some(&header) = self.first.first() else { return false };
        let voice_flags = match self.frame_duration().as_millis() {
            60 => 3,
            40 => 2,
            _ => 1,
        };
        let mid = header << voice_flags;
        let side = mid << (1 + voice_flags);
        mid & 0x80 != 0 || (self.channels() == 2 && side & 0x80 != 0)
    }

    /// `frames` frames that share `rest` evenly (codes 0, 1 and 3 without VBR).
    fn equal(toc: u8, frames: u8, rest: &'a [u8]) -> Result<Self, CodecError> {
        let count = usize::from(frames);
        if !rest.len().is_multiple_of(count) {
            return Err(CodecError::Corrupt);
        }
        let longest = rest.len() / count;
        let first = rest.get(..longest).ok_or(CodecError::Corrupt)?;
        Self { toc, frames, first, longest, padding: &[] }.checked()
    }

    /// `frames` frames with a length before all but the last (codes 2 and 3 with VBR).
    fn different(toc: u8, frames: u8, mut rest: &'a [u8]) -> Result<Self, CodecError> {
        let (mut first_len, mut explicit, mut longest) = (None, 0, 0);
        for _ in 1..frames {
            let (len, after) = frame_len(rest).ok_or(CodecError::Corrupt)?;
            first_len = first_len.or(Some(len));
            explicit += len;
            longest = longest.max(len);
            rest = after;
        }
        let last = rest.len().checked_sub(explicit).ok_or(CodecError::Corrupt)?;
        let first = rest.get(..first_len.unwrap_or(last)).ok_or(CodecError::Corrupt)?;
        Self { toc, frames, first, longest: longest.max(last), padding: &[] }.checked()
    }

    /// A count of frames, then padding (code 3).
    fn counted(toc: u8, rest: &'a [u8]) -> Result<Self, CodecError> {
        let (&flags, rest) = rest.split_first().ok_or(CodecError::Corrupt)?;
        let frames = flags & 0x3f;
        let (rest, padding) = if flags & 0x40 == 0 {
            (rest, &[][..])
        } else {
            split_padding(rest).ok_or(CodecError::Corrupt)?
        };
        if frames == 0 {
            return Err(CodecError::Corrupt);
        }
        let packet = if flags & 0x80 == 0 {
            Self::equal(toc, frames, rest)
        } else {
            Self::different(toc, frames, rest)
        };
        Ok(Self { padding, ..packet? })
    }

    fn checked(self) -> Result<Self, CodecError> {
        let valid = self.longest <= MAX_FRAME && self.duration() <= MAX_DURATION;
        valid.then_some(self).ok_or(CodecError::Corrupt)
    }
}

/// Reads a frame length of one or two bytes (RFC 6716 section 3.2.1).
fn frame_len(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes {
        [len @ 0..=251, ref rest @ ..] => Some((usize::from(len), rest)),
        [low, high, ref rest @ ..] => Some((4 * usize::from(high) + usize::from(low), rest)),
        _ => None,
    }
}

/// Reads the length of the padding (RFC 6716 section 3.2.5) and splits the padding off the end.
fn split_padding(mut bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut padding = 0;
    loop {
        let (&len, rest) = bytes.split_first()?;
        bytes = rest;
        if len < 255 {
            padding += usize::from(len);
            return bytes.split_at_checked(bytes.len().checked_sub(padding)?);
        }
        padding += 254;
    }
}

#[cfg(test)]
mod tests;
