//! Where sockets, threads and clocks live.
