#![no_main]
//! See `fuzz::pace::estimator`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::pace::estimator(data));
