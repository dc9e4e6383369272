#![no_main]
//! See `fuzz::call::pictures`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::call::pictures(data));
