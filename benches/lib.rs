//! Benchmarks of the moim crates; ids are `crate/function/level/case`. See `README.md` for the numbers.
