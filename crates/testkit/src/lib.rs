#![doc = include_str!("../README.md")]

pub mod alloc;
pub mod fake;
pub mod talker;
