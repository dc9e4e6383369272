//! Retransmission as a stream of its own (RFC 4588, section 4).
//!
//! A packet sent again goes out under the source, payload type and numbers of the retransmission stream, with its
//! original number before the payload; what else the header says stays, extensions and contributing sources too.

use crate::{BuildError, Header, Packet, PacketBuilder, PayloadType, Ssrc};
use moim_media::Seq;

/// Bytes of the original number.
const NUMBER: usize = 2;
/// As many contributing sources as a packet can name.
const SOURCES: usize = 15;

/// By what a packet is told to belong to a stream, its original or the one that repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stream {
    /// The source.
    pub ssrc: Ssrc,
    /// The payload type. To each of the original stream belongs one of the retransmission stream.
    pub payload_type: PayloadType,
}

/// What a packet of a retransmission stream was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwrapped {
    /// A packet sent again; the original has this many bytes.
    Original(usize),
    /// Nothing but padding, sent to probe for bandwidth: it has no original.
    Probe,
}

/// Writes `packet` into the beginning of `into` as packet `seq` of the retransmission stream `stream`, and returns
/// its length: that of the original and two bytes, without the padding.
///
/// # Errors
///
/// [`BuildError::BufferTooSmall`].
pub fn wrap(packet: &Packet<'_>, stream: Stream, seq: Seq, into: &mut [u8]) -> Result<usize, BuildError> {
    let number = packet.seq().0.to_be_bytes();
    rewrite(packet, Header { seq, ..moved(packet, stream) }, &[&number, packet.payload()], into)
}

/// Writes the original of `packet`, which came in a retransmission stream, into the beginning of `into` as a packet
/// of `original`.
///
/// # Errors
///
/// [`BuildError::BufferTooSmall`].
pub fn unwrap(packet: &Packet<'_>, original: Stream, into: &mut [u8]) -> Result<Unwrapped, BuildError> {
    let Some((&number, payload)) = packet.payload().split_first_chunk::<NUMBER>() else {
        return Ok(Unwrapped::Probe);
    };
    let seq = Seq(u16::from_be_bytes(number));
    rewrite(packet, Header { seq, ..moved(packet, original) }, &[payload], into).map(Unwrapped::Original)
}

fn moved(packet: &Packet<'_>, Stream { ssrc, payload_type }: Stream) -> Header {
    Header { ssrc, payload_type, ..packet.header() }
}

/// Writes `packet` with another header and payload.
fn rewrite(
    packet: &Packet<'_>,
    header: Header,
    payload: &[&[u8]],
    into: &mut [u8],
) -> Result<usize, BuildError> {
    let mut sources = [Ssrc(0); SOURCES];
    let csrcs = packet.csrcs();
    let named = csrcs.len();
    sources.iter_mut().zip(csrcs).for_each(|(place, csrc)| *place = csrc);
    let mut builder = PacketBuilder::new(header).csrcs(sources.get(..named).unwrap_or_default());
    if let Some(profile) = packet.extension_profile() {
        builder = builder.extension_block(profile, packet.extension_block());
    }
    builder.write(payload, into)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marked, one contributing source, an extension, the payload 9 9, padding 2.
    const PACKET: [u8; 32] = [
        0xb1, 0xe0, 0x12, 0x34, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0xbe, 0xde, 0, 2, 0x10, 7, 0x21, 8, 8, 0,
        0, 0, 9, 9, 0, 2,
    ];

    fn stream(ssrc: u32, payload_type: u8) -> Stream {
        Stream { ssrc: Ssrc(ssrc), payload_type: PayloadType::new(payload_type).unwrap() }
    }

    #[test]
    fn the_original_comes_back_without_its_padding() {
        let packet = Packet::parse(&PACKET).unwrap();
        let (mut sent, mut back) = ([0xff; 64], [0xff; 64]);
        let len = wrap(&packet, stream(0x0a0b_0c0d, 97), Seq(0x5678), &mut sent).unwrap();
        #[rustfmt::skip]
        let expected = [
            0x91, 0xe1, 0x56, 0x78, 0, 0, 0, 2, 0x0a, 0x0b, 0x0c, 0x0d, 0, 0, 0, 4,
            0xbe, 0xde, 0, 2, 0x10, 7, 0x21, 8, 8, 0, 0, 0,
            0x12, 0x34, 9, 9,
        ];
        assert_eq!(sent[..len], expected);
        let wrapped = Packet::parse(&sent[..len]).unwrap();
        assert_eq!(unwrap(&wrapped, stream(3, 96), &mut back), Ok(Unwrapped::Original(30)));
        let mut unpadded = PACKET;
        unpadded[0] &= !0x20;
        assert_eq!(back[..30], unpadded[..30]);
    }

    #[test]
    fn padding_alone_is_a_probe() {
        let header = Header { ssrc: Ssrc(1), ..Packet::parse(&PACKET).unwrap().header() };
        let (mut bytes, mut back) = ([0; 300], [0; 300]);
        for payload in [&[][..], &[7]] {
            let len = PacketBuilder::new(header).padding(255).write(&[payload], &mut bytes).unwrap();
            let probe = Packet::parse(&bytes[..len]).unwrap();
            assert_eq!(unwrap(&probe, stream(3, 96), &mut back), Ok(Unwrapped::Probe));
        }
        // An original whose payload is empty is one all the same.
        let len = PacketBuilder::new(header).write(&[&[0, 9]], &mut bytes).unwrap();
        let empty = Packet::parse(&bytes[..len]).unwrap();
        assert_eq!(unwrap(&empty, stream(3, 96), &mut back), Ok(Unwrapped::Original(12)));
        assert_eq!(Packet::parse(&back[..12]).unwrap().seq(), Seq(9));
    }

    #[test]
    fn a_buffer_too_small_is_said_with_its_numbers() {
        let packet = Packet::parse(&PACKET).unwrap();
        let refused = wrap(&packet, stream(1, 97), Seq(1), &mut [0; 31]);
        assert_eq!(refused, Err(BuildError::BufferTooSmall { needed: 32, actual: 31 }));
    }
}
