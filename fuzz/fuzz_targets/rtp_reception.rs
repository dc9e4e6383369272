#![no_main]
//! See `fuzz::rtp::reception`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::reception(data));
