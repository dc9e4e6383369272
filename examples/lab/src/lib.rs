//! The researcher's bench: receivers of sound over recorded and simulated networks, on a virtual clock.
//!
//! ```text
//! recording ──┐                                ┌─▶ sound_file     what was heard
//!             ├─▶ virtual_time ─▶ receiver ────┼─▶ stats          what the receiver counted
//! sweep:      │   0, 10, 20 … ms  policy       └─▶ course, trace  what it did, step by step
//! speech, ────┘                   concealment
//! network                                  decision: what it weighs, at one moment
//!                                          sweep: score, table, figure
//! ```

pub mod call;
pub mod concealment;
pub mod course;
pub mod decision;
pub mod figure;
pub mod playout;
pub mod policy;
pub mod receiver;
pub mod recording;
pub mod sound_file;
pub mod stats;
pub mod sweep;
pub mod trace;
pub mod virtual_time;
