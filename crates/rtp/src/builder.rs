//! Writing a packet into the caller's buffer.

use crate::packet::{EXTENSION_BIT, FIXED_HEADER, MARKER_BIT, PADDING_BIT};
use crate::{Extension, ExtensionForm, ExtensionId, Header, Ssrc};

const VERSION_2: u8 = 0x80;

/// Why a packet was not written. The buffer's contents are then unspecified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The caller's buffer is too small.
    #[error("the packet needs {needed} bytes, the buffer has {actual}")]
    BufferTooSmall {
        /// Bytes the packet needs.
        needed: usize,
        /// Bytes the buffer has.
        actual: usize,
    },
    /// A packet names at most 15 contributing sources.
    #[error("{count} contributing sources are more than 15")]
    Csrcs {
        /// How many were given.
        count: usize,
    },
    /// An extension element does not fit its form.
    #[error("extension {} of {len} bytes does not fit the {form:?} form", .id.get())]
    Extension {
        /// Which one.
        id: ExtensionId,
        /// Bytes of its value.
        len: usize,
        /// The form it was to be written in.
        form: ExtensionForm,
    },
    /// An extension block is a whole number of 32-bit words, at most 65 535 of them.
    #[error("an extension block cannot have {len} bytes")]
    ExtensionBlock {
        /// Bytes of the block.
        len: usize,
    },
}

/// What is announced as header extension.
#[derive(Clone, Copy, Debug)]
enum Block<'a> {
    Absent,
    Elements(ExtensionForm, &'a [Extension<'a>]),
    Raw(u16, &'a [u8]),
}

/// A packet to be written: the header, and what stands between it and the payload.
///
/// Borrows all it is given, so building allocates nothing. The same builder can write many packets.
#[derive(Clone, Copy, Debug)]
pub struct PacketBuilder<'a> {
    header: Header,
    csrcs: &'a [Ssrc],
    block: Block<'a>,
    padding: u8,
}

impl<'a> PacketBuilder<'a> {
    /// A packet with `header`, without sources, extension or padding.
    #[must_use]
    pub const fn new(header: Header) -> Self {
        Self { header, csrcs: &[], block: Block::Absent, padding: 0 }
    }

    /// Names the contributing sources, at most 15.
    #[must_use]
    pub const fn csrcs(self, csrcs: &'a [Ssrc]) -> Self {
        Self { csrcs, ..self }
    }

