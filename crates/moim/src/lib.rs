#![doc = include_str!("../README.md")]
#![no_std]

pub use moim_media as media;

#[cfg(feature = "call")]
pub use moim_call as call;
#[cfg(feature = "dsp")]
pub use moim_dsp as dsp;
#[cfg(feature = "jitter")]
pub use moim_jitter as jitter;
#[cfg(feature = "netsim")]
pub use moim_netsim as netsim;
#[cfg(feature = "opus")]
pub use moim_opus as opus;
#[cfg(feature = "playout")]
pub use moim_playout as playout;
#[cfg(feature = "rtp")]
pub use moim_rtp as rtp;
#[cfg(feature = "dsp")]
pub use moim_simd as simd;
#[cfg(feature = "testkit")]
pub use moim_testkit as testkit;

/// The program in the repository's front page compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct FrontPage;
