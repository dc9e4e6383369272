//! Has OpenH264 show every picture as soon as it is decoded.
//!
//! In the main, extended and high profiles it holds each picture back until the next one has come, since a B slice
//! might follow. Streams with B slices are refused before they reach it, so nothing ever has to wait. Of all
//! profiles it asks only the baseline ones not to; the scalable baseline profile (annex G) has the tools and, in its
//! sequence parameters, the fields of the high profile. So that is what such a stream is called.

use crate::bits::Bits;
use crate::parameters::{BASELINE, HIGH};

const SCALABLE_BASELINE: u8 = 83;

/// `nal`, a sequence parameter set that has been read before, for a stream without B slices.
pub(crate) fn in_decoding_order(nal: &[u8]) -> Vec<u8> {
    rewritten(nal).unwrap_or_else(|| nal.to_vec())
}

/// `None` when nothing has to be changed.
fn rewritten(nal: &[u8]) -> Option<Vec<u8>> {
    let (&header, body) = nal.split_first()?;
    let mut from = Bits::new(body);
    let profile = from.bits(8)?;
    if profile == BASELINE {
        return None;
    }
    let mut to = Writer { bytes: vec![header], current: 1, zeros: 0 };
    to.bits(u32::from(SCALABLE_BASELINE), 8);
    to.bits(from.bits(16)?, 16);
    let id = from.unsigned()?;
    to.bits(id + 1, 2 * (id + 1).ilog2() + 1);
    if profile == HIGH {
        // Chroma format and depths, bypass, matrices: `Sequence` takes the one combination below only.
        from.bits(CHROMA_FIELDS)?;
    }
    to.bits(CHROMA_420_IN_8_BITS, CHROMA_FIELDS);
    while let Some(bit) = from.flag() {
        to.flag(bit);
    }
    Some(to.finish())
}

/// ue(1) is 010, ue(0) is 1: one plane of 4:2:0, eight bits twice, no bypass, no matrices.
const CHROMA_420_IN_8_BITS: u32 = 0b010_1100;
const CHROMA_FIELDS: u32 = 7;

/// Writes bits, with emulation prevention.
struct Writer {
    bytes: Vec<u8>,
    /// Bits of the byte begun, below a one.
    current: u16,
    /// How many of the bytes just written were zero.
    zeros: u8,
}

impl Writer {
    fn flag(&mut self, bit: bool) {
        self.current = self.current << 1 | u16::from(bit);
        if self.current < 0x100 {
            return;
        }
        let [_, byte] = self.current.to_be_bytes();
        self.current = 1;
        if self.zeros == 2 && byte <= 3 {
            self.bytes.push(3);
            self.zeros = 0;
        }
        self.bytes.push(byte);
        self.zeros = if byte == 0 { self.zeros + 1 } else { 0 };
    }

    fn bits(&mut self, value: u32, count: u32) {
        (0..count).rev().for_each(|bit| self.flag(value >> bit & 1 == 1));
    }

    /// Fills the last byte with zeros; what follows the stop bit is no part of a NAL unit.
    fn finish(mut self) -> Vec<u8> {
        while self.current != 1 {
            self.flag(false);
        }
        let len = self.bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        self.bytes.truncate(len);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Sequence;

    #[test]
    fn baseline_is_left_alone_and_the_rest_reads_as_before_but_for_the_profile() {
        // As x264 writes them for 320 × 180: baseline, main and high.
        let baseline = [0x67, 0x42, 0xc0, 0x0d, 0xdb, 0x05, 0x06, 0x7e, 0x7c, 0x04, 0x40, 0, 0, 3, 0, 0x40];
        assert_eq!(in_decoding_order(&baseline), baseline);
        let main = [0x67, 0x4d, 0x40, 0x0d, 0xd9, 0x01, 0x41, 0x9f, 0x9f, 0x01, 0x10, 0, 0, 3, 0, 0x10];
        let high = [0x67, 0x64, 0x00, 0x0d, 0xac, 0xb6, 0x0a, 0x0c, 0xfc, 0xf8, 0x08, 0x80, 0, 0, 3, 0, 0x80];
        for nal in [&main[..], &high[..]] {
            let meant = Sequence::parse(&nal[1..]).expect("parameters");
            let rewritten = in_decoding_order(nal);
            assert_eq!(rewritten[1], SCALABLE_BASELINE);
            // The fields of the scalable baseline profile are those of the high profile.
            let mut as_high = rewritten.clone();
            as_high[1] = HIGH as u8;
            assert_eq!(Sequence::parse(&as_high[1..]), Ok(meant), "{nal:x?}");
        }
        assert_eq!(in_decoding_order(&high)[2..], high[2..], "only the profile is another");
    }

    #[test]
    fn emulation_is_prevented() {
        let mut to = Writer { bytes: Vec::new(), current: 1, zeros: 0 };
        for byte in [0, 0, 1, 0, 0, 0, 0, 4, 0, 0, 3] {
            to.bits(byte, 8);
        }
        to.bits(1, 1);
        assert_eq!(to.finish(), [0, 0, 3, 1, 0, 0, 3, 0, 0, 4, 0, 0, 3, 3, 0x80]);
    }
}
