#![no_main]
//! See `fuzz::h264::decode_total`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::h264::decode_total(data));
