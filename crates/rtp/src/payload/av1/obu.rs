//! OBUs and the bitstream they stand in (AV1, sections 5.2 and 5.3).

use super::leb128;
use crate::Layer;
use core::iter::FusedIterator;
use core::ops::Range;

/// What an OBU holds (AV1, section 6.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObuKind {
    /// 1: what all frames of a sequence have in common.
    SequenceHeader,
    /// 2: that a temporal unit begins. It does not travel.
    TemporalDelimiter,
    /// 3: the header of a frame whose tiles follow, or of one that is shown again.
    FrameHeader,
    /// 4: tiles of a frame.
    TileGroup,
    /// 5: about the stream, such as its scalability or the light of the scene.
    Metadata,
    /// 6: a frame's header and tiles together.
    Frame,
    /// 7: a frame's header again.
    RedundantFrameHeader,
    /// 8: tiles of still scenes much larger than the screen. It does not travel.
    TileList,
    /// 15: nothing.
    Padding,
    /// 0 and 9 … 14: reserved; decoders ignore it.
    Reserved(u8),
}

impl ObuKind {
    /// Of the OBU that begins with `header`.
    pub(super) const fn of(header: u8) -> Self {
        match header >> 3 & 0x0f {
            1 => Self::SequenceHeader,
            2 => Self::TemporalDelimiter,
            3 => Self::FrameHeader,
            4 => Self::TileGroup,
            5 => Self::Metadata,
            6 => Self::Frame,
            7 => Self::RedundantFrameHeader,
            8 => Self::TileList,
            15 => Self::Padding,
            other => Self::Reserved(other),
        }
    }

    /// Whether receivers are to ignore it wherever they see it (RTP Payload Format For AV1, section 5).
    pub(super) const fn is_ignored(self) -> bool {
        matches!(self, Self::TemporalDelimiter | Self::TileList)
    }
}

/// The one or two bytes an OBU begins with (AV1, sections 5.3.2 and 5.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObuHeader {
    first: u8,
    extension: Option<u8>,
}

impl ObuHeader {
    const FORBIDDEN: u8 = 0x80;
    const EXTENSION: u8 = 0x04;
    pub(super) const SIZE: u8 = 0x02;

    /// The header and what is behind it; `None` when it breaks off or its forbidden bit is set.
    #[must_use]
    pub fn split_first(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (&first, rest) = bytes.split_first()?;
        if !Self::may_begin_with(first) {
            return None;
        }
        if first & Self::EXTENSION == 0 {
            return Some((Self { first, extension: None }, rest));
        }
        let (&extension, rest) = rest.split_first()?;
        Some((Self { first, extension: Some(extension) }, rest))
    }

    /// What the OBU holds.
    #[must_use]
    pub const fn kind(self) -> ObuKind {
        ObuKind::of(self.first)
    }

    /// The layer the OBU is of; `None` when it is for all of them, or there is but one.
    #[must_use]
    pub fn layer(self) -> Option<Layer> {
        self.extension.map(|byte| Layer { spatial: byte >> 3 & 3, temporal: byte >> 5 })
    }

    /// Whether the size of what follows comes next.
    #[must_use]
    pub const fn has_size(self) -> bool {
        Self::says_size(self.first)
    }

    /// Whether the forbidden bit is not set.
    pub(super) const fn may_begin_with(first: u8) -> bool {
        first & Self::FORBIDDEN == 0
    }

    /// Whether the OBU that begins with `first` says its size.
    pub(super) const fn says_size(first: u8) -> bool {
        first & Self::SIZE != 0
    }

    /// How much of the header of the OBU that begins with `first` is behind that byte.
    pub(super) fn extension_len(first: u8) -> usize {
        usize::from(first & Self::EXTENSION != 0)
    }

    /// Its first byte, for an OBU that says its size.
    pub(super) const fn first_with_size(self) -> u8 {
        self.first | Self::SIZE
    }

    /// Its first byte, for an OBU whose size is known otherwise.
    pub(super) const fn first_without_size(self) -> u8 {
        self.first & !Self::SIZE
    }

    /// Its second byte, if there is one.
    pub(super) const fn extension(self) -> Option<u8> {
        self.extension
    }

    /// One or two bytes.
    pub(super) fn len(self) -> usize {
        1 + usize::from(self.extension.is_some())
    }
}

