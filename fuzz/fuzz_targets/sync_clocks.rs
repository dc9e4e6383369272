#![no_main]
//! See `fuzz::sync::clocks`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::sync::clocks(data));
