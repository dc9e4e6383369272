#![no_main]
//! See `fuzz::sdp::attributes`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::sdp::attributes(data));
