#![no_main]
//! See `fuzz::record::roundtrip`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::record::roundtrip(data));
