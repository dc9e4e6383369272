//! What the bench promises: files in, files out, and the same bytes every time.

mod call;
mod playout;
mod recordings;
mod sweep;
