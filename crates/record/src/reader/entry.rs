//! What the samples of a track are (`stsd`; ISO/IEC 14496-12, 8.5.2; 14496-15, 5.4.2; Opus in ISOBMFF, 4.3).

use super::boxes::{self, Box4};
use crate::Mp4ReadError;
use crate::nal::START_CODE;
use moim_media::VideoSize;
use mp4_atom::{Audio, Avcc, Decode, Dops, Visual};

/// The format of a track's samples.
#[derive(Debug)]
pub(super) enum SampleEntry {
    Picture(PictureEntry),
    Sound {
        channels: u8,
        pre_skip: u16,
    },
    /// Something that is not read here.
    Other,
}

/// The format of H.264 samples.
#[derive(Debug)]
pub(super) struct PictureEntry {
    pub(super) size: Option<VideoSize>,
    /// Bytes before each NAL unit.
    pub(super) length_bytes: usize,
    /// The parameter sets of the header as Annex B.
    pub(super) headers: Vec<u8>,
}

const STSD: [u8; 4] = *b"stsd";

/// Reads the first entry of the `stsd` box `found`.
pub(super) fn parse(found: Box4<'_>) -> Result<SampleEntry, Mp4ReadError> {
    // Version, flags and the number of entries come first.
    let entries = found.body.get(8..).ok_or(Mp4ReadError::Malformed { kind: STSD })?;
    let Some(entry) = boxes::children(entries).next() else {
        return Err(Mp4ReadError::Malformed { kind: STSD });
    };
    match &entry.kind {
        b"avc1" | b"avc3" => picture(entry),
        b"Opus" => sound(entry),
        _ => Ok(SampleEntry::Other),
    }
}

/// Takes the fields that stand before an entry's boxes, and leaves those.
fn fields<F: Decode>(entry: Box4<'_>) -> Result<(F, &[u8]), Mp4ReadError> {
    let mut boxes = entry.body;
    let fields = F::decode(&mut boxes).map_err(|_| Mp4ReadError::Malformed { kind: entry.kind })?;
    Ok((fields, boxes))
}

fn picture(entry: Box4<'_>) -> Result<SampleEntry, Mp4ReadError> {
    let (Visual { width, height, .. }, boxes) = fields(entry)?;
    let configuration: Avcc = boxes::required(boxes)?;
    let mut headers = Vec::new();
    for set in configuration.sequence_parameter_sets.iter().chain(&configuration.picture_parameter_sets) {
        headers.extend_from_slice(&START_CODE);
        headers.extend_from_slice(set);
    }
    let length_bytes = configuration.length_size.into();
    Ok(SampleEntry::Picture(PictureEntry { size: VideoSize::new(width, height), length_bytes, headers }))
}

fn sound(entry: Box4<'_>) -> Result<SampleEntry, Mp4ReadError> {
    let (Audio { .. }, boxes) = fields(entry)?;
    let Dops { output_channel_count: channels, pre_skip, .. } = boxes::required(boxes)?;
    Ok(SampleEntry::Sound { channels, pre_skip })
}
