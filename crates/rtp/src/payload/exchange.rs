//! For the tests of payload formats: payloads made, put into packets, and taken out.

use super::{DepayloadError, Depayloader, Extent, Fragment};
use crate::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use moim_media::{Seq, Timestamp};
use std::vec;
use std::vec::Vec;

/// A payload, and whether its packet is marked.
pub(super) type Sent = (Vec<u8>, bool);

/// What `packetize` gives its sink.
pub(super) fn gather<E>(
    packetize: impl FnOnce(&mut dyn FnMut(Fragment<'_>)) -> Result<(), E>,
) -> Result<Vec<Sent>, E> {
    let mut sent = Vec::new();
    packetize(&mut |fragment| sent.push(([fragment.prefix, fragment.body].concat(), fragment.marker)))?;
    Ok(sent)
}

/// What comes out of one packet.
pub(super) fn depay(
    depayloader: &mut dyn Depayloader,
    (seq, time, marker): (u16, u32, bool),
    payload: &[u8],
) -> Result<(Extent, Vec<u8>), DepayloadError> {
    let header = Header {
        marker,
        payload_type: PayloadType::new(96).unwrap(),
        seq: Seq(seq),
        timestamp: Timestamp(time),
        ssrc: Ssrc(3),
    };
    let mut bytes = vec![0; 12 + payload.len()];
    PacketBuilder::new(header).write(&[payload], &mut bytes).unwrap();
    let mut unit = Vec::new();
    let extent = depayloader.depacketize(&Packet::parse(&bytes).unwrap(), &mut |piece| {
        unit.extend_from_slice(piece.prefix.as_bytes());
        unit.extend_from_slice(piece.body);
    })?;
    Ok((extent, unit))
}
