//! Kernels over blocks of sound, at every level the CPU offers.
