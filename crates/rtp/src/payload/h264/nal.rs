//! NAL units and the byte stream they stand in (ITU-T H.264, section 7.4.1 and annex B).

use super::bits::Bits;
use super::{header, start_code};
use core::iter::FusedIterator;
use core::ops::Range;

/// What a NAL unit holds (ITU-T H.264, table 7-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NalKind {
    /// 1: a slice of a picture that needs others.
    Slice,
    /// 2: headers and motion of a slice that is sent in three parts.
    PartitionA,
    /// 3 or 4: a later part of such a slice.
    PartitionRest,
    /// 5: a slice of a picture from which decoding can begin (IDR).
    Idr,
    /// 6: supplemental enhancement information.
    Sei,
    /// 7: sequence parameter set.
    SequenceParameters,
    /// 8: picture parameter set.
    PictureParameters,
    /// 9: access unit delimiter.
    Delimiter,
    /// 10 or 11: end of the sequence or of the stream.
    End,
    /// 12: filler.
    Filler,
    /// 13 … 23: extensions and reserved ones.
    Extension(u8),
    /// 0 or 24 … 31: left to others by the standard; decoders ignore them and payloads use them for their own.
    Unspecified(u8),
}

impl NalKind {
    /// Of the low five bits of a NAL unit's first byte.
    pub(super) const fn of(header: u8) -> Self {
        match header & header::TYPE {
            1 => Self::Slice,
            2 => Self::PartitionA,
            3 | 4 => Self::PartitionRest,
            5 => Self::Idr,
            6 => Self::Sei,
            7 => Self::SequenceParameters,
            8 => Self::PictureParameters,
            9 => Self::Delimiter,
            10 | 11 => Self::End,
            12 => Self::Filler,
            other @ 13..=23 => Self::Extension(other),
            other => Self::Unspecified(other),
        }
    }

    /// Whether it holds a part of the picture itself.
    #[must_use]
    pub const fn is_slice(self) -> bool {
        matches!(self, Self::Slice | Self::PartitionA | Self::PartitionRest | Self::Idr)
    }
}

/// A NAL unit: a header of one byte and what it announces, without start code. It is never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NalUnit<'a> {
    header: u8,
    bytes: &'a [u8],
}

impl<'a> NalUnit<'a> {
    /// `None` when there is not even a header.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Option<Self> {
        match bytes {
            [] => None,
            &[header, ..] => Some(Self { header, bytes }),
        }
    }

    /// All of it.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(self) -> NalKind {
        NalKind::of(self.header)
    }

    /// How much depends on it, 0 … 3: nothing at all when it is 0 (`nal_ref_idc`).
    #[must_use]
    pub const fn ref_idc(self) -> u8 {
        (self.header & header::REF_IDC) >> 5
    }

    /// Whether it is said to be damaged (`forbidden_zero_bit`).
    #[must_use]
    pub const fn is_forbidden(self) -> bool {
        self.header & header::FORBIDDEN != 0
    }

    /// Where in the picture a slice begins, in macroblocks; 0 is the picture's first. `None` of what is no slice, or
    /// only a later part of one.
    #[must_use]
    pub fn first_mb_in_slice(self) -> Option<u32> {
        first_mb_in_slice(self.header, self.body())
    }

    /// The number a parameter set goes by among those of its kind. `None` of anything else.
    pub(super) fn parameter_set_id(self) -> Option<u32> {
        let mut bits = Bits::new(self.body());
        match self.kind() {
            // Profile, constraints and level come first.
            NalKind::SequenceParameters => bits.skip(24).and_then(|()| bits.unsigned()),
            NalKind::PictureParameters => bits.unsigned(),
            _ => None,
        }
    }

    /// Its first byte.
    pub(super) const fn header(self) -> u8 {
        self.header
    }

    /// What is behind the header.
    pub(super) fn body(self) -> &'a [u8] {
        self.bytes.get(1..).unwrap_or_default()
    }
}

/// Of a slice whose header and the rest are apart.
pub(super) fn first_mb_in_slice(header: u8, body: &[u8]) -> Option<u32> {
    match NalKind::of(header) {
        NalKind::Slice | NalKind::PartitionA | NalKind::Idr => Bits::new(body).unsigned(),
        _ => None,
    }
}

/// The NAL units of a byte stream, in order, without start codes and the zeros around them.
///
/// Total: bytes before the first start code are passed over, and so is a start code that nothing follows.
#[must_use]
pub const fn nal_units(annex_b: &[u8]) -> NalUnits<'_> {
    NalUnits { annex_b, at: Place::Before }
}

