#![no_main]
//! See `fuzz::rtp::fec_headers`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::fec_headers(data));
