#![no_main]
//! See `fuzz::record::reader`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::record::reader(data));
