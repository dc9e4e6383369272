#![no_main]
//! See `fuzz::netsim::determinism`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::netsim::determinism(data));
