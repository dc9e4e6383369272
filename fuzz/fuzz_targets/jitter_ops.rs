#![no_main]
//! See `fuzz::jitter::ops`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::jitter::ops(data));
