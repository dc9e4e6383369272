//! An RTP packet as a view over its bytes (RFC 3550, section 5).

use crate::{Extension, ExtensionId, Extensions, HeaderExtension, PayloadType, Ssrc};
use moim_media::{Seq, Timestamp};

#[cfg(test)]
mod tests;

pub(crate) const FIXED_HEADER: usize = 12;
pub(crate) const PADDING_BIT: u8 = 0x20;
pub(crate) const EXTENSION_BIT: u8 = 0x10;
pub(crate) const MARKER_BIT: u8 = 0x80;

/// Why bytes are not an RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The packet ends inside its header.
    #[error("the header needs {needed} bytes, there are {actual}")]
    Truncated {
        /// Bytes the header needs, as far as it could be read.
        needed: usize,
        /// Bytes there are.
        actual: usize,
    },
    /// Not version 2, so not RTP as we know it.
    #[error("RTP version {version} is not 2")]
    Version {
        /// The version given, 0 … 3.
        version: u8,
    },
    /// The padding is empty, or longer than what follows the header.
    #[error("{count} bytes of padding announced, {available} bytes follow the header")]
    Padding {
        /// The count in the last byte of the packet.
        count: u8,
        /// Bytes after the header.
        available: usize,
    },
}

/// The part of the header that every packet has, by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Marks an event that the payload format defines: the first packet after silence, the last of a picture.
    pub marker: bool,
    /// Which format the payload has.
    pub payload_type: PayloadType,
    /// The packet's number.
    pub seq: Seq,
    /// When the first sample of the payload was taken, in ticks of the payload's clock.
    pub timestamp: Timestamp,
    /// Which stream the packet belongs to.
    pub ssrc: Ssrc,
}

/// A parsed packet. Copies nothing; everything is checked by [`parse`](Self::parse), so that no getter can fail.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    fixed: &'a [u8; FIXED_HEADER],
    csrcs: &'a [u8],
    profile: Option<u16>,
    extension: &'a [u8],
    payload: &'a [u8],
    padding: u8,
}

