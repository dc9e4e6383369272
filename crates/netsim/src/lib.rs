//! A seeded bad network, without I/O.
