//! Laws that must hold for any input.
//!
//! Each law is an ordinary function over bytes with an oracle inside: it panics when the law is broken. libFuzzer
//! looks for such bytes (`cargo xtask fuzz`); `tests/replay.rs` runs every law over its corpus on stable Rust.

pub mod media;

/// A law: returns for any input, or the code under it is wrong.
pub type Law = fn(&[u8]);

/// Every law under the name of its target, `crate_law`.
pub const LAWS: &[(&str, Law)] = &[("media_unwrap", media::unwrap)];
