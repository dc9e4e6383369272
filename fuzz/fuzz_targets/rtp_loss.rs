#![no_main]
//! See `fuzz::rtp::loss`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::loss(data));
