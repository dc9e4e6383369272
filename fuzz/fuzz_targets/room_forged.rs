#![no_main]
//! See `fuzz::room::forged`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::room::forged(data));
