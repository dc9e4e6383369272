#![no_main]
//! See `fuzz::call::datagrams`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::call::datagrams(data));
