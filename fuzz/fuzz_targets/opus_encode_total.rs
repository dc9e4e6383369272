#![no_main]
//! See `fuzz::opus::encode_total`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::opus::encode_total(data));
