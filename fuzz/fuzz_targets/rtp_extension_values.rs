#![no_main]
//! See `fuzz::rtp::extension_values`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::extension_values(data));
