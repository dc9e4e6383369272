#![doc = include_str!("../README.md")]

mod loudest;
mod numbering;
mod speakers;

pub use loudest::{Loudest, Passage};
pub use numbering::Numbering;
pub use speakers::DominantSpeaker;
