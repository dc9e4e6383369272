#![no_main]
//! See `fuzz::rtp::dependency_model`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::dependency_model(data));
