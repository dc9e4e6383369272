#![no_main]
//! See `fuzz::rtp::fec_hostile`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::fec_hostile(data));
