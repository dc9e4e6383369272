#![no_main]
//! See `fuzz::media::unwrap`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::media::unwrap(data));
