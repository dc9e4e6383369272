//! Whole calls in virtual time: a talker, a network, a loudspeaker. One file per behaviour.

mod call;
mod clean;
mod drift;
mod dtx;
mod garbage;
mod in_step;
mod jitter;
mod loss;
mod outage;
mod restart;
mod stereo;
mod wraps;
