#![no_main]
//! See `fuzz::rtp::rtcp_walk`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::rtcp_walk(data));
