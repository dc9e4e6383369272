//! To and from the types of webrtc-rs: its crates `rtp` and `rtcp`, version 0.17.
//!
//! Towards them, `From`; it allocates, as those types do. Back, the bytes are the meeting point:
//! [`write_packet`] for RTP, and `rtcp::packet::marshal` with [`walk`](crate::rtcp::walk) for compound packets.

use crate::rtcp::{
    Chunk, CumulativeLost, ExtendedSeq, Fir, FirEntry, FractionLost, Goodbye, Item, LastReport, Nack,
    NackPair, Pli,
};
use crate::rtcp::{ReceiverReport, ReportBlock, SenderReport, SourceDescription};
use crate::{BuildError, Extension, ExtensionForm, ExtensionId, Header, NtpShort, Packet, PacketBuilder};
use crate::{PayloadType, Ssrc};
use alloc::vec::Vec;
use bytes::Bytes;
use moim_media::{Seq, Timestamp};
use rtcp::payload_feedbacks::{full_intra_request as fir, picture_loss_indication as pli};
use rtcp::source_description as sdes;
use rtcp::transport_feedbacks::transport_layer_nack as nack;

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

impl From<ReportBlock> for rtcp::reception_report::ReceptionReport {
    /// `total_lost` holds the 24 bits as they travel, without their sign.
    fn from(block: ReportBlock) -> Self {
        let (last_sender_report, delay) = block.last_report.map_or((0, 0), |last| (last.ntp.0, last.delay.0));
        Self {
            ssrc: block.ssrc.0,
            fraction_lost: block.fraction_lost.0,
            total_lost: block.cumulative_lost.get().cast_unsigned() & 0x00ff_ffff,
            last_sequence_number: block.highest_seq.0,
            jitter: block.jitter,
            last_sender_report,
            delay,
        }
    }
}

impl From<&rtcp::reception_report::ReceptionReport> for ReportBlock {
    fn from(report: &rtcp::reception_report::ReceptionReport) -> Self {
        let (ntp, delay) = (NtpShort(report.last_sender_report), NtpShort(report.delay));
        Self {
            ssrc: Ssrc(report.ssrc),
            fraction_lost: FractionLost(report.fraction_lost),
            // Up and down again extends the sign of 24 bits.
            cumulative_lost: CumulativeLost::new(i64::from((report.total_lost << 8).cast_signed() >> 8)),
            highest_seq: ExtendedSeq(report.last_sequence_number),
            jitter: report.jitter,
            last_report: (ntp.0 != 0).then_some(LastReport { ntp, delay }),
        }
    }
}

impl From<&SenderReport<'_>> for rtcp::sender_report::SenderReport {
    fn from(report: &SenderReport<'_>) -> Self {
        Self {
            ssrc: report.ssrc.0,
            ntp_time: report.info.ntp.0,
            rtp_time: report.info.timestamp.0,
            packet_count: report.info.packets,
            octet_count: report.info.octets,
            reports: report.reports().map(Into::into).collect(),
            profile_extensions: Bytes::copy_from_slice(report.extension()),
        }
    }
}

impl From<&ReceiverReport<'_>> for rtcp::receiver_report::ReceiverReport {
    fn from(report: &ReceiverReport<'_>) -> Self {
        Self {
            ssrc: report.ssrc.0,
            reports: report.reports().map(Into::into).collect(),
            profile_extensions: Bytes::copy_from_slice(report.extension()),
        }
    }
}

impl From<&SourceDescription<'_>> for sdes::SourceDescription {
    fn from(description: &SourceDescription<'_>) -> Self {
        Self { chunks: description.chunks().map(|chunk| (&chunk).into()).collect() }
    }
}

impl From<&Chunk<'_>> for sdes::SourceDescriptionChunk {
    fn from(chunk: &Chunk<'_>) -> Self {
        let item = |item: Item<'_>| sdes::SourceDescriptionItem {
            sdes_type: item.kind.get().into(),
            text: Bytes::copy_from_slice(item.text),
        };
        Self { source: chunk.ssrc.0, items: chunk.items().map(item).collect() }
    }
}

impl From<&Goodbye<'_>> for rtcp::goodbye::Goodbye {
    /// A reason that is absent becomes an empty one.
    fn from(goodbye: &Goodbye<'_>) -> Self {
        Self {
            sources: goodbye.ssrcs().map(|ssrc| ssrc.0).collect(),
            reason: Bytes::copy_from_slice(goodbye.reason().unwrap_or_default()),
        }
    }
}

impl From<NackPair> for nack::NackPair {
    fn from(pair: NackPair) -> Self {
        Self { packet_id: pair.first.0, lost_packets: pair.following }
    }
}

impl From<nack::NackPair> for NackPair {
    fn from(pair: nack::NackPair) -> Self {
        Self { first: Seq(pair.packet_id), following: pair.lost_packets }
    }
}

impl From<&Nack<'_>> for nack::TransportLayerNack {
    fn from(nack: &Nack<'_>) -> Self {
        Self {
            sender_ssrc: nack.sender.0,
            media_ssrc: nack.media.0,
            nacks: nack.pairs().map(Into::into).collect(),
        }
    }
}

impl From<Pli> for pli::PictureLossIndication {
    fn from(pli: Pli) -> Self {
        Self { sender_ssrc: pli.sender.0, media_ssrc: pli.media.0 }
    }
}

