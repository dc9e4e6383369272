#![no_main]
//! See `fuzz::rtp::collision`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::collision(data));
