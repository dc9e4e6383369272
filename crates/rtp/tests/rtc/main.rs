//! The sans-IO generation of webrtc-rs (`rtc-*`) reads what we write, and writes what we read: what its elder crates do
//! not know.

mod av1;
mod congestion_feedback;
mod flexfec03;
