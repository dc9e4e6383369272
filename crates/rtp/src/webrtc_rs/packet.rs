//! RTP packets, in both directions.

use crate::{BuildError, Extension, ExtensionForm, ExtensionId, Header, Packet, PacketBuilder};
use crate::{PayloadType, Ssrc};
use alloc::vec::Vec;
use bytes::Bytes;
use moim_media::{Seq, Timestamp};

/// Why a packet of webrtc-rs is none of ours: its fields are public and can contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConversionError {
    /// The payload type has more than 7 bits.
    #[error("payload type {number} has more than 7 bits")]
    PayloadType {
        /// The number given.
        number: u8,
    },
    /// An extension element in one of the forms of RFC 8285 has the identifier 0.
    #[error("an extension element without an identifier")]
    ExtensionId,
    /// An extension of another kind is to have exactly one part.
    #[error("an extension of profile {profile:#06x} has {count} parts instead of one")]
    ExtensionParts {
        /// The profile given.
        profile: u16,
        /// How many parts there are.
        count: usize,
    },
    /// The packet does not fit into the buffer or into its format.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl From<&Packet<'_>> for rtp::packet::Packet {
    /// Padding is dropped, for what webrtc-rs would write in its place is its own.
    fn from(packet: &Packet<'_>) -> Self {
        Self { header: packet.into(), payload: Bytes::copy_from_slice(packet.payload()) }
    }
}

impl From<&Packet<'_>> for rtp::header::Header {
    /// Elements that [`Packet::extensions`] does not give are dropped. The application bits of the two-byte form
    /// are dropped too, as webrtc-rs knows only the form without.
    fn from(packet: &Packet<'_>) -> Self {
        let form = packet.extension_profile().and_then(ExtensionForm::of_profile);
        let extension = |id, data| rtp::header::Extension { id, payload: Bytes::copy_from_slice(data) };
        let extensions = match (form, packet.extension_profile()) {
            (Some(_), _) => {
                packet.extensions().map(|element| extension(element.id.get(), element.data)).collect()
            }
            (None, Some(_)) => Vec::from([extension(0, packet.extension_block())]),
            (None, None) => Vec::new(),
        };
        Self {
            version: 2,
            padding: false,
            extension: packet.extension_profile().is_some(),
            marker: packet.marker(),
            payload_type: packet.payload_type().get(),
            sequence_number: packet.seq().0,
            timestamp: packet.timestamp().0,
            ssrc: packet.ssrc().0,
            csrc: packet.csrcs().map(|csrc| csrc.0).collect(),
            extension_profile: form.map_or(packet.extension_profile().unwrap_or(0), ExtensionForm::profile),
            extensions,
            extensions_padding: 0,
        }
    }
}

/// Writes a packet of webrtc-rs into the beginning of `into`, without padding, and returns its length.
///
/// # Errors
///
/// [`ConversionError`] when the fields contradict each other or the packet does not fit.
pub fn write_packet(packet: &rtp::packet::Packet, into: &mut [u8]) -> Result<usize, ConversionError> {
    let header = &packet.header;
    let number = header.payload_type;
    let builder = PacketBuilder::new(Header {
        marker: header.marker,
        payload_type: PayloadType::new(number).ok_or(ConversionError::PayloadType { number })?,
        seq: Seq(header.sequence_number),
        timestamp: Timestamp(header.timestamp),
        ssrc: Ssrc(header.ssrc),
    });
    let csrcs: Vec<_> = header.csrc.iter().map(|&csrc| Ssrc(csrc)).collect();
    let builder = builder.csrcs(&csrcs);
    let payload = &[&packet.payload[..]];
    if !header.extension {
        return Ok(builder.write(payload, into)?);
    }
    let profile = header.extension_profile;
    if let Some(form) = ExtensionForm::of_profile(profile) {
        let elements = header.extensions.iter().map(|element| {
            let id = ExtensionId::new(element.id).ok_or(ConversionError::ExtensionId)?;
            Ok(Extension { id, data: &element.payload })
        });
        let elements = elements.collect::<Result<Vec<_>, ConversionError>>()?;
        return Ok(builder.extensions(form, &elements).write(payload, into)?);
    }
    let [block] = &header.extensions[..] else {
        return Err(ConversionError::ExtensionParts { profile, count: header.extensions.len() });
    };
    Ok(builder.extension_block(profile, &block.payload).write(payload, into)?)
}
