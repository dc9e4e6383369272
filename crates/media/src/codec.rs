//! What a codec must offer so that engines and calls can use it without naming it.
//!
//! The error protocol is one for all codecs: a [`CodecError`] concerns the input just given and nothing else.
//! Drop that packet, treat it as lost, go on.

mod audio;
mod video;

pub use audio::{Activity, AudioDecoder, AudioEncoder, AudioInput, Content, Encoded, PacketInfo};
pub use video::{
    AccessUnitInfo, EncodedVideo, FrameKind, VideoDecoder, VideoEncoder, VideoInput, VideoOutput,
};

/// Why a codec did not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The packet is not one of this codec's. The decoder is unharmed.
    #[error("the packet is not valid for this codec")]
    Corrupt,
    /// The caller's buffer is too small; nothing was written.
    #[error("the buffer holds {actual} items, {needed} are needed")]
    BufferTooSmall {
        /// Items needed, in the buffer's own unit (samples or bytes).
        needed: usize,
        /// Items there are.
        actual: usize,
    },
    /// The amount of sound or the size of the picture is not one that the codec takes.
    #[error("the codec does not take frames of this size ({size})")]
    FrameSize {
        /// The size given: samples for sound, pixels for pictures.
        size: usize,
    },
    /// The codec has no such ability or no such setting.
    #[error("the codec does not support this request")]
    Unsupported,
    /// The library behind the codec failed for a reason of its own.
    #[error("the codec library failed with code {code}")]
    Library {
        /// The library's own error code.
        code: i32,
    },
}
