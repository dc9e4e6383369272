//! Headers by the crates that read or write little else: `rtp-rs` and `discortp`; and by str0m, which hands out what
//! it reads as values.

use discortp::rtp::{MutableRtpPacket, RtpExtensionPacket, RtpPacket, RtpType};
use discortp::{Packet, wrap::Wrap16, wrap::Wrap32};
use rtp_rs::RtpReader;
use std::time::SystemTime;
use str0m::rtp::RtpHeader;
use str0m::rtp::rtcp::{Rtcp, SenderReport};
pub use str0m::rtp::{Extension, ExtensionMap};

use crate::rtp::{Read, Report, Rewrite};

/// `rtp-rs` parses.
#[must_use]
pub fn rtp_rs_parse(packet: &[u8]) -> Option<Read> {
    RtpReader::new(packet).ok().as_ref().map(rtp_rs_read)
}

/// `rtp-rs` parses; it leaves what is in the header extension to its user, so the look-up is a loop of our own.
#[must_use]
pub fn rtp_rs_parse_extension(packet: &[u8], id: u8) -> Option<(Read, u8)> {
    let packet = RtpReader::new(packet).ok()?;
    let (0xbede, elements) = packet.extension()? else { return None };
    Some((rtp_rs_read(&packet), one_byte_element(elements, id)?))
}

fn rtp_rs_read(packet: &RtpReader<'_>) -> Read {
    Read {
        seq: packet.sequence_number().into(),
        timestamp: packet.timestamp(),
        ssrc: packet.ssrc(),
        payload: packet.payload().len(),
    }
}

/// `rtp-rs` writes another packet like the one it parses.
pub fn rtp_rs_rewrite(packet: &[u8], rewrite: Rewrite, into: &mut [u8]) -> Option<usize> {
    let packet = RtpReader::new(packet).ok()?;
    let builder = packet.create_builder().payload_type(rewrite.payload_type).sequence(rewrite.seq.into());
    builder.timestamp(rewrite.timestamp).ssrc(rewrite.ssrc).build_into(into).ok()
}

/// `discortp` parses; the header extension is a packet of its own, which its user looks for.
#[must_use]
pub fn discortp_parse(packet: &[u8]) -> Option<Read> {
    let packet = RtpPacket::new(packet)?;
    let payload = match packet.get_extension() {
        0 => packet.payload().len(),
        _ => RtpExtensionPacket::new(packet.payload())?.payload().len(),
    };
    Some(discortp_read(&packet, payload))
}

/// `discortp` parses; the look-up is a loop of our own.
#[must_use]
pub fn discortp_parse_extension(packet: &[u8], id: u8) -> Option<(Read, u8)> {
    let packet = RtpPacket::new(packet)?;
    let extension = RtpExtensionPacket::new(packet.payload())?;
    let value = one_byte_element(extension.get_ext_data_raw(), id)?;
    Some((discortp_read(&packet, extension.payload().len()), value))
}

fn discortp_read(packet: &RtpPacket<'_>, payload: usize) -> Read {
    Read {
        seq: packet.get_sequence().0.0,
        timestamp: packet.get_timestamp().0.0,
        ssrc: packet.get_ssrc(),
        payload,
    }
}

/// `discortp` copies and changes in place.
pub fn discortp_rewrite(packet: &[u8], rewrite: Rewrite, into: &mut [u8]) -> Option<usize> {
    let into = into.get_mut(..packet.len())?;
    into.copy_from_slice(packet);
    let mut packet = MutableRtpPacket::new(into)?;
    packet.set_payload_type(RtpType::new(rewrite.payload_type));
    packet.set_sequence(Wrap16::new(rewrite.seq));
    packet.set_timestamp(Wrap32::new(rewrite.timestamp));
    packet.set_ssrc(rewrite.ssrc);
    Some(into.len())
}

/// The first byte of the value of the element `id` in the one-byte form (RFC 8285, 4.2).
fn one_byte_element(mut elements: &[u8], id: u8) -> Option<u8> {
    loop {
        let (&head, behind) = elements.split_first()?;
        let len = usize::from(head & 15) + 1;
        elements = match head >> 4 {
            0 => behind,
            found if found == id => return behind.first().copied(),
            _ => behind.get(len..)?,
        };
    }
}

/// str0m reads a header, and every extension in it that `extensions` names. What is padding it leaves to its user.
#[must_use]
pub fn str0m_parse(packet: &[u8], extensions: &ExtensionMap) -> Option<Read> {
    let header = RtpHeader::_parse(packet, extensions)?;
    Some(str0m_read(packet, &header))
}

/// str0m reads the level of sound.
#[must_use]
pub fn str0m_parse_level(packet: &[u8], extensions: &ExtensionMap) -> Option<(Read, u8)> {
    let header = RtpHeader::_parse(packet, extensions)?;
    let level = header.ext_vals.audio_level?.unsigned_abs();
    Some((str0m_read(packet, &header), level))
}

/// str0m reads the transport-wide number; the answer is its high byte.
#[must_use]
pub fn str0m_parse_transport_seq(packet: &[u8], extensions: &ExtensionMap) -> Option<(Read, u8)> {
    let header = RtpHeader::_parse(packet, extensions)?;
    let [high, _] = header.ext_vals.transport_cc?.to_be_bytes();
    Some((str0m_read(packet, &header), high))
}

fn str0m_read(packet: &[u8], header: &RtpHeader) -> Read {
    Read {
        seq: header.sequence_number,
        timestamp: header.timestamp,
        ssrc: *header.ssrc,
        payload: packet.len() - header.header_len,
    }
}

/// str0m reads the parts of a compound packet and every field is visited. It reads one part; which bytes are a part
/// is a loop of our own.
#[must_use]
pub fn str0m_report(mut packet: &[u8]) -> Option<Report> {
    let mut read = Report::default();
    while let Some(&[high, low]) = packet.get(2..4) {
        let (part, behind) =
            packet.split_at_checked((usize::from(u16::from_be_bytes([high, low])) + 1) * 4)?;
        packet = behind;
        match Rtcp::try_from(part).ok()? {
            Rtcp::SenderReport(SenderReport { sender_info: info, reports }) => {
                // Seconds since 1900, which is how they came.
                let seconds =
                    info.ntp_time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs() + 2_208_988_800;
                read.numbers += u64::from(*info.ssrc) + info.rtp_time.numer() + seconds;
                read.numbers += u64::from(info.sender_packet_count) + u64::from(info.sender_octet_count);
                for block in reports.iter() {
                    read.numbers += u64::from(*block.ssrc)
                        + u64::from(block.fraction_lost)
                        + u64::from(block.packets_lost);
                    read.numbers += u64::from(block.max_seq) + u64::from(block.jitter);
                }
            }
            Rtcp::SourceDescription(sources) => {
                let items = sources.reports.iter().flat_map(|source| source.values.iter());
                read.names += items.map(|(_, text)| text.len()).sum::<usize>();
            }
            _ => {}
        }
    }
    Some(read)
}
