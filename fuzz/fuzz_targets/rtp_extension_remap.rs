#![no_main]
//! See `fuzz::rtp::extension_remap`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rtp::extension_remap(data));
