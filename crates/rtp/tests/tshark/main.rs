//! What tshark reads of what we write: every field of it that tshark 4.0 knows, over tables of values in which the
//! extremes are, and nothing that it warns of.
//!
//! It knows packets and both forms of header extensions; all RTCP but the feedback of RFC 8888; redundancy; telephone
//! events; VP8's descriptor and the beginning of its frames; H.264 down to parameter sets; the frames in a packet of
//! Opus. What else we write it shows as bytes, and these are compared.

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
