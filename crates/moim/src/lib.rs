#![doc = include_str!("../README.md")]
#![no_std]

pub use moim_media as media;

#[cfg(feature = "call")]
pub use moim_call as call;
#[cfg(feature = "dsp")]
pub use moim_dsp as dsp;
#[cfg(feature = "forward")]
pub use moim_forward as forward;
#[cfg(feature = "h264")]
pub use moim_h264 as h264;
#[cfg(feature = "jitter")]
pub use moim_jitter as jitter;
#[cfg(feature = "netsim")]
pub use moim_netsim as netsim;
#[cfg(feature = "opus")]
pub use moim_opus as opus;
#[cfg(feature = "pace")]
pub use moim_pace as pace;
#[cfg(feature = "playout")]
pub use moim_playout as playout;
#[cfg(feature = "record")]
pub use moim_record as record;
#[cfg(feature = "room")]
pub use moim_room as room;
#[cfg(feature = "rtp")]
pub use moim_rtp as rtp;
#[cfg(feature = "sdp")]
pub use moim_sdp as sdp;
#[cfg(feature = "dsp")]
pub use moim_simd as simd;
#[cfg(feature = "sync")]
pub use moim_sync as sync;
#[cfg(feature = "testkit")]
pub use moim_testkit as testkit;
#[cfg(feature = "video")]
pub use moim_video as video;

/// The program in the repository's front page compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct FrontPage;
