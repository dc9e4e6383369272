#![no_main]
//! See `fuzz::rtp::nack`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::nack(data));
