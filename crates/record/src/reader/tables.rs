//! Samples in the tables of a file that is not fragmented (`stbl`; ISO/IEC 14496-12, 8.6 and 8.7).

use super::Budget;
use super::boxes;
use super::movie::{SampleAt, Track};
use crate::Mp4ReadError;
use mp4_atom::{Co64, Ctts, CttsEntry, Stco, Stsc, Stss, Stsz, StszSamples, Stts, SttsEntry};

/// The tables of a track, run-length coded as the file has them.
#[derive(Debug)]
pub(super) struct Tables {
    durations: Stts,
    offsets: Option<Ctts>,
    keys: Option<Stss>,
    chunks: Stsc,
    sizes: StszSamples,
    chunk_offsets: Vec<u64>,
}

impl Tables {
    pub(super) fn parse(stbl: &[u8]) -> Result<Self, Mp4ReadError> {
        let chunk_offsets = match boxes::optional::<Co64>(stbl)? {
            Some(Co64 { entries }) => entries,
            None => {
                let Stco { entries } = boxes::optional(stbl)?.unwrap_or_default();
                entries.into_iter().map(u64::from).collect()
            }
        };
        Ok(Self {
            durations: boxes::required(stbl)?,
            offsets: boxes::optional(stbl)?,
            keys: boxes::optional(stbl)?,
            chunks: boxes::required(stbl)?,
            sizes: boxes::required::<Stsz>(stbl)?.samples,
            chunk_offsets,
        })
    }
}

/// Adds the samples of `tables` to `track`, up to the first that is not within the file of `file_bytes`; tells whether
/// all of them are.
pub(super) fn expand(
    tables: &Tables,
    file_bytes: usize,
    budget: &mut Budget,
    track: &mut Track,
) -> Result<bool, Mp4ReadError> {
    let mut sizes: Box<dyn Iterator<Item = u32>> = match &tables.sizes {
        StszSamples::Identical { count, size } => Box::new((0..*count).map(|_| *size)),
        StszSamples::Different { sizes } => Box::new(sizes.iter().copied()),
    };
    let mut durations = tables
        .durations
        .entries
        .iter()
        .flat_map(|SttsEntry { sample_count, sample_delta }| (0..*sample_count).map(|_| *sample_delta));
    let mut offsets = tables
        .offsets
        .iter()
        .flat_map(|table| &table.entries)
        .flat_map(|CttsEntry { sample_count, sample_offset }| (0..*sample_count).map(|_| *sample_offset));
    let mut keys = tables.keys.as_ref().map(|Stss { entries }| entries.iter().copied().peekable());
    let mut runs = tables.chunks.entries.iter().peekable();
    let (mut number, mut per_chunk) = (0_u32, 0);
    for (chunk, &chunk_offset) in (1_u32..).zip(&tables.chunk_offsets) {
        while let Some(run) = runs.next_if(|run| run.first_chunk <= chunk) {
            if run.sample_description_index > 1 {
                return Err(Mp4ReadError::Description { index: run.sample_description_index });
            }
            per_chunk = run.samples_per_chunk;
        }
        let mut offset = chunk_offset;
        for _ in 0..per_chunk {
            let (Some(size), Some(duration)) = (sizes.next(), durations.next()) else { return Ok(true) };
            number += 1;
            let end = offset.checked_add(size.into()).ok_or(Mp4ReadError::Malformed { kind: *b"stco" })?;
            if end > file_bytes as u64 {
                return Ok(false);
            }
            budget.take(size)?;
            let time = track
                .end
                .checked_add_signed(offsets.next().unwrap_or(0))
                .ok_or(Mp4ReadError::Malformed { kind: *b"ctts" })?;
            let key = keys.as_mut().is_none_or(|keys| {
                while keys.next_if(|&key| key < number).is_some() {}
                keys.next_if_eq(&number).is_some()
            });
            // The file is in memory: its offsets are `usize`.
            track.samples.push(SampleAt { offset: offset as usize, size, duration, time, key });
            track.end =
                track.end.checked_add(duration.into()).ok_or(Mp4ReadError::Malformed { kind: *b"stts" })?;
            offset = end;
        }
    }
    Ok(true)
}
