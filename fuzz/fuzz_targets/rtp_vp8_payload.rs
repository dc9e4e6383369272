#![no_main]
//! See `fuzz::rtp::vp8_payload`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::vp8_payload(data));
