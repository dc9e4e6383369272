//! Access units and packets that are whole for a file, if not for a decoder.

#![allow(dead_code, reason = "each test uses what it needs of it")]

pub(crate) mod ffmpeg;

/// SPS, PPS and IDR.
pub(crate) const KEY: &[u8] =
    &[0, 0, 0, 1, 0x67, 66, 0xc0, 31, 0x80, 0, 0, 0, 1, 0x68, 0x80, 0, 0, 0, 1, 0x65, 0x88, 0x84, 0x21, 0x80];

/// The IDR of [`KEY`].
pub(crate) const IDR_ALONE: &[u8] = &[0, 0, 0, 1, 0x65, 0x88, 0x84, 0x21, 0x80];

/// Two slices that build on others.
pub(crate) const DELTA: &[u8] = &[0, 0, 0, 1, 0x41, 0x9a, 0x01, 0x80, 0, 0, 0, 1, 0x41, 0x9a, 0x02, 0x80];

/// A packet of 20 ms, another for each `number`.
pub(crate) fn voice(number: u64) -> Vec<u8> {
    let mut packet = vec![0xf8];
    packet.extend_from_slice(&number.to_be_bytes());
    packet.resize(9 + number as usize % 60, 0x55);
    packet
}
