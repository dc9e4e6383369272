#![no_main]
//! See `fuzz::opus::redundancy`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::opus::redundancy(data));
