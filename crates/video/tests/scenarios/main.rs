//! A sender, a network and the receiver in virtual time; one file for each behaviour.

mod bar;
mod call;
mod clean;
mod codec;
mod damage;
mod disposable;
mod duplicates;
mod garbage;
mod key_frames;
mod lip_sync;
mod loss;
mod marker;
mod outage;
mod policy;
mod reordering;
mod restart;
mod size;
mod wraps;
