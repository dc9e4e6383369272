#![no_main]
//! See `fuzz::dsp::levels`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::dsp::levels(data));
