#![no_main]
//! See `fuzz::rtp::roundtrip`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::roundtrip(data));
