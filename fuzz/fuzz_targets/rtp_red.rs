#![no_main]
//! See `fuzz::rtp::red`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::red(data));
