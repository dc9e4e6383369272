//! NAL units each behind its length: what follows the first byte of a STAP-A (RFC 6184, section 5.7.1).

use super::nal::NalUnit;

/// The first NAL unit and what is behind it; `None` at the end, and when it is empty or breaks off.
pub(super) fn split_first(aggregate: &[u8]) -> Option<(NalUnit<'_>, &[u8])> {
    let (&len, rest) = aggregate.split_first_chunk()?;
    let (nal, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(len)))?;
    Some((NalUnit::new(nal)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_believed_only_as_far_as_there_are_bytes() {
        let (nal, rest) = split_first(&[0, 2, 0x68, 9, 0, 7]).unwrap();
        assert_eq!((nal.as_bytes(), rest), (&[0x68, 9][..], &[0, 7][..]));
        for broken in [&[][..], &[0], &[0, 0], &[0, 0, 5], &[0, 2, 5], &[0xff, 0xff, 5, 5]] {
            assert_eq!(split_first(broken), None, "{broken:?}");
        }
    }
}
