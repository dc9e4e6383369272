//! Receiver estimated maximum bit rate (draft-alvestrand-rmcat-remb-03, section 2.2).

use super::{Bitrate, WriteError, Writer, format, packet_type};
use crate::Ssrc;

/// What tells it from other feedback of applications (RFC 4585, section 6.4).
const IDENTIFIER: [u8; 4] = *b"REMB";

/// How much a receiver believes the path to it can carry, all the streams named together.
#[derive(Clone, Copy, Debug)]
pub struct Remb<'a> {
    /// The receiver.
    pub sender: Ssrc,
    /// The rate of the media: the draft leaves the packets' headers out, which not every implementation does.
    pub bitrate: Bitrate,
    streams: &'a [[u8; 4]],
}

impl<'a> Remb<'a> {
    /// Whether feedback of an application is one of these.
    #[inline]
    pub(super) fn owns(body: &[u8]) -> bool {
        body.get(8..12) == Some(&IDENTIFIER)
    }

    #[inline]
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        // The media source means nothing here: the streams are named at the end.
        let (&[s0, s1, s2, s3, _, _, _, _, _, _, _, _, count, b0, b1, b2], streams) =
            body.split_first_chunk()?;
        let streams = streams.get(..usize::from(count) * 4)?.as_chunks().0;
        let bits = u32::from_be_bytes([0, b0, b1, b2]);
        let bitrate = Bitrate::from_parts(bits >> 18, bits & 0x3_ffff);
        Some(Self { sender: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])), bitrate, streams })
    }

    /// The streams, at most 255.
    #[inline]
    pub fn streams(&self) -> impl ExactSizeIterator<Item = Ssrc> + use<'a> {
        self.streams.iter().map(|&stream| Ssrc(u32::from_be_bytes(stream)))
    }
}

impl Writer<'_> {
    /// Appends an estimate of `sender` for all of `streams` together.
    ///
    /// # Errors
    ///
    /// [`WriteError::NothingNamed`] without a stream, [`WriteError::Count`] above 255 of them, or
    /// [`WriteError::BufferTooSmall`].
    pub fn remb(&mut self, sender: Ssrc, bitrate: Bitrate, streams: &[Ssrc]) -> Result<(), WriteError> {
        let count = match u32::try_from(streams.len()) {
            Ok(0) => return Err(WriteError::NothingNamed),
            Ok(count @ ..=255) => count,
            _ => return Err(WriteError::Count { count: streams.len() }),
        };
        let (ssrcs, control) = ([sender, Ssrc(0)], 8 + streams.len() * 4);
        let mut part = self.feedback(packet_type::PAYLOAD_FEEDBACK, format::APPLICATION, ssrcs, control)?;
        let (exponent, mantissa) = bitrate.parts(18);
        part.bytes(&IDENTIFIER);
        part.word(count << 24 | exponent << 18 | mantissa);
        streams.iter().for_each(|stream| part.word(stream.0));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp::tests::{only, written};
    use crate::rtcp::{Part, PartError, walk};
    use std::vec::Vec;

    #[test]
    fn an_estimate_has_the_bytes_of_the_draft() {
        let bytes = written(|writer| writer.remb(Ssrc(1), Bitrate(8_927_168), &[Ssrc(0x4874_ed16)]));
        #[rustfmt::skip]
        let expected = [
            0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'E', b'M', b'B',
            1, 0x1a, 0x20, 0xdf, 0x48, 0x74, 0xed, 0x16,
        ];
        assert_eq!(bytes, expected);
        let Part::Remb(remb) = only(&bytes) else { panic!("an estimate") };
        assert_eq!((remb.sender, remb.bitrate), (Ssrc(1), Bitrate(8_927_168)));
        assert!(remb.streams().eq([Ssrc(0x4874_ed16)]));
    }

    #[test]
    fn an_estimate_promises_no_more_than_was_meant() {
        let bytes = written(|writer| writer.remb(Ssrc(1), Bitrate(u64::MAX), &[Ssrc(2)]));
        let Part::Remb(remb) = only(&bytes) else { panic!("an estimate") };
        assert_eq!(remb.bitrate, Bitrate(0x3_ffff << 46));
    }

    #[test]
    fn an_estimate_that_names_more_streams_than_there_are_is_an_error() {
        let mut bytes = written(|writer| writer.remb(Ssrc(1), Bitrate(1), &[Ssrc(2)]));
        bytes[16] = 2;
        let error = PartError::Body { packet_type: 206, count: 15, len: 20 };
        assert_eq!(walk(&bytes).next().unwrap().unwrap_err(), error);
        bytes[12] = b'r';
        assert!(matches!(only(&bytes), Part::Other(_)), "another application's feedback");
    }

    #[test]
    fn as_many_streams_as_a_byte_can_count_fit() {
        let streams: Vec<_> = (0..256).map(Ssrc).collect();
        let bytes = written(|writer| writer.remb(Ssrc(1), Bitrate(1), &streams[..255]));
        let Part::Remb(remb) = only(&bytes) else { panic!("an estimate") };
        assert!(remb.streams().eq(streams[..255].iter().copied()));
        let mut buffer = [0; 2_048];
        let mut writer = Writer::new(&mut buffer);
        assert_eq!(writer.remb(Ssrc(1), Bitrate(1), &streams), Err(WriteError::Count { count: 256 }));
        assert_eq!(writer.remb(Ssrc(1), Bitrate(1), &[]), Err(WriteError::NothingNamed));
    }
}
