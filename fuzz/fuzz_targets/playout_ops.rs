#![no_main]
//! See `fuzz::playout::ops`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::playout::ops(data));
