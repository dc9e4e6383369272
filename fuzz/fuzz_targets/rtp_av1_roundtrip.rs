#![no_main]
//! See `fuzz::rtp::av1_roundtrip`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::av1_roundtrip(data));
