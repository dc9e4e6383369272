#![no_main]
//! See `fuzz::rtp::vp9_payload`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::vp9_payload(data));
