//! One picture in the byte stream (ITU-T H.264, 7.4.1.2.3), judged without decoding it.

use crate::nal::{Nal, NalKind, Nals};
use crate::parameter_sets::ParameterSets;
use crate::parameters::{MACROBLOCK, Sequence};
use crate::slice::{Prediction, SliceHead};
use moim_media::VideoSize;
use moim_media::codec::{AccessUnitInfo, CodecError, FrameKind};

/// What the headers of an access unit's NAL units tell.
pub(crate) fn inspect(unit: &[u8]) -> Result<AccessUnitInfo, CodecError> {
    let (mut kind, mut disposable) = (None, true);
    let (mut sequence, mut picture) = (false, false);
    for nal in Nals::new(unit) {
        if nal.is_damaged() {
            return Err(CodecError::Corrupt);
        }
        match nal.kind() {
            NalKind::SequenceParameters => sequence = true,
            NalKind::PictureParameters => picture = true,
            NalKind::Partition => return Err(CodecError::Corrupt),
            NalKind::Slice | NalKind::IdrSlice => {
                let this = frame_kind(nal);
                if kind.is_some_and(|kind| kind != this) {
                    return Err(CodecError::Corrupt);
                }
                kind = Some(this);
                disposable &= !nal.is_reference();
            }
            NalKind::Other => {}
        }
    }
    let kind = kind.ok_or(CodecError::Corrupt)?;
    Ok(AccessUnitInfo { kind, disposable, has_headers: sequence && picture })
}

/// What all slices of a picture agree about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PictureHead {
    pub(crate) kind: FrameKind,
    /// Whether later pictures may build on it.
    pub(crate) is_reference: bool,
    /// What holds for its sequence.
    pub(crate) sequence: Sequence,
    pub(crate) frame_num: u32,
}

/// What there is in an access unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surveyed {
    /// One picture.
    Picture(PictureHead),
    /// A picture of which the parameter sets did not come.
    Unreadable,
    /// No picture.
    Nothing,
}

/// Takes in the parameter sets of `unit` and checks that its slices are one picture, each macroblock at most once, in
/// order, from the first.
///
/// # Errors
///
/// [`CodecError::Corrupt`] when they are not; [`CodecError::Unsupported`] for what no real-time sender makes;
/// [`CodecError::FrameSize`] for pictures larger than `most`.
pub(crate) fn survey(unit: &[u8], sets: &mut ParameterSets, most: VideoSize) -> Result<Surveyed, CodecError> {
    let mut last_first = None;
    let mut surveyed = Surveyed::Nothing;
    for nal in Nals::new(unit) {
        if nal.is_damaged() {
            return Err(CodecError::Corrupt);
        }
        match nal.kind() {
            NalKind::SequenceParameters => sets.take_sequence(nal, |size| fits(size, most))?,
            NalKind::PictureParameters => sets.take_picture(nal)?,
            NalKind::Partition => return Err(CodecError::Unsupported),
            NalKind::Slice | NalKind::IdrSlice => {
                let slice = SliceHead::parse(nal.body()).ok_or(CodecError::Corrupt)?;
                let head = picture_head(nal, &slice, sets)?;
                let follows = match last_first {
                    None => slice.first == 0,
                    Some(last) => head == surveyed && slice.first > last,
                };
                if !follows {
                    return Err(CodecError::Corrupt);
                }
                (surveyed, last_first) = (head, Some(slice.first));
            }
            NalKind::Other => {}
        }
    }
    Ok(surveyed)
}

/// What one slice tells of its picture.
fn picture_head(nal: Nal<'_>, slice: &SliceHead<'_>, sets: &ParameterSets) -> Result<Surveyed, CodecError> {
    let Some(sequence) = sets.sequence_of(slice.parameters) else { return Ok(Surveyed::Unreadable) };
    let frame_num = slice.frame_num(sequence.frame_num_bits).ok_or(CodecError::Corrupt)?;
    let kind = frame_kind(nal);
    let macroblocks = sequence.macroblocks.width() * sequence.macroblocks.height();
    let may_be_key = slice.prediction == Prediction::Intra && frame_num == 0 && nal.is_reference();
    if kind == FrameKind::Key && !may_be_key || slice.first as usize >= macroblocks {
        return Err(CodecError::Corrupt);
    }
    if slice.prediction == Prediction::Bidirectional {
        return Err(CodecError::Unsupported);
    }
    Ok(Surveyed::Picture(PictureHead { kind, is_reference: nal.is_reference(), sequence, frame_num }))
}

fn frame_kind(nal: Nal<'_>) -> FrameKind {
    if nal.kind() == NalKind::IdrSlice { FrameKind::Key } else { FrameKind::Delta }
}

/// Whether a picture of `macroblocks` is no larger than one of `most` pixels, lying or standing.
fn fits(macroblocks: VideoSize, most: VideoSize) -> bool {
    let sorted = |width: usize, height: usize| (width.min(height), width.max(height));
    let (short, long) = sorted(macroblocks.width(), macroblocks.height());
    let (most_short, most_long) =
        sorted(most.width().div_ceil(MACROBLOCK), most.height().div_ceil(MACROBLOCK));
    short <= most_short && long <= most_long
}
