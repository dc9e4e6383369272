//! Looking for start codes: most of what it costs to make packets of a picture.

/// Bytes looked at together.
const BLOCK: usize = 128;
const START_CODE: [u8; 3] = [0, 0, 1];

/// Where the first `00 00 01` begins.
///
/// A block of 128 bytes without two zeros in a row, as nearly all are, is passed over with one comparison for all of
/// it, which the compiler does in vectors.
pub(super) fn find(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<{ BLOCK + 2 }>) {
        if has_two_zeros(block)
            && let Some(found) = find_bytewise(block)
        {
            return Some(at + found);
        }
        at += BLOCK;
    }
    Some(at + find_bytewise(bytes.get(at..)?)?)
}

/// Whether one of the first [`BLOCK`] bytes is zero, and the one behind it.
fn has_two_zeros(block: &[u8; BLOCK + 2]) -> bool {
    let pairs = block.iter().zip(block.iter().skip(1)).take(BLOCK);
    pairs.fold(u8::MAX, |least, (first, second)| least.min(first | second)) == 0
}

fn find_bytewise(bytes: &[u8]) -> Option<usize> {
    bytes.windows(START_CODE.len()).position(|window| window == START_CODE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_start_code_is_found_wherever_it_is() {
        for len in 0..3 * BLOCK + 3 {
            let mut bytes = std::vec![0xff; len];
            assert_eq!(find(&bytes), None);
            for at in 0..len.saturating_sub(2) {
                bytes.fill(0xff);
                bytes[at..at + 3].copy_from_slice(&START_CODE);
                assert_eq!(find(&bytes), Some(at), "of {len}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_a_bytewise_search_finds_is_found(
            // Zeros and ones abound, so that there is nearly one everywhere.
            bytes in proptest::collection::vec(prop_oneof![8 => Just(0), 1 => Just(1), 4 => any::<u8>()], 0..700),
            from in 0_usize..700,
        ) {
            let bytes = &bytes[from.min(bytes.len())..];
            prop_assert_eq!(find(bytes), find_bytewise(bytes));
        }
    }
}