/// What [`nal_units`] returns.
#[derive(Clone, Debug)]
pub struct NalUnits<'a> {
    annex_b: &'a [u8],
    at: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// Before the first start code.
    Before,
    /// Right behind a start code.
    Behind(usize),
    End,
}

impl<'a> NalUnits<'a> {
    /// The next NAL unit and where it lies.
    pub(super) fn next_with_range(&mut self) -> Option<(Range<usize>, NalUnit<'a>)> {
        if let Place::Before = self.at {
            self.at = start_code::find(self.annex_b).map_or(Place::End, |at| Place::Behind(at + 3));
        }
        while let Place::Behind(start) = self.at {
            let rest = self.annex_b.get(start..)?;
            let next = start_code::find(rest);
            self.at = next.map_or(Place::End, |len| Place::Behind(start + len + 3));
            let padded = next.and_then(|len| rest.get(..len)).unwrap_or(rest);
            // Zeros behind a NAL unit, and the first of a start code of four bytes, are not of it.
            let len = padded.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            if let Some(nal) = padded.get(..len).and_then(NalUnit::new) {
                return Some((start..start + len, nal));
            }
        }
        None
    }
}

impl<'a> Iterator for NalUnits<'a> {
    type Item = NalUnit<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with_range().map(|(_, nal)| nal)
    }
}

impl FusedIterator for NalUnits<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn split(annex_b: &[u8]) -> Vec<&[u8]> {
        nal_units(annex_b).map(NalUnit::as_bytes).collect()
    }

    #[test]
    fn start_codes_of_three_and_four_bytes_and_zeros_around_are_taken_off() {
        assert_eq!(split(&[0, 0, 1, 9, 8]), [[9, 8]]);
        assert_eq!(split(&[0, 0, 0, 1, 9, 8, 0, 0, 1, 7, 0, 0, 0, 0, 1, 5, 5]), [&[9, 8][..], &[7], &[5, 5]]);
        assert_eq!(split(&[0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 0]), [[1, 2]]);
    }

    #[test]
    fn what_looks_like_a_start_code_but_is_prevented_is_content() {
        let nal = [0x65, 0, 0, 3, 1, 0, 0, 3, 0, 0, 3];
        assert_eq!(split(&[&[0, 0, 1][..], &nal, &[0, 0, 0, 1, 9]].concat()), [&nal[..], &[9]]);
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        for none in [&[][..], &[0, 0, 1], &[0, 0, 0, 1], &[0; 9], &[5, 0, 0, 0], &[0, 0, 1, 0, 0, 1], b"none"]
        {
            assert!(split(none).is_empty(), "{none:?}");
        }
        assert_eq!(split(&[7, 7, 0, 0, 1, 0, 0, 1, 5]), [[5]]);
    }

    #[test]
    fn a_header_is_read() {
        let of = |bytes: &'static [u8]| NalUnit::new(bytes).unwrap();
        assert_eq!((of(&[0x67]).kind(), of(&[0x67]).ref_idc()), (NalKind::SequenceParameters, 3));
        assert_eq!((of(&[0x01]).kind(), of(&[0x01]).ref_idc()), (NalKind::Slice, 0));
        assert!(of(&[0x81]).is_forbidden());
        assert_eq!(of(&[0x7c]).kind(), NalKind::Unspecified(28));
        assert_eq!(NalUnit::new(&[]), None);
    }

    #[test]
    fn the_place_of_a_slice_is_read_past_prevention() {
        let of = |bytes: &'static [u8]| NalUnit::new(bytes).unwrap().first_mb_in_slice();
        assert_eq!(of(&[0x65, 0x88]), Some(0));
        assert_eq!(of(&[0x41, 0b0100_0000]), Some(1));
        // 16 zeros, a one, and 16 bits of suffix.
        assert_eq!(of(&[0x41, 0, 0, 3, 0x80, 0, 0]), Some(65_535));
        assert_eq!(of(&[0x65]), None);
        assert_eq!(of(&[0x67, 0x80]), None);
    }

    #[test]
    fn parameter_sets_have_numbers() {
        let id = |bytes: &'static [u8]| NalUnit::new(bytes).unwrap().parameter_set_id();
        assert_eq!(id(&[0x67, 0x42, 0xe0, 0x1f, 0x80]), Some(0));
        assert_eq!(id(&[0x67, 0x42, 0xe0, 0x1f, 0x50]), Some(1));
        assert_eq!(id(&[0x68, 0x60]), Some(2));
        assert_eq!(id(&[0x67, 0x42]), None);
        assert_eq!(id(&[0x65, 0x80]), None);
    }
}
