//! What tshark reads of what we write: every field of it that tshark 4.0 knows, over tables of values in which the
//! extremes are, and nothing that it warns of.
//!
//! It knows packets and both forms of header extensions; all RTCP but the feedback of RFC 8888; redundancy; telephone
//! events; VP8's descriptor and the beginning of its frames; H.264 down to parameter sets; the frames in a packet of
//! Opus. What else we write it shows as bytes, and these are compared. What they mean, others say:
//!
//! | kind | who |
//! |---|---|
//! | values of header extensions | webrtc-rs and str0m: `tests/extensions.rs` |
//! | … of which neither knows, or not as RFC 5450 has it: mixer-to-client levels, transmission offset, the second transport-wide numbers | the bytes of their definitions: `extensions.rs` here |
//! | dependency descriptor | a model that writes bit by bit: `fuzz/src/rtp/dependency.rs` |
//! | feedback of RFC 8888 | webrtc-rs (`rtc-rtcp`): `tests/rtc` |
//! | AV1 | webrtc-rs (`rtc-rtp`): `tests/rtc`; streams of two encoders: `tests/av1.rs` |
//! | VP9 | webrtc-rs, GStreamer, libvpx: `tests/vpx` |
//! | comfort noise | ffmpeg: `tests/comfort_noise.rs` |
//! | ULPFEC | GStreamer: `tests/ulpfec.rs` |
//! | FlexFEC of the third draft | webrtc-rs (`rtc-interceptor`): `tests/rtc` |
//! | FlexFEC of RFC 8627 | nobody writes it: models in `src/fec/tests.rs` and `fuzz/src/rtp/fec.rs` |

mod capture;
mod extensions;
mod feedback;
mod metrics;
mod repair;
mod reports;
mod rtp;
mod samples;
mod shark;
mod sound;
mod video;
mod xr;
