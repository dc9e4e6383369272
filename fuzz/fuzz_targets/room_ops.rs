#![no_main]
//! See `fuzz::room::ops`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::room::ops(data));
