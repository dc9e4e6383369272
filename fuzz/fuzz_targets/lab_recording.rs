#![no_main]
//! See `fuzz::lab::recording`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::lab::recording(data));
