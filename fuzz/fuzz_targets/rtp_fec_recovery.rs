#![no_main]
//! See `fuzz::rtp::fec_recovery`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::fec_recovery(data));
