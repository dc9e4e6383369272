#![no_main]
//! See `fuzz::rtp::text`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::text(data));
