#![no_main]
//! See `fuzz::rtp::h264_parameters`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::h264_parameters(data));
