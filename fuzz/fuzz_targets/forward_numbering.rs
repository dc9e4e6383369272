#![no_main]
//! See `fuzz::forward::numbering`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::forward::numbering(data));
