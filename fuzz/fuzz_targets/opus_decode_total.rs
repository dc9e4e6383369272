#![no_main]
//! See `fuzz::opus::decode_total`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::opus::decode_total(data));
