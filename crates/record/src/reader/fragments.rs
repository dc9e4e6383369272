//! Samples in fragments (`moof`; ISO/IEC 14496-12, 8.8.4 to 8.8.12).

use super::Budget;
use super::boxes;
use super::entry::SampleEntry;
use super::movie::{SampleAt, Track};
use crate::Mp4ReadError;
use mp4_atom::{Tfdt, Tfhd, Trex, Trun, TrunEntry};

const TRUN: Mp4ReadError = Mp4ReadError::Malformed { kind: *b"trun" };

/// Sample flags (8.8.3.1): nothing can begin with it.
const NOT_A_KEY: u32 = 0x0001_0000;

/// Adds the samples of the fragment whose `moof`, at `at` of the file, holds `body`; `false`, and nothing added, when
/// some of their bytes are behind the end of the file.
pub(super) fn parse(
    body: &[u8],
    at: usize,
    file_bytes: usize,
    tracks: &mut [Track],
    budget: &mut Budget,
) -> Result<bool, Mp4ReadError> {
    let before: Vec<_> =
        tracks.iter().map(|track| (track.samples.len(), track.samples.last().copied())).collect();
    let mut place = Place { moof: at as u64, next: at as u64, file_bytes: file_bytes as u64 };
    for traf in boxes::children(body).filter(|child| child.kind == *b"traf") {
        if read_track(traf.body, &mut place, tracks, budget)? == Found::BehindTheEnd {
            for (track, (samples, last)) in tracks.iter_mut().zip(before) {
                track.samples.truncate(samples);
                if let (Some(kept), Some(last)) = (track.samples.last_mut(), last) {
                    *kept = last;
                }
            }
            return Ok(false);
        }
    }
    Ok(true)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    InTheFile,
    BehindTheEnd,
}

/// Where a fragment's data is.
struct Place {
    moof: u64,
    /// Behind the data of the track fragment before.
    next: u64,
    file_bytes: u64,
}

fn read_track(
    traf: &[u8],
    place: &mut Place,
    tracks: &mut [Track],
    budget: &mut Budget,
) -> Result<Found, Mp4ReadError> {
    let tfhd: Tfhd = boxes::required(traf)?;
    let Some(track) = tracks.iter_mut().find(|track| track.id == tfhd.track_id) else {
        return Ok(Found::InTheFile);
    };
    if matches!(track.entry, SampleEntry::Other) {
        return Ok(Found::InTheFile);
    }
    let index = tfhd.sample_description_index.unwrap_or(track.defaults.default_sample_description_index);
    if index > 1 {
        return Err(Mp4ReadError::Description { index });
    }
    let defaults = Trex {
        default_sample_duration: tfhd
            .default_sample_duration
            .unwrap_or(track.defaults.default_sample_duration),
        default_sample_size: tfhd.default_sample_size.unwrap_or(track.defaults.default_sample_size),
        default_sample_flags: tfhd.default_sample_flags.unwrap_or(track.defaults.default_sample_flags),
        ..track.defaults.clone()
    };
    if let Some(Tfdt { base_media_decode_time: time }) = boxes::optional(traf)? {
        prolong_last(track, time);
        track.end = time;
    }
    let base = match tfhd.base_data_offset {
        Some(offset) => offset,
        None if tfhd.default_base_is_moof => place.moof,
        None => place.next,
    };
    let mut next = base;
    for found in boxes::children(traf).filter(|child| child.kind == *b"trun") {
        let run: Trun = boxes::leaf(found)?;
        if let Some(offset) = run.data_offset {
            next = base.checked_add_signed(offset.into()).ok_or(TRUN)?;
        }
        for entry in &run.samples {
            let size = entry.size.unwrap_or(defaults.default_sample_size);
            let end = next.checked_add(size.into()).ok_or(TRUN)?;
            if end > place.file_bytes {
                return Ok(Found::BehindTheEnd);
            }
            budget.take(size)?;
            // The file is in memory: its offsets are `usize`.
            add(track, &defaults, entry, next as usize, size)?;
            next = end;
        }
    }
    place.next = next;
    Ok(Found::InTheFile)
}

fn add(
    track: &mut Track,
    defaults: &Trex,
    entry: TrunEntry,
    offset: usize,
    size: u32,
) -> Result<(), Mp4ReadError> {
    let duration = entry.duration.unwrap_or(defaults.default_sample_duration);
    let key = entry.flags.unwrap_or(defaults.default_sample_flags) & NOT_A_KEY == 0;
    let time = track.end.checked_add_signed(entry.cts.unwrap_or(0)).ok_or(TRUN)?;
    track.samples.push(SampleAt { offset, size, duration, time, key });
    track.end = track.end.checked_add(duration.into()).ok_or(TRUN)?;
    Ok(())
}

/// A gap before a fragment belongs to the sample before it (8.8.12).
fn prolong_last(track: &mut Track, time: u64) {
    if let (Some(last), Some(gap)) = (track.samples.last_mut(), time.checked_sub(track.end)) {
        last.duration = u32::try_from(u64::from(last.duration).saturating_add(gap)).unwrap_or(u32::MAX);
    }
}
