#![no_main]
//! See `fuzz::rtp::h264_depay`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::h264_depay(data));