impl From<FirEntry> for fir::FirEntry {
    fn from(entry: FirEntry) -> Self {
        Self { ssrc: entry.media.0, sequence_number: entry.number }
    }
}

impl From<&Fir<'_>> for fir::FullIntraRequest {
    fn from(fir: &Fir<'_>) -> Self {
        let entries = fir.entries().map(Into::into).collect();
        Self { sender_ssrc: fir.sender.0, media_ssrc: 0, fir: entries }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtcp::{Part, Writer, walk};
    use rtp::packet::Packet as Theirs;
    use webrtc_util::marshal::{Marshal, Unmarshal};

    #[test]
    fn a_packet_survives_going_there_and_coming_back() {
        let blocks: [(u16, &[u8]); 4] = [
            (0xbede, &[0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0]),
            (0x1000, &[1, 0, 200, 4, 1, 2, 3, 4]),
            (0x1234, &[1, 2, 3, 4]),
            (0xbede, &[]),
        ];
        for (profile, block) in blocks {
            let header = Header {
                marker: true,
                payload_type: PayloadType::new(111).unwrap(),
                seq: Seq(1),
                timestamp: Timestamp(2),
                ssrc: Ssrc(3),
            };
            let (mut bytes, mut back) = ([0; 128], [0; 128]);
            let builder = PacketBuilder::new(header).csrcs(&[Ssrc(4)]).extension_block(profile, block);
            let len = builder.write(&[b"payload"], &mut bytes).unwrap();
            let theirs = Theirs::from(&Packet::parse(&bytes[..len]).unwrap());
            assert_eq!(theirs.marshal().unwrap(), bytes[..len]);
            let mut read = Theirs::unmarshal(&mut &bytes[..len]).unwrap();
            read.header.extensions_padding = 0;
            assert_eq!(read, theirs);
            assert_eq!(write_packet(&theirs, &mut back), Ok(len));
            assert_eq!(back, bytes);
        }
    }

    #[test]
    fn contradictions_are_named() {
        let mut theirs = Theirs::default();
        theirs.header.payload_type = 128;
        let mut buffer = [0; 64];
        let refused = write_packet(&theirs, &mut buffer);
        assert_eq!(refused, Err(ConversionError::PayloadType { number: 128 }));
        theirs.header.payload_type = 1;
        (theirs.header.extension, theirs.header.extension_profile) = (true, 7);
        let refused = write_packet(&theirs, &mut buffer);
        assert_eq!(refused, Err(ConversionError::ExtensionParts { profile: 7, count: 0 }));
        theirs.header.extension_profile = 0xbede;
        theirs.header.extensions = Vec::from([rtp::header::Extension::default()]);
        assert_eq!(write_packet(&theirs, &mut buffer), Err(ConversionError::ExtensionId));
    }

    #[test]
    fn report_blocks_keep_their_sign() {
        for lost in [-(1 << 23), -1, 0, 5, (1 << 23) - 1] {
            let block = ReportBlock {
                ssrc: Ssrc(1),
                fraction_lost: FractionLost(2),
                cumulative_lost: CumulativeLost::new(lost),
                highest_seq: ExtendedSeq(3),
                jitter: 4,
                last_report: Some(LastReport { ntp: NtpShort(5), delay: NtpShort(6) }),
            };
            assert_eq!(ReportBlock::from(&block.into()), block);
        }
    }

    #[test]
    fn parts_become_what_webrtc_rs_reads() {
        let mut buffer = [0; 256];
        let mut writer = Writer::new(&mut buffer);
        writer.sender_report(Ssrc(1), Default::default(), &[]).unwrap();
        writer.receiver_report(Ssrc(1), &[]).unwrap();
        writer.cname(Ssrc(1), "name").unwrap();
        writer.nack(Ssrc(1), Ssrc(2), &[NackPair { first: Seq(7), following: 5 }]).unwrap();
        writer.pli(Pli { sender: Ssrc(1), media: Ssrc(2) }).unwrap();
        writer.fir(Ssrc(1), &[FirEntry { media: Ssrc(2), number: 3 }]).unwrap();
        writer.goodbye_because(&[Ssrc(1)], "end").unwrap();
        let read = rtcp::packet::unmarshal(&mut writer.as_bytes()).unwrap();
        for (part, theirs) in walk(writer.as_bytes()).zip(&read) {
            let equal = match part.unwrap() {
                Part::SenderReport(part) => theirs.equal(&rtcp::sender_report::SenderReport::from(&part)),
                Part::ReceiverReport(part) => {
                    theirs.equal(&rtcp::receiver_report::ReceiverReport::from(&part))
                }
                Part::SourceDescription(part) => theirs.equal(&sdes::SourceDescription::from(&part)),
                Part::Nack(part) => theirs.equal(&nack::TransportLayerNack::from(&part)),
                Part::Pli(part) => theirs.equal(&pli::PictureLossIndication::from(part)),
                Part::Fir(part) => theirs.equal(&fir::FullIntraRequest::from(&part)),
                Part::Goodbye(part) => theirs.equal(&rtcp::goodbye::Goodbye::from(&part)),
                part => panic!("{part:?} was not written"),
            };
            assert!(equal, "{theirs}");
        }
        assert_eq!(read.len(), 7);
    }
}
