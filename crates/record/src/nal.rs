//! NAL units and the two ways in which they stand in a row: behind start codes (ITU-T H.264, Annex B) in a stream,
//! behind their length (ISO/IEC 14496-15, 4.3.3) in a file.

/// What begins each unit in what is made here.
pub(crate) const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// Bytes of the length before each unit in what is written here.
pub(crate) const LENGTH_BYTES: usize = 4;

/// What a recorder must know of a NAL unit (H.264, table 7-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NalKind {
    Idr,
    SequenceParameterSet,
    PictureParameterSet,
    Other,
}

impl NalKind {
    pub(crate) fn of(unit: &[u8]) -> Self {
        match unit.first().map(|header| header & 0x1f) {
            Some(5) => Self::Idr,
            Some(7) => Self::SequenceParameterSet,
            Some(8) => Self::PictureParameterSet,
            _ => Self::Other,
        }
    }
}

/// The units of a byte stream, without start codes and without the zeros that may stand around them; none is empty.
pub(crate) fn annex_b(stream: &[u8]) -> AnnexB<'_> {
    AnnexB { rest: stream }
}

#[derive(Clone, Debug)]
pub(crate) struct AnnexB<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for AnnexB<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let body = &self.rest[start_code(self.rest)? + 3..];
            let (unit, rest) = body.split_at(start_code(body).unwrap_or(body.len()));
            self.rest = rest;
            // A unit never ends with a zero (H.264, 7.4.1): these belong to what surrounds it.
            if let Some(last) = unit.iter().rposition(|&byte| byte != 0) {
                return Some(&unit[..=last]);
            }
        }
    }
}

/// Where the next three bytes 0, 0, 1 stand.
fn start_code(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|window| window == [0, 0, 1])
}

/// The units of a sample of a file, each behind a length of `length_bytes`; ends with `None` where a length leads
/// out of the sample.
pub(crate) fn length_prefixed(
    mut sample: &[u8],
    length_bytes: usize,
) -> impl Iterator<Item = Option<&[u8]>> + Clone {
    core::iter::from_fn(move || {
        if sample.is_empty() {
            return None;
        }
        let unit = split_unit(sample, length_bytes);
        sample = unit.map_or(&[][..], |(_, rest)| rest);
        Some(unit.map(|(unit, _)| unit))
    })
}

fn split_unit(sample: &[u8], length_bytes: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = sample.split_at_checked(length_bytes)?;
    let length = length.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(stream: &[u8]) -> Vec<&[u8]> {
        annex_b(stream).collect()
    }

    #[test]
    fn start_codes_of_three_and_four_bytes_and_zeros_around() {
        assert_eq!(units(&[0, 0, 1, 7, 8, 0, 0, 0, 1, 9, 0, 0, 0, 0, 0, 1, 5]), [&[7, 8][..], &[9], &[5]]);
        assert_eq!(units(&[0, 0, 0, 0, 1, 7, 0, 0]), [&[7][..]]);
    }

    #[test]
    fn nothing_comes_of_no_start_code_and_of_empty_units() {
        assert_eq!(units(&[]), [&[][..]; 0]);
        assert_eq!(units(&[7, 8, 9]), [&[][..]; 0]);
        assert_eq!(units(&[0, 0, 1, 0, 0, 1, 0, 0, 1]), [&[][..]; 0]);
    }

    #[test]
    fn lengths_of_any_width_and_one_that_leads_out() {
        let two: Vec<_> = length_prefixed(&[0, 1, 7, 0, 2, 8, 9], 2).collect();
        assert_eq!(two, [Some(&[7][..]), Some(&[8, 9])]);
        let out: Vec<_> = length_prefixed(&[1, 7, 3, 8, 9], 1).collect();
        assert_eq!(out, [Some(&[7][..]), None]);
    }

    #[test]
    fn kinds_are_the_low_five_bits() {
        let kinds = [&[0x65][..], &[0x67], &[0x28], &[0x41], &[]].map(NalKind::of);
        use NalKind::{Idr, Other, PictureParameterSet, SequenceParameterSet};
        assert_eq!(kinds, [Idr, SequenceParameterSet, PictureParameterSet, Other, Other]);
    }
}
