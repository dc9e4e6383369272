//! Behaviours of the buffer.
