//! Whole calls in virtual time: a talker, a network, a loudspeaker. One file per behaviour.

mod call;
mod clean;
mod day;
mod drift;
mod dtx;
mod garbage;
mod in_step;
mod jitter;
mod loss;
mod outage;
mod recovery;
mod restart;
mod stereo;
mod wraps;
