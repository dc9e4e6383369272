#![no_main]
//! See `fuzz::rtp::schedule`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::schedule(data));
