//! When is which packet due: an adaptive jitter buffer.