impl<'a> Packet<'a> {
    /// Checks `bytes`, one datagram, and views it as a packet.
    ///
    /// Elements inside the header extension are not looked at; [`extensions`](Self::extensions) stops where they
    /// make no sense.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when the bytes are no RTP packet of version 2.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let actual = bytes.len();
        let truncated = |needed| ParseError::Truncated { needed, actual };
        let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED_HEADER>() else {
            return Err(truncated(FIXED_HEADER));
        };
        let flags = fixed[0];
        if flags >> 6 != 2 {
            return Err(ParseError::Version { version: flags >> 6 });
        }
        let csrcs = usize::from(flags & 0x0f) * 4;
        let Some((csrcs, mut rest)) = rest.split_at_checked(csrcs) else {
            return Err(truncated(FIXED_HEADER + csrcs));
        };
        let (mut profile, mut extension): (_, &[u8]) = (None, &[]);
        if flags & EXTENSION_BIT != 0 {
            let before = FIXED_HEADER + csrcs.len() + 4;
            let Some((&[p0, p1, w0, w1], behind)) = rest.split_first_chunk::<4>() else {
                return Err(truncated(before));
            };
            let len = usize::from(u16::from_be_bytes([w0, w1])) * 4;
            let Some((block, behind)) = behind.split_at_checked(len) else {
                return Err(truncated(before + len));
            };
            (profile, extension, rest) = (Some(u16::from_be_bytes([p0, p1])), block, behind);
        }
        let mut padding = 0;
        if flags & PADDING_BIT != 0 {
            (rest, padding) =
                strip_padding(rest).map_err(|count| ParseError::Padding { count, available: rest.len() })?;
        }
        Ok(Self { fixed, csrcs, profile, extension, payload: rest, padding })
    }

    /// The packet's number.
    #[must_use]
    #[inline]
    pub const fn seq(&self) -> Seq {
        Seq(u16::from_be_bytes([self.fixed[2], self.fixed[3]]))
    }

    /// When the first sample of the payload was taken, in ticks of the payload's clock.
    #[must_use]
    #[inline]
    pub const fn timestamp(&self) -> Timestamp {
        let [_, _, _, _, a, b, c, d, ..] = *self.fixed;
        Timestamp(u32::from_be_bytes([a, b, c, d]))
    }

    /// Which stream the packet belongs to.
    #[must_use]
    #[inline]
    pub const fn ssrc(&self) -> Ssrc {
        let [.., a, b, c, d] = *self.fixed;
        Ssrc(u32::from_be_bytes([a, b, c, d]))
    }

    /// Which format the payload has.
    #[must_use]
    #[inline]
    pub const fn payload_type(&self) -> PayloadType {
        PayloadType::of_byte(self.fixed[1])
    }

    /// Whether the packet marks the event that its payload format defines.
    #[must_use]
    #[inline]
    pub const fn marker(&self) -> bool {
        self.fixed[1] & MARKER_BIT != 0
    }

    /// The fields every packet has, by value.
    #[must_use]
    #[inline]
    pub const fn header(&self) -> Header {
        Header {
            marker: self.marker(),
            payload_type: self.payload_type(),
            seq: self.seq(),
            timestamp: self.timestamp(),
            ssrc: self.ssrc(),
        }
    }

    /// The contributing sources, at most 15: whose sound was mixed into the payload.
    #[inline]
    pub fn csrcs(&self) -> impl ExactSizeIterator<Item = Ssrc> + use<'a> {
        let (csrcs, _) = self.csrcs.as_chunks::<4>();
        csrcs.iter().map(|&csrc| Ssrc(u32::from_be_bytes(csrc)))
    }

    /// The 16 bits that say what the header extension is; `None` without one.
    #[must_use]
    #[inline]
    pub const fn extension_profile(&self) -> Option<u16> {
        self.profile
    }

    /// The header extension as it is, without its profile and length; empty without one.
    #[must_use]
    #[inline]
    pub const fn extension_block(&self) -> &'a [u8] {
        self.extension
    }

    /// The elements of the header extension (RFC 8285); none in an extension of another kind.
    #[must_use]
    #[inline]
    pub fn extensions(&self) -> Extensions<'a> {
        // 0 is no profile of RFC 8285: no elements.
        Extensions::new(self.profile.unwrap_or(0), self.extension)
    }

    /// The value of the first extension element `id`.
    #[must_use]
    #[inline]
    pub fn extension(&self, id: ExtensionId) -> Option<&'a [u8]> {
        self.extensions().find(|element: &Extension<'_>| element.id == id).map(|element| element.data)
    }

    /// What the first extension element `id` says, taken for an `E`; `None` without one, and when its value is no `E`.
    #[must_use]
    #[inline]
    pub fn read_extension<E: HeaderExtension<'a>>(&self, id: ExtensionId) -> Option<E> {
        self.extension(id).and_then(E::read)
    }

    /// The payload, without padding. It may be empty.
    #[must_use]
    #[inline]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Bytes of padding after the payload, the count itself included; 0 in a packet that is not padded.
    #[must_use]
    #[inline]
    pub const fn padding(&self) -> u8 {
        self.padding
    }

    /// Bytes before the payload.
    #[must_use]
    #[inline]
    pub const fn header_len(&self) -> usize {
        let extension = match self.profile {
            Some(_) => 4 + self.extension.len(),
            None => 0,
        };
        FIXED_HEADER + self.csrcs.len() + extension
    }
}

/// `bytes` without the padding that their last byte counts, itself included, and that count; the count alone when
/// it cannot be.
#[inline]
pub(crate) fn strip_padding(bytes: &[u8]) -> Result<(&[u8], u8), u8> {
    let count = bytes.last().copied().unwrap_or(0);
    let unpadded = bytes.len().checked_sub(usize::from(count)).and_then(|len| bytes.get(..len));
    unpadded.filter(|_| count > 0).map(|unpadded| (unpadded, count)).ok_or(count)
}
