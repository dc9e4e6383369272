#![no_main]
//! See `fuzz::rtp::vp9_roundtrip`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::vp9_roundtrip(data));
