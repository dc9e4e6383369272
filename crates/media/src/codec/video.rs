//! Pictures in, access units out, and back.

use super::CodecError;
use crate::{FramePool, MediaTime, VideoFrame};
use alloc::vec::Vec;

/// Whether a picture can be decoded by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// It needs no other picture.
    Key,
    /// It builds on pictures before it.
    Delta,
}

/// What can be told from an access unit without decoding it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessUnitInfo {
    /// Whether the picture can be decoded by itself.
    pub kind: FrameKind,
    /// Whether no later picture builds on it: without it, everything else is still right.
    pub disposable: bool,
    /// Whether it carries all that a decoder needs to begin with it, such as parameter sets; if not, that must have
    /// come before, or by signalling.
    pub has_headers: bool,
}

/// What a video decoder is given.
#[derive(Debug)]
pub enum VideoInput<'a> {
    /// All of one picture, in the codec's own byte stream.
    AccessUnit(&'a [u8]),
    /// A picture that others build on did not come.
    Lost,
}

/// What a video decoder has to show.
#[derive(Clone, Debug)]
pub enum VideoOutput {
    /// A picture.
    Frame(VideoFrame),
    /// Nothing yet: the codec wants more input first.
    Pending,
    /// Nothing that can be trusted until a key frame comes.
    NeedsKeyFrame,
    /// A picture was decoded, but the pool had no room for it: it is dropped, later ones are unaffected.
    PoolExhausted,
}

/// Turns access units into pictures.
pub trait VideoDecoder {
    /// What can be told from `access_unit` without decoding it; takes time in the order of its length at most.
    ///
    /// # Errors
    ///
    /// [`CodecError::Corrupt`] when it holds no picture of this codec.
    fn inspect(&self, access_unit: &[u8]) -> Result<AccessUnitInfo, CodecError>;

    /// Decodes one input; a picture is written into a free frame of `pool`.
    ///
    /// A picture of another size than the pool's replaces `pool` by one of that size.
    ///
    /// # Errors
    ///
    /// [`CodecError::Corrupt`] when the access unit is none; the decoder then needs a key frame.
    fn decode(&mut self, input: VideoInput<'_>, pool: &mut FramePool) -> Result<VideoOutput, CodecError>;
}

/// What an encoder made of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodedVideo {
    /// An access unit of this kind was appended.
    AccessUnit(FrameKind),
    /// The encoder skipped the picture to keep its bitrate.
    Skipped,
}

/// Turns pictures into access units.
pub trait VideoEncoder {
    /// Encodes `frame`, shown at `time`, and appends the access unit to `into`.
    ///
    /// [`FrameKind::Key`] demands a key frame; [`FrameKind::Delta`] leaves the choice to the encoder.
    ///
    /// # Errors
    ///
    /// [`CodecError::FrameSize`] when the codec cannot take pictures of this size.
    fn encode(
        &mut self,
        frame: &VideoFrame,
        time: MediaTime,
        kind: FrameKind,
        into: &mut Vec<u8>,
    ) -> Result<EncodedVideo, CodecError>;

    /// Sets the bits per second to aim at, from the next picture on.
    ///
    /// # Errors
    ///
    /// [`CodecError::Unsupported`] when the rate is outside of what the codec can do.
    fn set_bitrate(&mut self, bits_per_second: u32) -> Result<(), CodecError>;

    /// Sets the pictures per second to expect, from the next picture on.
    ///
    /// # Errors
    ///
    /// [`CodecError::Unsupported`] when the rate is not positive and finite.
    fn set_frame_rate(&mut self, frames_per_second: f32) -> Result<(), CodecError>;
}
