//! Laws that must hold for any input.
//!
//! Each law is an ordinary function over bytes with an oracle inside: it panics when the law is broken. libFuzzer
//! looks for such bytes (`cargo xtask fuzz`); `tests/replay.rs` runs every law over its corpus on stable Rust.

#![allow(clippy::missing_panics_doc, reason = "a law panics when it is broken: that is its report")]

pub mod call;
pub mod dsp;
pub mod forward;
pub mod h264;
pub mod jitter;
pub mod lab;
pub mod media;
pub mod netsim;
pub mod opus;
pub mod pace;
pub mod playout;
pub mod record;
pub mod room;
pub mod rtp;
pub mod sdp;
pub mod sync;
pub mod video;

/// A law: returns for any input, or the code under it is wrong.
pub type Law = fn(&[u8]);

/// Every law under the name of its target, `crate_law`.
pub const LAWS: &[(&str, Law)] = &[
    ("call_datagrams", call::datagrams),
    ("call_pictures", call::pictures),
    ("dsp_levels", dsp::levels),
    ("forward_numbering", forward::numbering),
    ("forward_speakers", forward::speakers),
    ("h264_decode_total", h264::decode_total),
    ("h264_inspect", h264::inspect),
    ("jitter_ops", jitter::ops),
    ("lab_recording", lab::recording),
    ("media_unwrap", media::unwrap),
    ("netsim_determinism", netsim::determinism),
    ("netsim_trace", netsim::trace),
    ("opus_decode_total", opus::decode_total),
    ("opus_encode_total", opus::encode_total),
    ("opus_packet", opus::packet),
    ("opus_redundancy", opus::redundancy),
    ("pace_estimator", pace::estimator),
    ("pace_queue", pace::queue),
    ("playout_ops", playout::ops),
    ("record_reader", record::reader),
    ("record_roundtrip", record::roundtrip),
    ("room_forged", room::forged),
    ("room_ops", room::ops),
    ("rtcp_roundtrip", rtp::rtcp_roundtrip),
    ("rtcp_schedule", rtp::schedule),
    ("rtcp_walk", rtp::rtcp_walk),
    ("rtp_arrivals", rtp::arrivals),
    ("rtp_association", rtp::association),
    ("rtp_av1_depay", rtp::av1_depay),
    ("rtp_av1_parameters", rtp::av1_parameters),
    ("rtp_av1_roundtrip", rtp::av1_roundtrip),
    ("rtp_collision", rtp::collision),
    ("rtp_dependency_model", rtp::dependency_model),
    ("rtp_dependency_total", rtp::dependency_total),
    ("rtp_events", rtp::events),
    ("rtp_extension_remap", rtp::extension_remap),
    ("rtp_extension_values", rtp::extension_values),
    ("rtp_extensions", rtp::extensions),
    ("rtp_fec_headers", rtp::fec_headers),
    ("rtp_fec_hostile", rtp::fec_hostile),
    ("rtp_fec_levels", rtp::fec_levels),
    ("rtp_fec_recovery", rtp::fec_recovery),
    ("rtp_h264_depay", rtp::h264_depay),
    ("rtp_h264_parameters", rtp::h264_parameters),
    ("rtp_h264_roundtrip", rtp::h264_roundtrip),
    ("rtp_history", rtp::history),
    ("rtp_loss", rtp::loss),
    ("rtp_nack", rtp::nack),
    ("rtp_noise", rtp::noise),
    ("rtp_reception", rtp::reception),
    ("rtp_red", rtp::red),
    ("rtp_red_sender", rtp::red_sender),
    ("rtp_roundtrip", rtp::roundtrip),
    ("rtp_rtx", rtp::rtx),
    ("rtp_sound", rtp::sound),
    ("rtp_text", rtp::text),
    ("rtp_vp8_payload", rtp::vp8_payload),
    ("rtp_vp8_rewriter", rtp::vp8_rewriter),
    ("rtp_vp8_roundtrip", rtp::vp8_roundtrip),
    ("rtp_vp9_payload", rtp::vp9_payload),
    ("rtp_vp9_roundtrip", rtp::vp9_roundtrip),
    ("sdp_answer", sdp::answer),
    ("sdp_attributes", sdp::attributes),
    ("sync_clocks", sync::clocks),
    ("video_ops", video::ops),
];
