//! Sizes, seven bits a byte, the lowest first (AV1, section 4.10.5).

/// A size as it is written, as short as possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Leb128 {
    bytes: [u8; 8],
    len: usize,
}

impl Leb128 {
    /// Of less than 2⁵⁶, as no slice is longer.
    pub(super) fn new(size: usize) -> Self {
        let len = len(size);
        let mut bytes = [0; 8];
        for (at, byte) in bytes.iter_mut().enumerate().take(len) {
            let [low, ..] = (size >> (7 * at)).to_le_bytes();
            *byte = if at + 1 < len { low | 0x80 } else { low & 0x7f };
        }
        Self { bytes, len }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// How many bytes the size takes.
pub(super) const fn len(size: usize) -> usize {
    let bits = usize::BITS - size.leading_zeros();
    match bits.div_ceil(7) {
        0 => 1,
        bytes @ 1..=8 => bytes as usize,
        _ => 8,
    }
}

/// The size at the front and what is behind it; `None` when it breaks off, or is more than the 32 bits of the standard.
pub(super) fn split_first(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut size = 0;
    for (at, &byte) in bytes.iter().enumerate().take(8) {
        size |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let size = u32::try_from(size).ok().and_then(|size| usize::try_from(size).ok())?;
            return Some((size, bytes.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes_are_those_of_the_standard() {
        for (size, bytes) in [
            (0, &[0][..]),
            (127, &[127]),
            (128, &[0x80, 1]),
            (624_485, &[0xe5, 0x8e, 0x26]),
            (u32::MAX as usize, &[0xff, 0xff, 0xff, 0xff, 0x0f]),
        ] {
            assert_eq!(Leb128::new(size).as_bytes(), bytes);
            assert_eq!(split_first(&[bytes, &[9]].concat()), Some((size, &[9][..])));
        }
    }

    #[test]
    fn a_size_may_be_written_at_length_but_must_end_and_fit() {
        assert_eq!(split_first(&[0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]), Some((5, &[][..])));
        for broken in [&[][..], &[0x80], &[0x80; 8], &[0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]] {
            assert_eq!(split_first(broken), None, "{broken:?}");
        }
        assert_eq!(split_first(&[0x80, 0x80, 0x80, 0x80, 0x10]), None, "33 bits");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(size: u32, behind: [u8; 2]) {
            let written = Leb128::new(size as usize);
            prop_assert_eq!(written.as_bytes().len(), len(size as usize));
            let bytes = [written.as_bytes(), &behind].concat();
            prop_assert_eq!(split_first(&bytes), Some((size as usize, &behind[..])));
        }
    }
}
