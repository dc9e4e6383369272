#![no_main]
//! See `fuzz::opus::packet`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::opus::packet(data));
