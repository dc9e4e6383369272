#![no_main]
//! See `fuzz::rtp::arrivals`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::arrivals(data));
