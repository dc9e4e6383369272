//! Parameter sets (ITU-T H.264, 7.3.2.1 and 7.3.2.2), as far as they decide what a decoder allocates and how slice
//! headers read.

use crate::bits::Bits;
use moim_media::VideoSize;
use moim_media::codec::CodecError;

/// Luma samples on a side of a macroblock.
pub(crate) const MACROBLOCK: usize = 16;
/// `seq_parameter_set_id` is below this.
pub(crate) const SEQUENCES: usize = 32;
/// `pic_parameter_set_id` is below this.
pub(crate) const PICTURES: usize = 256;

/// What holds for a sequence of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// Below [`SEQUENCES`].
    pub(crate) id: usize,
    /// Size of a decoded picture in macroblocks.
    pub(crate) macroblocks: VideoSize,
    /// Size of the picture that is to be shown.
    pub(crate) shown: VideoSize,
    /// Width of `frame_num` in a slice header, 4 … 16.
    pub(crate) frame_num_bits: u32,
    /// Whether frame numbers may be missing on purpose.
    pub(crate) gaps: bool,
}

impl Sequence {
    /// Reads what follows the header byte of a NAL unit.
    ///
    /// # Errors
    ///
    /// [`CodecError::Corrupt`] when it breaks off or holds what the standard forbids, and
    /// [`CodecError::Unsupported`] when it asks for what no real-time sender does: interlacing, other chroma formats
    /// than 4:2:0, more than 8 bits, scaling matrices, picture order counts in a table (type 1).
    pub(crate) fn parse(body: &[u8]) -> Result<Self, CodecError> {
        let mut bits = Bits::new(body);
        Self::read(&mut bits).ok_or(CodecError::Corrupt)?
    }

    /// `None` when the bits run out.
    fn read(bits: &mut Bits<'_>) -> Option<Result<Self, CodecError>> {
        let profile = bits.bits(8)?;
        let _constraints_and_level = bits.bits(16)?;
        let id = bits.unsigned()? as usize;
        match profile {
            BASELINE | MAIN | EXTENDED => {}
            HIGH => {
                let (chroma, luma_depth, chroma_depth) =
                    (bits.unsigned()?, bits.unsigned()?, bits.unsigned()?);
                let (bypass, matrix) = (bits.flag()?, bits.flag()?);
                if (chroma, luma_depth, chroma_depth) != (CHROMA_420, 0, 0) || bypass || matrix {
                    return Some(Err(CodecError::Unsupported));
                }
            }
            _ => return Some(Err(CodecError::Unsupported)),
        }
        let frame_num_bits = bits.unsigned()?.checked_add(4)?;
        match bits.unsigned()? {
            0 => {
                let order_count_bits = bits.unsigned()?.checked_add(4)?;
                if order_count_bits > 16 {
                    return None;
                }
            }
            1 => return Some(Err(CodecError::Unsupported)),
            2 => {}
            _ => return None,
        }
        let references = bits.unsigned()?;
        let gaps = bits.flag()?;
        let (width, height) = (bits.unsigned()?.checked_add(1)?, bits.unsigned()?.checked_add(1)?);
        let progressive = bits.flag()?;
        let _direct_8x8_inference = bits.flag()?;
        let crop = if bits.flag()? {
            [bits.unsigned()?, bits.unsigned()?, bits.unsigned()?, bits.unsigned()?]
        } else {
            [0; 4]
        };
        if id >= SEQUENCES || frame_num_bits > 16 || references > MOST_REFERENCES {
            return None;
        }
        if !progressive {
            return Some(Err(CodecError::Unsupported));
        }
        let [left, right, top, bottom] = crop;
        let macroblocks = VideoSize::new(u16::try_from(width).ok()?, u16::try_from(height).ok()?)?;
        let shown = VideoSize::new(cropped(width, left, right)?, cropped(height, top, bottom)?)?;
        Some(Ok(Self { id, macroblocks, shown, frame_num_bits, gaps }))
    }
}

/// Luma samples that are left of `macroblocks` when two samples for every unit of `before` and `after` are cut off.
fn cropped(macroblocks: u32, before: u32, after: u32) -> Option<u16> {
    let cut = before.checked_add(after)?.checked_mul(2)?;
    let samples = macroblocks.checked_mul(MACROBLOCK as u32)?.checked_sub(cut)?;
    u16::try_from(samples).ok()
}

/// `profile_idc` of the baseline profile, constrained or not.
pub(crate) const BASELINE: u32 = 66;
const MAIN: u32 = 77;
const EXTENDED: u32 = 88;
/// `profile_idc` of the high profile.
pub(crate) const HIGH: u32 = 100;
const CHROMA_420: u32 = 1;
/// `max_num_ref_frames` at most (A.3.1).
const MOST_REFERENCES: u32 = 16;

/// What holds for some pictures of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Below [`PICTURES`].
    pub(crate) id: usize,
    /// The sequence it belongs to, below [`SEQUENCES`].
    pub(crate) sequence: usize,
}

impl Picture {
    /// Reads what follows the header byte of a NAL unit.
    ///
    /// # Errors
    ///
    /// [`CodecError::Corrupt`] when it breaks off or holds what the standard forbids, and
    /// [`CodecError::Unsupported`] when macroblocks are in an order of their own (slice groups) or pictures are sent
    /// twice (redundant slices).
    pub(crate) fn parse(body: &[u8]) -> Result<Self, CodecError> {
        let mut bits = Bits::new(body);
        Self::read(&mut bits).ok_or(CodecError::Corrupt)?
    }

    fn read(bits: &mut Bits<'_>) -> Option<Result<Self, CodecError>> {
        let (id, sequence) = (bits.unsigned()? as usize, bits.unsigned()? as usize);
        let _entropy_coding_and_field_order = bits.bits(2)?;
        if bits.unsigned()? > 0 {
            return Some(Err(CodecError::Unsupported));
        }
        let active = [bits.unsigned()?, bits.unsigned()?];
        let _weighting = bits.bits(3)?;
        let quantisers = [bits.signed()?, bits.signed()?];
        let chroma_offset = bits.signed()?;
        let _deblocking_and_constrained_intra = bits.bits(2)?;
        let redundant = bits.flag()?;
        if id >= PICTURES
            || sequence >= SEQUENCES
            || active.iter().any(|&references| references >= 32)
            || quantisers.iter().any(|quantiser| !(-26..=25).contains(quantiser))
            || !(-12..=12).contains(&chroma_offset)
        {
            return None;
        }
        Some(if redundant { Err(CodecError::Unsupported) } else { Ok(Self { id, sequence }) })
    }
}

#[cfg(test)]
mod tests;
