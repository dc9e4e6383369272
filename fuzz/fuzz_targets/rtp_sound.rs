#![no_main]
//! See `fuzz::rtp::sound`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::sound(data));
