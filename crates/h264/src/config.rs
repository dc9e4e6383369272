//! What an encoder and a decoder are told before they begin, and why they may refuse.

use crate::ffi::{Failed, number};
use core::num::NonZeroU32;
use moim_media::VideoSize;

/// Settings of an [`Encoder`](crate::Encoder). Bitrate and frame rate can be changed while it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncoderConfig {
    /// Bits per second to aim at, 1 000 … 240 000 000.
    pub bitrate: u32,
    /// Pictures per second to expect, positive. The rate control reckons with 1 … 60.
    pub frame_rate: f32,
    /// What the pictures show.
    pub content: Content,
    /// Computing time to spend.
    pub complexity: Complexity,
    /// Layers of time, 1 … 4. With `n` of them the pictures of the highest layer, every second one, are disposable;
    /// a stream without any of the layers above the lowest is right, too, at a rate 2ⁿ⁻¹ times lower.
    pub temporal_layers: u8,
    /// The most bytes of one NAL unit, 500 … 65 535, so that each fits a packet; the picture then comes in as many
    /// slices as that takes. Without it a picture is one slice, which costs fewer bits.
    pub max_slice_bytes: Option<u16>,
    /// A key frame at least every so many pictures. Without it they come on request only.
    pub key_frame_interval: Option<NonZeroU32>,
}

impl Default for EncoderConfig {
    /// A camera at 500 kbit/s and 30 pictures per second: medium complexity, one layer, one slice, key frames on request.
    fn default() -> Self {
        Self {
            bitrate: 500_000,
            frame_rate: 30.0,
            content: Content::Camera,
            complexity: Complexity::Medium,
            temporal_layers: 1,
            max_slice_bytes: None,
            key_frame_interval: None,
        }
    }
}

/// What the pictures show; the encoder looks for other things in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// The world: noise, motion, few hard edges.
    Camera,
    /// A screen: text, flat areas, scrolling. Of text it can cost three times the computing that a camera's mode takes.
    Screen,
}

impl Content {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Camera => number::CAMERA,
            Self::Screen => number::SCREEN,
        }
    }
}

/// How much computing time an encoder spends to find a better picture for the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Complexity {
    /// The least.
    Low,
    /// A fifth more.
    Medium,
    /// In this version of OpenH264 the same as `Medium`, or nearly.
    High,
}

impl Complexity {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Low => number::COMPLEXITY_LOW,
            Self::Medium => number::COMPLEXITY_MEDIUM,
            Self::High => number::COMPLEXITY_HIGH,
        }
    }
}

/// Settings of a [`Decoder`](crate::Decoder).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecoderConfig {
    /// The largest picture to decode, lying or standing. A stream that announces a larger one is refused before
    /// anything is allocated for it; a decoder may need the memory of 18 pictures.
    pub max_size: VideoSize,
}

impl Default for DecoderConfig {
    /// Full HD: 1920 × 1088.
    fn default() -> Self {
        const FULL_HD: VideoSize = VideoSize::new(1_920, 1_088).unwrap();
        Self { max_size: FULL_HD }
    }
}

/// Why a codec could not be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Bitrates reach from 1 000 to 240 000 000 bits per second.
    #[error("H.264 does not run at {bitrate} bits per second")]
    Bitrate {
        /// The bits per second asked for.
        bitrate: u32,
    },
    /// A rate is a positive number.
    #[error("{frame_rate} is not a rate of pictures")]
    FrameRate {
        /// The rate given.
        frame_rate: f32,
    },
    /// There are one to four temporal layers.
    #[error("there are no {layers} temporal layers; the most is four")]
    TemporalLayers {
        /// The number asked for.
        layers: u8,
    },
    /// A slice cannot be limited to fewer than 500 bytes, since one macroblock may need 400.
    #[error("slices cannot be limited to {bytes} bytes")]
    SliceBytes {
        /// The limit asked for.
        bytes: u16,
    },
    /// OpenH264 refused for a reason of its own.
    #[error("OpenH264 failed with code {code}")]
    Library {
        /// OpenH264's own code.
        code: i32,
    },
}

impl From<Failed> for ConfigError {
    fn from(failed: Failed) -> Self {
        Self::Library { code: failed.code() }
    }
}
