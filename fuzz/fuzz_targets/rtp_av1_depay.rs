#![no_main]
//! See `fuzz::rtp::av1_depay`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::av1_depay(data));
