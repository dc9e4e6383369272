//! A call without I/O: datagrams on one side, sound on the other.
