//! Access units in, pictures out.

use crate::access_unit::{PictureHead, Surveyed, inspect, survey};
use crate::ffi::{Decoded, DecoderState};
use crate::nal::{NalKind, Nals, START_CODE};
use crate::order::in_decoding_order;
use crate::parameter_sets::ParameterSets;
use crate::slice::SliceHead;
use crate::{ConfigError, DecoderConfig};
use core::fmt;
use moim_media::codec::{AccessUnitInfo, CodecError, FrameKind, VideoDecoder, VideoInput, VideoOutput};
use moim_media::{FramePool, VideoFrame};

/// Decodes H.264: constrained baseline, and of the main and high profiles what is progressive, 4:2:0, 8 bits and
/// without B slices.
///
/// A picture is shown whole and right or not at all: nothing is concealed. OpenH264 is given nothing but slices that
/// make up one picture and the parameter sets they refer to, checked before, so that a hostile stream can neither
/// make it allocate beyond [`DecoderConfig::max_size`] nor reach its rarely used parts.
pub struct Decoder {
    config: DecoderConfig,
    /// `None` before the first picture, and after a failure.
    state: Option<DecoderState>,
    sets: ParameterSets,
    reference: Reference,
    /// What OpenH264 is given: of an access unit, what the picture needs.
    given: Vec<u8>,
}

/// Whether the pictures that the next one may build on are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reference {
    /// They are, up to the one with this `frame_num`.
    Whole { frame_num: u32 },
    /// They are not, until a key frame comes.
    Broken,
}

/// Longer than any real access unit; OpenH264 allocates by the length, and takes no more than seven million.
const MOST_BYTES: usize = 4 << 20;

impl Decoder {
    /// A decoder at the beginning of a stream. OpenH264's own memory is allocated with the first key frame, and when
    /// the parameters of the sequence change.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Library`] when OpenH264 cannot be begun.
    pub fn new(config: DecoderConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            config,
            state: Some(DecoderState::new()?),
            sets: ParameterSets::new(),
            reference: Reference::Broken,
            given: Vec::new(),
        })
    }

    fn decode_unit(&mut self, unit: &[u8], pool: &mut FramePool) -> Result<VideoOutput, CodecError> {
        if unit.len() > MOST_BYTES {
            return Err(CodecError::Corrupt);
        }
        let head = match survey(unit, &mut self.sets, self.config.max_size)? {
            Surveyed::Picture(head) => head,
            Surveyed::Unreadable => {
                self.reference = Reference::Broken;
                return Ok(VideoOutput::NeedsKeyFrame);
            }
            Surveyed::Nothing if Nals::new(unit).next().is_none() => return Err(CodecError::Corrupt),
            Surveyed::Nothing => return Ok(VideoOutput::Pending),
        };
        if head.kind == FrameKind::Delta && !self.builds_on_whole(head) {
            self.reference = Reference::Broken;
            return Ok(VideoOutput::NeedsKeyFrame);
        }
        if head.kind == FrameKind::Key && !self.sets.is_known(head.sequence.id) {
            self.state = None;
        }
        let mut state = self.state.take();
        let known = match &mut state {
            Some(state) => state,
            none => {
                self.sets.forget_known();
                none.insert(DecoderState::new()?)
            }
        };
        self.gather(unit, head.sequence.id);
        // Whatever goes wrong from here on leaves OpenH264 in a state that nobody knows: it is dropped.
        let decoded = known.decode(&self.given).map_err(|_| CodecError::Corrupt)?;
        let decoded =
            decoded.filter(|decoded| decoded.size == head.sequence.shown).ok_or(CodecError::Corrupt)?;
        let output = show(decoded, pool).map_or(VideoOutput::PoolExhausted, VideoOutput::Frame);
        self.state = state;
        if head.is_reference {
            self.reference = Reference::Whole { frame_num: head.frame_num };
        }
        Ok(output)
    }

    /// Whether no reference picture is missing before this one (8.2.5.2), as far as frame numbers tell.
    fn builds_on_whole(&self, head: PictureHead) -> bool {
        let Reference::Whole { frame_num: before } = self.reference else { return false };
        let next = (before + 1) % (1 << head.sequence.frame_num_bits);
        // Parameters that changed without a key frame belong to a sequence that begins with one that was missed.
        self.sets.is_known(head.sequence.id) && (head.sequence.gaps || head.frame_num == next)
    }

    /// Collects the slices of `unit`, behind the parameter sets that OpenH264 does not know yet.
    fn gather(&mut self, unit: &[u8], sequence: usize) {
        self.given.clear();
        // At most one set of each kind before every slice, and start codes.
        self.given.reserve(unit.len());
        let mut give = |nal: &[u8]| {
            self.given.push(0);
            self.given.extend_from_slice(&START_CODE);
            self.given.extend_from_slice(nal);
        };
        if let Some(nal) = self.sets.tell_sequence(sequence) {
            give(&in_decoding_order(nal));
        }
        for nal in Nals::new(unit) {
            if !matches!(nal.kind(), NalKind::Slice | NalKind::IdrSlice) {
                continue;
            }
            let parameters = SliceHead::parse(nal.body()).map(|slice| slice.parameters);
            if let Some(nal) = parameters.and_then(|id| self.sets.tell_picture(id)) {
                give(nal);
            }
            give(nal.bytes());
        }
    }
}

/// Copies a picture into a free frame of `pool`, which gets its size; `None` when none is free.
fn show(decoded: Decoded<'_>, pool: &mut FramePool) -> Option<VideoFrame> {
    if pool.size() != decoded.size {
        *pool = FramePool::new(decoded.size, pool.capacity());
    }
    pool.write(|mut frame| {
        for (mut to, (from, stride)) in frame.planes().into_iter().zip(decoded.planes) {
            for (to, from) in to.rows().zip(from.chunks(stride)) {
                to.copy_from_slice(&from[..to.len()]);
            }
        }
    })
}

impl VideoDecoder for Decoder {
    fn inspect(&self, access_unit: &[u8]) -> Result<AccessUnitInfo, CodecError> {
        inspect(access_unit)
    }

    /// See [`VideoDecoder::decode`].
    ///
    /// Parameter sets alone, such as come by signalling, are remembered and [`VideoOutput::Pending`]. Every picture is
    /// shown at once. [`CodecError::FrameSize`] is a stream with pictures larger than [`DecoderConfig::max_size`],
    /// [`CodecError::Unsupported`] one of another kind than this decoder takes; as with every error, it then needs a
    /// key frame.
    ///
    /// A missing reference picture is noticed without [`VideoInput::Lost`], too, unless the stream says that frame
    /// numbers may be missing (`gaps_in_frame_num_value_allowed_flag`, as with three temporal layers): then nothing
    /// but the caller can know.
    fn decode(&mut self, input: VideoInput<'_>, pool: &mut FramePool) -> Result<VideoOutput, CodecError> {
        let unit = match input {
            VideoInput::AccessUnit(unit) => unit,
            VideoInput::Lost => {
                self.reference = Reference::Broken;
                return Ok(VideoOutput::NeedsKeyFrame);
            }
        };
        let output = self.decode_unit(unit, pool);
        if output.is_err() {
            self.reference = Reference::Broken;
        }
        output
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("config", &self.config)
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}
