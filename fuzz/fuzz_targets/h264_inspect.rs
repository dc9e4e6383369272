#![no_main]
//! See `fuzz::h264::inspect`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::h264::inspect(data));