    /// Adds a header extension of `elements` in `form`, padded with zeros to a whole word.
    #[must_use]
    pub const fn extensions(self, form: ExtensionForm, elements: &'a [Extension<'a>]) -> Self {
        Self { block: Block::Elements(form, elements), ..self }
    }

    /// Adds a header extension as it is, of any kind; `block` is a whole number of 32-bit words.
    #[must_use]
    pub const fn extension_block(self, profile: u16, block: &'a [u8]) -> Self {
        Self { block: Block::Raw(profile, block), ..self }
    }

    /// Adds `count` bytes of padding after the payload, their count included; 0 for none.
    #[must_use]
    pub const fn padding(self, count: u8) -> Self {
        Self { padding: count, ..self }
    }

    /// Bytes before the payload.
    #[must_use]
    pub fn header_len(&self) -> usize {
        let block = match self.block {
            Block::Absent => 0,
            Block::Elements(form, elements) => 4 + elements_len(form, elements).next_multiple_of(4),
            Block::Raw(_, block) => 4 + block.len(),
        };
        FIXED_HEADER + self.csrcs.len() * 4 + block
    }

    /// Writes the packet into the beginning of `into` and returns its length. The payload is `parts`, one after
    /// the other.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when the packet does not fit into `into` or into its format.
    pub fn write(&self, parts: &[&[u8]], into: &mut [u8]) -> Result<usize, BuildError> {
        let header = self.header_len();
        let payload = parts.iter().map(|part| part.len()).sum();
        let len = self.write_around(payload, into)?;
        let (mut behind, _) = into.get_mut(header..).unwrap_or_default().split_at_mut(payload);
        for part in parts {
            let (place, rest) = core::mem::take(&mut behind).split_at_mut(part.len());
            place.copy_from_slice(part);
            behind = rest;
        }
        Ok(len)
    }

    /// Writes all but the payload, whose `payload` bytes the caller puts at [`header_len`](Self::header_len)
    /// before or after, and returns the length of the packet: an encoder can write into the packet itself.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when the packet does not fit into `into` or into its format.
    pub fn write_around(&self, payload: usize, into: &mut [u8]) -> Result<usize, BuildError> {
        self.check()?;
        let header = self.header_len();
        let (actual, padding) = (into.len(), usize::from(self.padding));
        let needed = header.saturating_add(payload).saturating_add(padding);
        let Some(packet) = into.get_mut(..needed) else {
            return Err(BuildError::BufferTooSmall { needed, actual });
        };
        let (head, behind) = packet.split_at_mut(header);
        let mut head = Cursor(head);
        head.put(self.fixed());
        for csrc in self.csrcs {
            head.put(csrc.0.to_be_bytes());
        }
        self.put_block(&mut head);
        let (_, padding) = behind.split_at_mut(payload);
        padding.fill(0);
        if let Some(last) = padding.last_mut() {
            *last = self.padding;
        }
        Ok(needed)
    }

    fn check(&self) -> Result<(), BuildError> {
        if self.csrcs.len() > 15 {
            return Err(BuildError::Csrcs { count: self.csrcs.len() });
        }
        let len = match self.block {
            Block::Absent => return Ok(()),
            Block::Elements(form, elements) => {
                if let Some(&Extension { id, data }) = elements.iter().find(|element| !form.fits(element)) {
                    return Err(BuildError::Extension { id, len: data.len(), form });
                }
                elements_len(form, elements).next_multiple_of(4)
            }
            Block::Raw(_, block) => block.len(),
        };
        match u16::try_from(len / 4) {
            Ok(_) if len.is_multiple_of(4) => Ok(()),
            _ => Err(BuildError::ExtensionBlock { len }),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "at most 15 sources have been checked")]
    fn fixed(&self) -> [u8; FIXED_HEADER] {
        let Header { marker, payload_type, seq, timestamp, ssrc } = self.header;
        let flag = |bit, set| if set { bit } else { 0 };
        let extension = flag(EXTENSION_BIT, !matches!(self.block, Block::Absent));
        let [s0, s1] = seq.0.to_be_bytes();
        let [t0, t1, t2, t3] = timestamp.0.to_be_bytes();
        let [i0, i1, i2, i3] = ssrc.0.to_be_bytes();
        [
            VERSION_2 | flag(PADDING_BIT, self.padding > 0) | extension | self.csrcs.len() as u8,
            flag(MARKER_BIT, marker) | payload_type.get(),
            s0,
            s1,
            t0,
            t1,
            t2,
            t3,
            i0,
            i1,
            i2,
            i3,
        ]
    }

    #[allow(clippy::cast_possible_truncation, reason = "every length has been checked")]
    fn put_block(&self, head: &mut Cursor<'_>) {
        match self.block {
            Block::Absent => {}
            Block::Raw(profile, block) => {
                head.put(profile.to_be_bytes());
                head.put(((block.len() / 4) as u16).to_be_bytes());
                head.copy(block);
            }
            Block::Elements(form, elements) => {
                let words = elements_len(form, elements).div_ceil(4);
                head.put(form.profile().to_be_bytes());
                head.put((words as u16).to_be_bytes());
                for &Extension { id, data } in elements {
                    let len = data.len() as u8;
                    match form {
                        ExtensionForm::OneByte => head.put([id.get() << 4 | len.wrapping_sub(1)]),
                        ExtensionForm::TwoByte => head.put([id.get(), len]),
                    }
                    head.copy(data);
                }
                head.0.fill(0);
            }
        }
    }
}

/// Bytes of `elements` in `form`, before padding.
fn elements_len(form: ExtensionForm, elements: &[Extension<'_>]) -> usize {
    elements.iter().map(|element| form.element_header() + element.data.len()).sum()
}

/// What is still to be written of a header whose length was computed before: it always fits.
struct Cursor<'a>(&'a mut [u8]);

