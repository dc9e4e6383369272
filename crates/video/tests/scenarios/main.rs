//! A sender, a network and the receiver in virtual time; one file for each behaviour.

mod bar;
mod call;
mod clean;
mod codec;
