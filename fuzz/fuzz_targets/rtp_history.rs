#![no_main]
//! See `fuzz::rtp::history`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::history(data));
