#![no_main]
//! See `fuzz::video::ops`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::video::ops(data));