impl Cursor<'_> {
    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.copy(&bytes);
    }

    #[inline]
    fn copy(&mut self, bytes: &[u8]) {
        let (place, rest) = core::mem::take(&mut self.0).split_at_mut(bytes.len());
        place.copy_from_slice(bytes);
        self.0 = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Packet, PayloadType};
    use moim_media::{Seq, Timestamp};
    use std::vec::Vec;

    fn header() -> Header {
        Header {
            marker: true,
            payload_type: PayloadType::new(111).unwrap(),
            seq: Seq(0x0102),
            timestamp: Timestamp(0x0304_0506),
            ssrc: Ssrc(0x0708_090a),
        }
    }

    fn element(id: u8, data: &[u8]) -> Extension<'_> {
        Extension { id: ExtensionId::new(id).unwrap(), data }
    }

    #[test]
    fn the_bytes_are_those_of_the_standard() {
        let mut buffer = [0xff; 64];
        let elements = [element(1, &[0xaa]), element(2, &[0xbb, 0xcc])];
        let builder = PacketBuilder::new(header())
            .csrcs(&[Ssrc(0x0b0c_0d0e)])
            .extensions(ExtensionForm::OneByte, &elements)
            .padding(2);
        let len = builder.write(&[&[1], &[2, 3]], &mut buffer).unwrap();
        #[rustfmt::skip]
        let expected = [
            0xb1, 0xef, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
            0xbe, 0xde, 0, 2, 0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0,
            1, 2, 3, 0, 2,
        ];
        assert_eq!(buffer[..len], expected);
        assert_eq!(builder.header_len(), 28);
        assert_eq!(buffer[len..], [0xff; 31], "nothing is written behind the packet");
    }

    #[test]
    fn two_byte_elements_are_read_back() {
        let long = [7; 255];
        let elements = [element(200, &long), element(15, &[])];
        let mut buffer = [0; 512];
        let builder = PacketBuilder::new(header()).extensions(ExtensionForm::TwoByte, &elements);
        let len = builder.write(&[b"body"], &mut buffer).unwrap();
        let packet = Packet::parse(&buffer[..len]).unwrap();
        assert_eq!(packet.extensions().collect::<Vec<_>>(), elements);
        assert_eq!(packet.payload(), b"body");
        assert_eq!(packet.header(), header());
    }

    #[test]
    fn an_encoder_may_write_in_place() {
        let builder = PacketBuilder::new(header()).padding(3);
        let (mut apart, mut at_once) = ([0; 32], [0; 32]);
        apart[builder.header_len()..][..4].copy_from_slice(b"body");
        let len = builder.write_around(4, &mut apart).unwrap();
        assert_eq!(builder.write(&[b"body"], &mut at_once), Ok(len));
        assert_eq!(apart, at_once);
    }

    #[test]
    fn what_does_not_fit_is_said_with_its_numbers() {
        let mut buffer = [0; 64];
        let plain = PacketBuilder::new(header());
        assert_eq!(
            plain.write(&[&[0; 8]], &mut buffer[..19]),
            Err(BuildError::BufferTooSmall { needed: 20, actual: 19 })
        );
        assert_eq!(
            plain.write_around(usize::MAX, &mut buffer),
            Err(BuildError::BufferTooSmall { needed: usize::MAX, actual: 64 })
        );
        assert_eq!(plain.csrcs(&[Ssrc(0); 16]).write(&[], &mut buffer), Err(BuildError::Csrcs { count: 16 }));
        assert_eq!(
            plain.extension_block(0, &[0; 3]).write(&[], &mut buffer),
            Err(BuildError::ExtensionBlock { len: 3 })
        );
        for (id, len) in [(15, 1), (1, 0), (1, 17)] {
            let elements = [element(id, &[0; 17][..len])];
            let refused = plain.extensions(ExtensionForm::OneByte, &elements).write(&[], &mut buffer);
            let (id, form) = (elements[0].id, ExtensionForm::OneByte);
            assert_eq!(refused, Err(BuildError::Extension { id, len, form }));
        }
    }
}
