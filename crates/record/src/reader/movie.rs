//! The movie header: tracks, their clocks, and the defaults of their fragments (`moov`; ISO/IEC 14496-12, 8.2 to 8.8).

use super::boxes::{self, Box4};
use super::entry::{self, SampleEntry};
use super::tables::Tables;
use super::{Budget, tables};
use crate::{Mp4ReadError, ticks};
use core::time::Duration;
use mp4_atom::{Elst, Mdhd, Mvhd, Tkhd, Trex};

/// A track and all of its samples.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) id: u32,
    pub(super) timescale: u32,
    pub(super) entry: SampleEntry,
    pub(super) defaults: Trex,
    pub(super) samples: Vec<SampleAt>,
    /// Where the samples so far end, in ticks of decoding.
    pub(super) end: u64,
    start: u64,
}

/// Where a sample is, and when. Times in ticks of the track.
#[derive(Clone, Copy, Debug)]
pub(super) struct SampleAt {
    pub(super) offset: usize,
    pub(super) size: u32,
    pub(super) duration: u32,
    /// Of composition: when it is shown.
    pub(super) time: u64,
    pub(super) key: bool,
}

impl Track {
    pub(super) fn start(&self) -> Duration {
        ticks::to_duration(self.start, self.timescale)
    }
}

/// More tracks than any camera or conference makes; each fragment looks at all of them.
const MOST_TRACKS: usize = 64;

/// The header of a file.
#[derive(Debug)]
pub(super) struct Movie {
    pub(super) tracks: Vec<Track>,
    /// Whether all of the samples that the tables tell of are in the file.
    pub(super) is_whole: bool,
}

/// Reads the body of `moov`, and the samples that its tables tell of if the file is not fragmented.
pub(super) fn parse(moov: &[u8], file_bytes: usize, budget: &mut Budget) -> Result<Movie, Mp4ReadError> {
    boxes::required::<Mvhd>(moov)?;
    let extends = boxes::find(moov, *b"mvex").ok();
    let mut movie = Movie { tracks: Vec::new(), is_whole: true };
    for trak in boxes::children(moov).filter(|child| child.kind == *b"trak") {
        let (mut track, tables) = track(trak, extends)?;
        if let Some(tables) = tables {
            movie.is_whole &= tables::expand(&tables, file_bytes, budget, &mut track)?;
        }
        if movie.tracks.len() == MOST_TRACKS {
            return Err(Mp4ReadError::Tracks);
        }
        movie.tracks.push(track);
    }
    Ok(movie)
}

fn track(trak: Box4<'_>, extends: Option<Box4<'_>>) -> Result<(Track, Option<Tables>), Mp4ReadError> {
    let Tkhd { track_id: id, .. } = boxes::required(trak.body)?;
    let mdia = boxes::find(trak.body, *b"mdia")?.body;
    let Mdhd { timescale, .. } = boxes::required(mdia)?;
    let minf = boxes::find(mdia, *b"minf")?.body;
    let stbl = boxes::find(minf, *b"stbl")?.body;
    let entry = entry::parse(boxes::find(stbl, *b"stsd")?)?;
    if timescale == 0 {
        return Err(Mp4ReadError::Malformed { kind: *b"mdhd" });
    }
    let start = match boxes::find(trak.body, *b"edts") {
        // Only where the presentation begins is told; what else edits do is left to players.
        Ok(edits) => boxes::optional(edits.body)?
            .and_then(|Elst { entries }| entries.iter().find_map(|edit| edit.media_time))
            .unwrap_or(0),
        Err(_) => 0,
    };
    let tables = match entry {
        SampleEntry::Other => None,
        _ => Some(Tables::parse(stbl)?),
    };
    let defaults = defaults(id, extends)?;
    Ok((Track { id, timescale, entry, defaults, samples: Vec::new(), end: 0, start }, tables))
}

fn defaults(track: u32, extends: Option<Box4<'_>>) -> Result<Trex, Mp4ReadError> {
    for found in extends.iter().flat_map(|mvex| boxes::children(mvex.body)) {
        if found.kind == *b"trex" {
            let trex: Trex = boxes::leaf(found)?;
            if trex.track_id == track {
                return Ok(trex);
            }
        }
    }
    Ok(Trex { track_id: track, default_sample_description_index: 1, ..Trex::default() })
}
