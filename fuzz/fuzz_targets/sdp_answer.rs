#![no_main]
//! See `fuzz::sdp::answer`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::sdp::answer(data));
