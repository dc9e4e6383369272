#![no_main]
//! See `fuzz::rtp::red_sender`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::red_sender(data));
