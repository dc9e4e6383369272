#![doc = include_str!("../README.md")]

mod speakers;

pub use speakers::DominantSpeaker;
