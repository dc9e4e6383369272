#![no_main]
//! See `fuzz::netsim::trace`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::netsim::trace(data));