/// One OBU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obu<'a> {
    /// How it begins.
    pub header: ObuHeader,
    /// What is behind the header and the size.
    pub payload: &'a [u8],
}

impl<'a> Obu<'a> {
    /// The OBU that `bytes` are: no more and no less, whether or not it says its size.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        match Self::split_first(bytes)? {
            (obu, []) => Some(obu),
            _ => None,
        }
    }

    /// The OBU at the front and what is behind it. One that does not say its size takes all.
    pub(super) fn split_first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (header, rest) = ObuHeader::split_first(bytes)?;
        if !header.has_size() {
            return Some((Self { header, payload: rest }, &[]));
        }
        let (size, rest) = leb128::split_first(rest)?;
        let (payload, rest) = rest.split_at_checked(size)?;
        Some((Self { header, payload }, rest))
    }
}

/// The OBUs of a bitstream in the low-overhead format, in order, up to what is none.
#[must_use]
pub const fn obus(bitstream: &[u8]) -> Obus<'_> {
    Obus { rest: bitstream, at: 0 }
}

/// What [`obus`] returns.
#[derive(Clone, Debug)]
pub struct Obus<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Obus<'a> {
    /// What has not been walked yet. Empty once a well-formed bitstream is exhausted.
    #[must_use]
    pub const fn remainder(&self) -> &'a [u8] {
        self.rest
    }

    /// The next OBU and where its payload lies.
    pub(super) fn next_with_range(&mut self) -> Option<(Range<usize>, Obu<'a>)> {
        let (obu, rest) = Obu::split_first(self.rest)?;
        self.at += self.rest.len() - rest.len();
        self.rest = rest;
        Some((self.at - obu.payload.len()..self.at, obu))
    }
}

impl<'a> Iterator for Obus<'a> {
    type Item = Obu<'a>;

    fn next(&mut self) -> Option<Obu<'a>> {
        self.next_with_range().map(|(_, obu)| obu)
    }
}

// What is no OBU stays at the front.
impl FusedIterator for Obus<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn a_header_is_read() {
        let (header, rest) = ObuHeader::split_first(&[0x36, 0x68, 9]).unwrap();
        assert_eq!((header.kind(), header.has_size(), rest), (ObuKind::Frame, true, &[9][..]));
        assert_eq!(header.layer(), Some(Layer { spatial: 1, temporal: 3 }));
        let (header, _) = ObuHeader::split_first(&[0x08]).unwrap();
        assert_eq!(
            (header.kind(), header.layer(), header.has_size()),
            (ObuKind::SequenceHeader, None, false)
        );
        for broken in [&[][..], &[0x34], &[0x8a, 0]] {
            assert_eq!(ObuHeader::split_first(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn a_bitstream_is_taken_apart_up_to_what_is_none() {
        let walk = |bytes| {
            let mut walk = obus(bytes);
            let found: Vec<_> = walk.by_ref().map(|obu| (obu.header.kind(), obu.payload)).collect();
            (found, walk.remainder())
        };
        let delimiter = (ObuKind::TemporalDelimiter, &[][..]);
        let frame = (ObuKind::Frame, &[1, 2][..]);
        assert_eq!(walk(&[0x12, 0, 0x32, 2, 1, 2]), (std::vec![delimiter, frame], &[][..]));
        // The last one need not say its size; sizes may be long.
        assert_eq!(walk(&[0x12, 0x80, 0, 0x30, 1, 2]), (std::vec![delimiter, frame], &[][..]));
        for broken in [&[0x32, 3, 1, 2][..], &[0x32], &[0x32, 0x80], &[0x92, 0], &[0x36, 0]] {
            assert_eq!(walk(broken), (Vec::new(), broken));
        }
    }

    #[test]
    fn an_obu_alone_is_exact() {
        let payload = |bytes: &'static [u8]| Obu::parse(bytes).map(|obu| obu.payload);
        assert_eq!(payload(&[0x30, 1, 2]), Some(&[1, 2][..]));
        assert_eq!(payload(&[0x32, 1, 2]), Some(&[2][..]));
        assert_eq!(payload(&[0x32, 1, 2, 3]), None);
        assert_eq!(payload(&[0x32, 2, 2]), None);
    }
}
