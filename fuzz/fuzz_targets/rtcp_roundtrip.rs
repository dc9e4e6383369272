#![no_main]
//! See `fuzz::rtp::rtcp_roundtrip`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::rtcp_roundtrip(data));
