#![no_main]
//! See `fuzz::rtp::association`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::association(data));
