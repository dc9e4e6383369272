//! NAL units in a byte stream (ITU-T H.264, 7.3.1 and annex B).

/// What a NAL unit holds (table 7-1), as far as this crate cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NalKind {
    /// A slice of a picture that builds on others (type 1).
    Slice,
    /// A slice of an instantaneous decoding refresh: of a key frame (type 5).
    IdrSlice,
    /// Data partitions (types 2 to 4), which no baseline stream has.
    Partition,
    /// What holds for a sequence of pictures (type 7).
    SequenceParameters,
    /// What holds for some pictures (type 8).
    PictureParameters,
    /// Nothing that the picture needs.
    Other,
}

/// One NAL unit: its header byte and what follows, without start code and trailing zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nal<'a> {
    bytes: &'a [u8],
}

impl<'a> Nal<'a> {
    /// All of it, with the header byte and with emulation prevention.
    pub(crate) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// What follows the header byte.
    pub(crate) fn body(self) -> &'a [u8] {
        self.bytes.get(1..).unwrap_or_default()
    }

    pub(crate) fn kind(self) -> NalKind {
        match self.header() & 0x1f {
            1 => NalKind::Slice,
            2..=4 => NalKind::Partition,
            5 => NalKind::IdrSlice,
            7 => NalKind::SequenceParameters,
            8 => NalKind::PictureParameters,
            _ => NalKind::Other,
        }
    }

    /// Whether other pictures may build on this one (`nal_ref_idc` is not zero).
    pub(crate) fn is_reference(self) -> bool {
        self.header() & 0x60 != 0
    }

    /// `forbidden_zero_bit`: somebody on the way knows that this is damaged.
    pub(crate) fn is_damaged(self) -> bool {
        self.header() & 0x80 != 0
    }

    fn header(self) -> u8 {
        self.bytes.first().copied().unwrap_or_default()
    }
}

/// The NAL units of a byte stream, in order; empty ones are passed over.
///
/// What precedes the first start code is no part of any.
#[derive(Clone, Debug)]
pub(crate) struct Nals<'a> {
    rest: &'a [u8],
}

impl<'a> Nals<'a> {
    pub(crate) fn new(stream: &'a [u8]) -> Self {
        let begin = start_code(stream).map_or(stream.len(), |at| at + START_CODE.len());
        Self { rest: &stream[begin..] }
    }
}

impl<'a> Iterator for Nals<'a> {
    type Item = Nal<'a>;

    fn next(&mut self) -> Option<Nal<'a>> {
        while !self.rest.is_empty() {
            let end = start_code(self.rest);
            let bytes = &self.rest[..end.unwrap_or(self.rest.len())];
            self.rest = end.map_or(&[], |end| &self.rest[end + START_CODE.len()..]);
            let len = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            if len > 0 {
                return Some(Nal { bytes: &bytes[..len] });
            }
        }
        None
    }
}

/// `start_code_prefix_one_3bytes`.
pub(crate) const START_CODE: [u8; 3] = [0, 0, 1];

/// Where the first start code begins.
fn start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(window) = bytes.get(at..at + START_CODE.len()) {
        match window {
            [0, 0, 1] => return Some(at),
            [_, _, 0] => at += 1,
            // A start code in which the third byte is not zero would end with it; none does.
            _ => at += 3,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(stream: &[u8]) -> Vec<&[u8]> {
        Nals::new(stream).map(Nal::bytes).collect()
    }

    /// As simple as the definition.
    fn naive(bytes: &[u8]) -> Option<usize> {
        bytes.windows(3).position(|window| window == START_CODE)
    }

    #[test]
    fn start_codes_of_both_lengths_part_units_and_zeros_belong_to_none() {
        assert_eq!(
            units(&[0, 0, 0, 1, 0x67, 7, 0, 0, 1, 0x68, 8, 0, 0, 0, 1, 0x65, 5, 0, 0]),
            [&[0x67, 7][..], &[0x68, 8], &[0x65, 5]]
        );
        assert_eq!(units(&[9, 9, 0, 0, 1, 0x41]), [[0x41]]);
        assert_eq!(units(&[0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0x41]), [[0x41]]);
        assert!(units(&[]).is_empty() && units(&[0x65, 1, 2]).is_empty() && units(&[0, 0, 1]).is_empty());
    }

    #[test]
    fn the_search_finds_what_the_definition_finds() {
        // Every string of eight bytes that are 0, 1 or 2.
        for mut number in 0..3_u32.pow(8) {
            let bytes: [u8; 8] = core::array::from_fn(|_| {
                let digit = (number % 3) as u8;
                number /= 3;
                digit
            });
            assert_eq!(start_code(&bytes), naive(&bytes), "{bytes:?}");
        }
    }

    #[test]
    fn the_header_tells_kind_and_reference() {
        let nal =
            |header: u8| Nals::new(&[0, 0, 1, header, 1]).next().map(|nal| (nal.kind(), nal.is_reference()));
        assert_eq!(nal(0x65), Some((NalKind::IdrSlice, true)));
        assert_eq!(nal(0x41), Some((NalKind::Slice, true)));
        assert_eq!(nal(0x01), Some((NalKind::Slice, false)));
        assert_eq!(nal(0x67), Some((NalKind::SequenceParameters, true)));
        assert_eq!(nal(0x68), Some((NalKind::PictureParameters, true)));
        assert_eq!(nal(0x06), Some((NalKind::Other, false)));
    }
}
