#![no_main]
//! See `fuzz::pace::queue`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::pace::queue(data));
