//! What FEC headers share: flexible masks, and what can be wrong.

use super::{Mask, Recovery};
use crate::ParseError;

/// Why a payload is no repair packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// It ends inside its header.
    #[error("the header needs {needed} bytes, there are {actual}")]
    Truncated {
        /// Bytes the header needs, as far as it could be read.
        needed: usize,
        /// Bytes there are.
        actual: usize,
    },
    /// It names no source, or more than 15.
    #[error("{count} sources are not 1 to 15")]
    Sources {
        /// How many it names.
        count: u8,
    },
    /// A kind of header that is not defined (yet), or that this format does not have.
    #[error("a repair packet with {flags:#04x} in its first byte is not defined")]
    Undefined {
        /// The two highest bits of the header, R and F.
        flags: u8,
    },
    /// A block without columns.
    #[error("a block of {rows} rows has no columns")]
    NoColumns {
        /// The rows it would have.
        rows: u8,
    },
    /// A mask that says it goes on where no mask can.
    #[error("the mask has no end")]
    Mask,
    /// More levels of protection than anybody uses.
    #[error("more than {most} levels of protection")]
    Levels {
        /// How many are read.
        most: usize,
    },
    /// A packet sent again that is none.
    #[error("what was sent again is no packet: {0}")]
    Packet(#[from] ParseError),
}

/// Why a header was not written. The buffer's contents are then unspecified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The caller's buffer is too small.
    #[error("the header needs {needed} bytes, the buffer has {actual}")]
    BufferTooSmall {
        /// Bytes the header needs.
        needed: usize,
        /// Bytes the buffer has.
        actual: usize,
    },
    /// This format cannot name so many sources.
    #[error("{count} sources cannot be named")]
    Sources {
        /// How many were given.
        count: usize,
    },
    /// The patterns of a header are all masks or all blocks.
    #[error("masks and blocks do not mix")]
    Mixed,
    /// The format's mask does not reach so far.
    #[error("a packet {offset} after the first is out of reach")]
    OutOfReach {
        /// The distance of the last packet.
        offset: u16,
    },
    /// Not one to eight levels of protection.
    #[error("{count} levels of protection cannot be written")]
    Levels {
        /// How many were given.
        count: usize,
    },
    /// A sum that is longer than a packet can be.
    #[error("a sum of {len} bytes is longer than its length can say")]
    Body {
        /// Bytes of the sum.
        len: usize,
    },
}

/// Bytes read one field after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    whole: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, whole: bytes.len() }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], RepairError> {
        let Some((field, rest)) = self.rest.split_first_chunk() else { return Err(self.truncated(N)) };
        self.rest = rest;
        Ok(*field)
    }

    pub(super) fn bytes(&mut self, len: usize) -> Result<&'a [u8], RepairError> {
        let Some((field, rest)) = self.rest.split_at_checked(len) else { return Err(self.truncated(len)) };
        self.rest = rest;
        Ok(field)
    }

    pub(super) fn recovery(&mut self) -> Result<Recovery, RepairError> {
        self.array().map(Recovery::of_bytes)
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    const fn truncated(&self, field: usize) -> RepairError {
        RepairError::Truncated { needed: self.whole - self.rest.len() + field, actual: self.whole }
    }
}

/// Bytes written one field after another, counted even where they do not fit.
#[derive(Debug)]
pub(super) struct Sink<'a> {
    into: &'a mut [u8],
    len: usize,
}

impl<'a> Sink<'a> {
    pub(super) const fn new(into: &'a mut [u8]) -> Self {
        Self { into, len: 0 }
    }

    pub(super) fn put(&mut self, field: &[u8]) {
        let end = self.len + field.len();
        if let Some(place) = self.into.get_mut(self.len..end) {
            place.copy_from_slice(field);
        }
        self.len = end;
    }

    /// How long all is, if all fitted.
    pub(super) const fn finish(self) -> Result<usize, HeaderError> {
        let (needed, actual) = (self.len, self.into.len());
        if needed <= actual { Ok(needed) } else { Err(HeaderError::BufferTooSmall { needed, actual }) }
    }
}

/// What the k bits between the parts of a mask say, in the RFC and in the draft before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continuation {
    /// A bit that is set: the mask goes on. The third part has no such bit (RFC 8627, section 4.2.2.1).
    Set,
    /// A bit that is clear. The third part has one too, so that a packet less fits.
    Clear,
}

/// Offsets 0 … 14, 15 … 45 and 46 … 109 in bits as they travel.
const FIRST: u32 = 113;
const SECOND: u32 = 82;
const THIRD: u32 = 18;

