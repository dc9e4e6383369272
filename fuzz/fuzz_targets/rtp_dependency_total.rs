#![no_main]
//! See `fuzz::rtp::dependency_total`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::dependency_total(data));
