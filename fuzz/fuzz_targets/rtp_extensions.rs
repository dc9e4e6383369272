#![no_main]
//! See `fuzz::rtp::extensions`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::extensions(data));
