#![doc = include_str!("../README.md")]

pub mod alloc;
pub mod fake;
pub mod foreign;
pub mod measure;
pub mod scene;
mod skip;
pub mod stamp;
pub mod talker;

pub use skip::skip;
