#![doc = include_str!("../README.md")]

mod convert;
mod correlate;
#[cfg(test)]
mod extremes;
mod gain;
mod halve;
mod limiter;
mod mix;

pub use convert::Converter;
pub use correlate::Correlator;
pub use gain::{Gain, Ramp};
pub use halve::Halver;
pub use limiter::Limiter;
pub use mix::{HEADROOM, MAX_BLOCK, Mixer};
