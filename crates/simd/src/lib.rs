//! Proof of what the CPU can do.
