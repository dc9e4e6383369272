//! Reading MP4 files: what is written here, and ordinary ones of H.264 and Opus.

mod boxes;
mod entry;
mod fragments;
mod movie;
mod sample;
mod tables;

use crate::Mp4ReadError;
use boxes::Boxes;
use core::time::Duration;
use entry::SampleEntry;
use moim_media::VideoSize;
use movie::Track;
pub use sample::{PictureSample, SoundSample};

/// An MP4 file in memory, fragmented or plain: its first H.264 track and its first Opus track.
///
/// Nothing is copied but the tables: at most some 40 bytes for each byte of a hostile file, and for each sample of an
/// honest one.
#[derive(Debug)]
pub struct Mp4Reader<'a> {
    bytes: &'a [u8],
    tracks: Vec<Track>,
    ending: Ending,
}

/// How a file ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With its last box, all of its samples there.
    Whole,
    /// In the middle of something: the program that wrote it died. Everything before is read.
    Cut {
        /// Where that something begins, in bytes: of a fragmented file, the end of its last whole fragment.
        at: usize,
    },
}

impl<'a> Mp4Reader<'a> {
    /// Reads the tables of the file that is `bytes`; takes time in the order of its length at most.
    ///
    /// # Errors
    ///
    /// When it is no MP4 file, or one that contradicts itself. A file that was cut off is none of these.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Mp4ReadError> {
        let mut budget = Budget { left: bytes.len() as u64 };
        let mut boxes = Boxes::new(bytes);
        let mut tracks = None;
        let mut ending = Ending::Whole;
        let mut fragment_at = None;
        let mut tables_are_whole = true;
        loop {
            let at = boxes.at();
            // A fragment begins with its `moof`, and is whole when the `mdat` behind it is.
            let begun = fragment_at.unwrap_or(at);
            let next = match boxes.next() {
                None => break,
                Some(Err(_)) if tracks.is_some() => {
                    ending = Ending::Cut { at: begun };
                    break;
                }
                Some(next) => next.map_err(|_| Mp4ReadError::NoHeader)?,
            };
            match (&next.kind, &mut tracks) {
                (b"moov", None) => {
                    let movie = movie::parse(next.body, bytes.len(), &mut budget)?;
                    tables_are_whole = movie.is_whole;
                    tracks = Some(movie.tracks);
                }
                (b"moof", Some(tracks)) => {
                    if !fragments::parse(next.body, at, bytes.len(), tracks, &mut budget)? {
                        ending = Ending::Cut { at };
                        break;
                    }
                    fragment_at = Some(at);
                }
                (b"mdat", _) => fragment_at = None,
                _ => {}
            }
        }
        let tracks = tracks.ok_or(Mp4ReadError::NoHeader)?;
        if !tables_are_whole && ending == Ending::Whole {
            ending = Ending::Cut { at: bytes.len() };
        }
        Ok(Self { bytes, tracks, ending })
    }

    /// Whether the file was cut off.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// The first track of H.264 pictures.
    #[must_use]
    pub fn picture(&self) -> Option<PictureTrack<'_>> {
        self.tracks.iter().find_map(|track| match &track.entry {
            SampleEntry::Picture(entry) => Some(PictureTrack { bytes: self.bytes, track, entry }),
            _ => None,
        })
    }

    /// The first track of Opus sound.
    #[must_use]
    pub fn sound(&self) -> Option<SoundTrack<'_>> {
        self.tracks.iter().find_map(|track| match track.entry {
            SampleEntry::Sound { channels, pre_skip } => {
                Some(SoundTrack { bytes: self.bytes, track, channels, pre_skip })
            }
            _ => None,
        })
    }
}

/// A track of H.264 pictures.
#[derive(Clone, Copy, Debug)]
pub struct PictureTrack<'a> {
    bytes: &'a [u8],
    track: &'a Track,
    entry: &'a entry::PictureEntry,
}

impl<'a> PictureTrack<'a> {
    /// The size that the header announces; `None` when that is zero. Parameter sets may say otherwise at any key frame.
    #[must_use]
    pub fn size(&self) -> Option<VideoSize> {
        self.entry.size
    }

    /// The time of the track at which the recording starts; what is before is not shown.
    #[must_use]
    pub fn start(&self) -> Duration {
        self.track.start()
    }

    /// The pictures, in the order of decoding.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = PictureSample<'a>> + use<'a> {
        let Self { bytes, track, entry } = *self;
        track.samples.iter().map(move |sample| PictureSample::new(sample, track.timescale, bytes, entry))
    }
}

/// A track of Opus sound.
#[derive(Clone, Copy, Debug)]
pub struct SoundTrack<'a> {
    bytes: &'a [u8],
    track: &'a Track,
    channels: u8,
    pre_skip: u16,
}

impl<'a> SoundTrack<'a> {
    /// How many channels a decoder makes.
    #[must_use]
    pub fn channels(&self) -> u8 {
        self.channels
    }

    /// Samples at 48 kHz that a decoder cuts from the front.
    #[must_use]
    pub fn pre_skip(&self) -> u16 {
        self.pre_skip
    }

    /// The time of the track at which the recording starts; what is before is not heard.
    #[must_use]
    pub fn start(&self) -> Duration {
        self.track.start()
    }

    /// The packets, in their order.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = SoundSample<'a>> + use<'a> {
        let Self { bytes, track, .. } = *self;
        track.samples.iter().map(move |sample| SoundSample::new(sample, track.timescale, bytes))
    }
}

/// Bytes that samples may still take: no honest file has more in its samples than it has bytes. A sample of no size
/// counts as one byte.
#[derive(Debug)]
struct Budget {
    left: u64,
}

impl Budget {
    fn take(&mut self, size: u32) -> Result<(), Mp4ReadError> {
        self.left = self.left.checked_sub(u64::from(size.max(1))).ok_or(Mp4ReadError::SamplesOverlap)?;
        Ok(())
    }
}
