#![doc = include_str!("../README.md")]

mod loudest;
mod speakers;

pub use loudest::{Loudest, Passage};
pub use speakers::DominantSpeaker;
