//! Temporary maximum media stream bit rates, asked for and confirmed (RFC 5104, sections 4.2.1 and 4.2.2).

use super::{Bitrate, WriteError, Writer, format, packet_type};
use crate::Ssrc;

/// Bounds on the bit rates of streams: a request (TMMBR), or the bounds in force (TMMBN).
#[derive(Clone, Copy, Debug)]
pub struct BitrateBounds<'a> {
    /// Who asks, or whose streams are bounded.
    pub sender: Ssrc,
    bounds: &'a [[u8; 8]],
}

/// The bound on one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitrateBound {
    /// In a request, the stream to be bounded; in a notification, who asked for the bound.
    pub ssrc: Ssrc,
    /// The most it may use, headers below its own included.
    pub bitrate: Bitrate,
    /// What is counted per packet below the stream's own headers.
    pub overhead: Overhead,
}

/// Bytes of headers per packet, from the network layer up to where the stream's own begin: 0 … 511.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Overhead(u16);

impl Overhead {
    /// `None` above 511.
    #[must_use]
    pub const fn new(bytes: u16) -> Option<Self> {
        if bytes < 512 { Some(Self(bytes)) } else { None }
    }

    /// The bytes, 0 … 511.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl<'a> BitrateBounds<'a> {
    #[inline]
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let (sender, body) = body.split_first_chunk()?;
        // The media source means nothing here: the bounds name the streams.
        let (_media, body) = body.split_first_chunk::<4>()?;
        let (bounds, rest) = body.as_chunks();
        rest.is_empty().then_some(Self { sender: Ssrc(u32::from_be_bytes(*sender)), bounds })
    }

    /// A request asks for at least one.
    #[inline]
    pub(super) fn read_request(body: &'a [u8]) -> Option<Self> {
        Self::read(body).filter(|request| !request.bounds.is_empty())
    }

    /// The bounds: at least one in a request, none in a notification when no bound is in force.
    #[inline]
    pub fn bounds(&self) -> impl ExactSizeIterator<Item = BitrateBound> + use<'a> {
        self.bounds.iter().map(|&bound| BitrateBound::from_bytes(bound))
    }
}

impl BitrateBound {
    #[inline]
    fn from_bytes([s0, s1, s2, s3, b0, b1, b2, b3]: [u8; 8]) -> Self {
        let bits = u32::from_be_bytes([b0, b1, b2, b3]);
        Self {
            ssrc: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])),
            bitrate: Bitrate::from_parts(bits >> 26, bits >> 9 & 0x1_ffff),
            overhead: Overhead(u16::from_be_bytes([b2 & 1, b3])),
        }
    }

    fn words(self) -> [u32; 2] {
        let (exponent, mantissa) = self.bitrate.parts(17);
        [self.ssrc.0, exponent << 26 | mantissa << 9 | u32::from(self.overhead.0)]
    }
}

impl Writer<'_> {
    /// Appends a request (TMMBR) of `sender` for bounds.
    ///
    /// # Errors
    ///
    /// [`WriteError::NothingNamed`] without a bound, [`WriteError::Long`], or [`WriteError::BufferTooSmall`].
    pub fn tmmbr(&mut self, sender: Ssrc, bounds: &[BitrateBound]) -> Result<(), WriteError> {
        if bounds.is_empty() {
            return Err(WriteError::NothingNamed);
        }
        self.bitrate_bounds(format::TMMBR, sender, bounds)
    }

    /// Appends a notification (TMMBN) of `sender` of the bounds in force, or that there is none.
    ///
    /// # Errors
    ///
    /// [`WriteError::Long`] or [`WriteError::BufferTooSmall`].
    pub fn tmmbn(&mut self, sender: Ssrc, bounds: &[BitrateBound]) -> Result<(), WriteError> {
        self.bitrate_bounds(format::TMMBN, sender, bounds)
    }

    fn bitrate_bounds(
        &mut self,
        format: u8,
        sender: Ssrc,
        bounds: &[BitrateBound],
    ) -> Result<(), WriteError> {
        let ssrcs = [sender, Ssrc(0)];
        let mut part = self.feedback(packet_type::TRANSPORT_FEEDBACK, format, ssrcs, bounds.len() * 8)?;
        bounds.iter().for_each(|bound| part.words(bound.words()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp::tests::{only, written};
    use crate::rtcp::{Part, PartError, walk};

    fn bound(bits: u64) -> BitrateBound {
        BitrateBound { ssrc: Ssrc(0x0a0b_0c0d), bitrate: Bitrate(bits), overhead: Overhead(0x1a5) }
    }

    #[test]
    fn bounds_have_the_bytes_of_the_standard() {
        // 0x1_5555 times two to the third.
        let bytes = written(|writer| writer.tmmbr(Ssrc(1), &[bound(0x1_5555 << 3)]));
        #[rustfmt::skip]
        let expected = [
            0x83, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0,
            0x0a, 0x0b, 0x0c, 0x0d, 0b0000_1110, 0b1010_1010, 0b1010_1011, 0xa5,
        ];
        assert_eq!(bytes, expected);
        let Part::Tmmbr(request) = only(&bytes) else { panic!("a request") };
        assert_eq!(request.sender, Ssrc(1));
        assert!(request.bounds().eq([bound(0x1_5555 << 3)]));
    }

    #[test]
    fn bounds_are_rounded_down_to_17_digits() {
        let bytes = written(|writer| writer.tmmbn(Ssrc(1), &[bound(0x1_ffff << 5 | 31), bound(0)]));
        let Part::Tmmbn(notification) = only(&bytes) else { panic!("a notification") };
        assert!(notification.bounds().eq([bound(0x1_ffff << 5), bound(0)]));
    }

    #[test]
    fn a_notification_may_say_that_nothing_is_bounded() {
        let bytes = written(|writer| writer.tmmbn(Ssrc(1), &[]));
        let Part::Tmmbn(notification) = only(&bytes) else { panic!("a notification") };
        assert_eq!(notification.bounds().len(), 0);
        let mut buffer = [0; 64];
        assert_eq!(Writer::new(&mut buffer).tmmbr(Ssrc(1), &[]), Err(WriteError::NothingNamed));
        let mut request = bytes;
        request[0] = 0x83;
        let error = PartError::Body { packet_type: 205, count: 3, len: 8 };
        assert_eq!(walk(&request).next().unwrap().unwrap_err(), error);
    }
}
