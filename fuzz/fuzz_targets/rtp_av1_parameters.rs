#![no_main]
//! See `fuzz::rtp::av1_parameters`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::av1_parameters(data));
