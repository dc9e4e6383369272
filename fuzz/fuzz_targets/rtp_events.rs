#![no_main]
//! See `fuzz::rtp::events`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::events(data));
