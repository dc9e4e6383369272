//! What the bench promises: files in, files out, and the same bytes every time.

mod call;
mod decision;
mod playout;
mod recordings;
mod sweep;
