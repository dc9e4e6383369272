//! The one operation of parity codes.

/// XORs the bytes of `from` onto those of `into`, as far as both reach.
///
/// Never inlined: by itself the compiler knows that the two do not overlap, and makes vectors of the loop at any target.
/// Memory is then the limit, not the CPU.
#[inline(never)]
pub fn xor(into: &mut [u8], from: &[u8]) {
    for (byte, from) in into.iter_mut().zip(from) {
        *byte ^= from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn every_length_and_alignment_is_what_one_byte_after_another_is() {
        let bytes: Vec<u8> = (0..400_u32).map(|n| ((n * 151) >> 3) as u8).collect();
        for start in 0..8 {
            for len in 0..130 {
                for other in [0, len / 2, len, len + 3] {
                    let from = &bytes[200 + start..200 + start + other];
                    let mut into = bytes[start..start + len].to_vec();
                    let mut expected = into.clone();
                    for i in 0..len.min(other) {
                        expected[i] ^= from[i];
                    }
                    xor(&mut into, from);
                    assert_eq!(into, expected, "{start} {len} {other}");
                }
            }
        }
    }
}