impl Continuation {
    pub(super) fn read(self, reader: &mut Reader<'_>) -> Result<Mask, RepairError> {
        let first = u16::from_be_bytes(reader.array()?);
        let mut bits = u128::from(first & 0x7fff) << FIRST;
        if self.goes_on(first >> 15 == 1) {
            let second = u32::from_be_bytes(reader.array()?);
            bits |= u128::from(second & 0x7fff_ffff) << SECOND;
            if self.goes_on(second >> 31 == 1) {
                let third = u64::from_be_bytes(reader.array()?);
                bits |= match self {
                    Self::Set => u128::from(third) << THIRD,
                    Self::Clear if third >> 63 == 0 => return Err(RepairError::Mask),
                    Self::Clear => u128::from(third & !(1 << 63)) << (THIRD + 1),
                };
            }
        }
        Ok(Mask::of_wire(bits))
    }

    fn goes_on(self, bit: bool) -> bool {
        bit == (self == Self::Set)
    }

    /// Writes the shortest form.
    pub(super) fn write(self, mask: Mask, sink: &mut Sink<'_>) -> Result<(), HeaderError> {
        let (last, bits) = (mask.last().unwrap_or(0), mask.wire());
        let k = |longer: bool, place: u32| u128::from(self.goes_on(true) == longer) << place;
        let [.., a, b] = (bits >> FIRST & 0x7fff | k(last > 14, 15)).to_be_bytes();
        sink.put(&[a, b]);
        if last > 14 {
            let [.., a, b, c, d] = (bits >> SECOND & 0x7fff_ffff | k(last > 45, 31)).to_be_bytes();
            sink.put(&[a, b, c, d]);
        }
        if last > 45 {
            let third = match self {
                Self::Set => bits >> THIRD,
                Self::Clear if last > 108 => return Err(HeaderError::OutOfReach { offset: last }),
                Self::Clear => bits >> (THIRD + 1) & !(1 << 63) | k(false, 63),
            };
            let [.., a, b, c, d, e, f, g, h] = third.to_be_bytes();
            sink.put(&[a, b, c, d, e, f, g, h]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn written(form: Continuation, mask: Mask) -> Result<Vec<u8>, HeaderError> {
        let mut bytes = [0xff; 14];
        let mut sink = Sink::new(&mut bytes);
        form.write(mask, &mut sink)?;
        let len = sink.finish()?;
        Ok(bytes[..len].to_vec())
    }

    #[test]
    fn every_offset_travels_where_it_belongs() {
        for form in [Continuation::Set, Continuation::Clear] {
            for offset in 0..Mask::PACKETS {
                let mask = Mask::of([offset]).unwrap();
                let bytes = match written(form, mask) {
                    Ok(bytes) => bytes,
                    Err(error) => {
                        assert_eq!((form, offset), (Continuation::Clear, 109));
                        assert_eq!(error, HeaderError::OutOfReach { offset });
                        continue;
                    }
                };
                let len = if offset < 15 {
                    2
                } else if offset < 46 {
                    6
                } else {
                    14
                };
                assert_eq!(bytes.len(), len);
                // The k bits stand at the head of each part, the last of which has none in the RFC.
                let heads = match (form, offset) {
                    (_, ..15) => 1,
                    (_, ..46) | (Continuation::Set, _) => 2,
                    (Continuation::Clear, _) => 3,
                };
                let (bit, at) = (usize::from(offset) + heads, &bytes);
                assert_eq!(at[bit / 8] >> (7 - bit % 8) & 1, 1);
                let mut reader = Reader::new(&bytes);
                assert_eq!(form.read(&mut reader), Ok(mask));
                assert!(reader.rest().is_empty());
            }
        }
    }

    #[test]
    fn the_two_versions_say_the_opposite_of_each_other() {
        let short = Mask::of([0, 14]).unwrap();
        assert_eq!(written(Continuation::Set, short).unwrap(), [0x40, 0x01]);
        assert_eq!(written(Continuation::Clear, short).unwrap(), [0xc0, 0x01]);
        let middle = Mask::of([0, 15, 45]).unwrap();
        assert_eq!(written(Continuation::Set, middle).unwrap(), [0xc0, 0, 0x40, 0, 0, 1]);
        assert_eq!(written(Continuation::Clear, middle).unwrap(), [0x40, 0, 0xc0, 0, 0, 1]);
        let long = Mask::of([46]).unwrap();
        assert_eq!(written(Continuation::Set, long).unwrap()[6..], [0x80, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(written(Continuation::Clear, long).unwrap()[6..], [0xc0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Continuation::Clear.read(&mut Reader::new(&[0; 14])), Err(RepairError::Mask));
    }

    #[test]
    fn a_mask_that_breaks_off_says_what_it_needs() {
        for (bytes, needed) in
            [(&[0x80][..], 2), (&[0x80, 0, 0x80, 0, 0], 6), (&[0x80, 0, 0x80, 0, 0, 0, 0], 14)]
        {
            let error = Continuation::Set.read(&mut Reader::new(bytes)).unwrap_err();
            assert_eq!(error, RepairError::Truncated { needed, actual: bytes.len() });
        }
    }
}
