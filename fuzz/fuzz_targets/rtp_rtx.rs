#![no_main]
//! See `fuzz::rtp::rtx`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::rtx(data));
