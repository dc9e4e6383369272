#![no_main]
//! See `fuzz::rtp::noise`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::noise(data));
