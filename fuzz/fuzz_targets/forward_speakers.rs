#![no_main]
//! See `fuzz::forward::speakers`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::forward::speakers(data));
