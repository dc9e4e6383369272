//! RTP and RTCP by webrtc-rs (`rtp`, `rtcp`) and by `rtp-types` and `rtcp-types`.

use bytes::Bytes;
use rtcp::sender_report::SenderReport;
use rtcp::source_description::SourceDescription;
use rtcp::transport_feedbacks::transport_layer_cc::{PacketStatusChunk, SymbolTypeTcc, TransportLayerCc};
use rtcp_types::{
    Compound, Packet as TypesPart, RtcpPacketWriterExt, TransportFeedback, Twcc, TwccPacketStatus,
};
use rtp::packet::Packet as WebrtcRs;
use rtp_types::{RtpPacket, RtpPacketMut};
use webrtc_util::marshal::{Marshal, Unmarshal};

/// What everyone is asked for of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// The sequence number.
    pub seq: u16,
    /// The timestamp.
    pub timestamp: u32,
    /// The source.
    pub ssrc: u32,
    /// Bytes of payload.
    pub payload: usize,
}

/// What a forwarder writes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// The payload type, seven bits.
    pub payload_type: u8,
    /// The sequence number.
    pub seq: u16,
    /// The timestamp.
    pub timestamp: u32,
    /// The source.
    pub ssrc: u32,
}

/// What everyone is asked for of a sender report, its blocks and the names behind it: a sum of all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The sum of the numbers of the report and its blocks.
    pub numbers: u64,
    /// Bytes of all names.
    pub names: usize,
}

/// webrtc-rs parses; it takes shared bytes, so that nothing is copied.
#[must_use]
pub fn webrtc_rs_parse(packet: &Bytes) -> Option<Read> {
    let packet = WebrtcRs::unmarshal(&mut packet.clone()).ok()?;
    Some(webrtc_rs_read(&packet))
}

/// webrtc-rs parses and looks up the extension `id`.
#[must_use]
pub fn webrtc_rs_parse_extension(packet: &Bytes, id: u8) -> Option<(Read, u8)> {
    let packet = WebrtcRs::unmarshal(&mut packet.clone()).ok()?;
    let value = packet.header.get_extension(id)?;
    Some((webrtc_rs_read(&packet), *value.first()?))
}

fn webrtc_rs_read(packet: &WebrtcRs) -> Read {
    Read {
        seq: packet.header.sequence_number,
        timestamp: packet.header.timestamp,
        ssrc: packet.header.ssrc,
        payload: packet.payload.len(),
    }
}

/// webrtc-rs parses, changes and writes into `into`.
pub fn webrtc_rs_rewrite(packet: &Bytes, rewrite: Rewrite, into: &mut [u8]) -> Option<usize> {
    let mut packet = WebrtcRs::unmarshal(&mut packet.clone()).ok()?;
    packet.header.payload_type = rewrite.payload_type;
    packet.header.sequence_number = rewrite.seq;
    packet.header.timestamp = rewrite.timestamp;
    packet.header.ssrc = rewrite.ssrc;
    // It would write again the padding it has read, besides that of its own.
    packet.header.extensions_padding = 0;
    packet.marshal_to(into).ok()
}

/// webrtc-rs parses a compound packet and every field is visited.
#[must_use]
pub fn webrtc_rs_report(packet: &Bytes) -> Option<Report> {
    let mut read = Report::default();
    for part in rtcp::packet::unmarshal(&mut packet.clone()).ok()? {
        if let Some(report) = part.as_any().downcast_ref::<SenderReport>() {
            read.numbers += u64::from(report.ssrc) + u64::from(report.rtp_time) + (report.ntp_time >> 32);
            read.numbers += u64::from(report.packet_count) + u64::from(report.octet_count);
            for block in &report.reports {
                read.numbers +=
                    u64::from(block.ssrc) + u64::from(block.fraction_lost) + u64::from(block.total_lost);
                read.numbers += u64::from(block.last_sequence_number) + u64::from(block.jitter);
            }
        } else if let Some(sources) = part.as_any().downcast_ref::<SourceDescription>() {
            let items = sources.chunks.iter().flat_map(|chunk| &chunk.items);
            read.names += items.map(|item| item.text.len()).sum::<usize>();
        }
    }
    Some(read)
}

/// `rtp-types` parses.
#[must_use]
pub fn rtp_types_parse(packet: &[u8]) -> Option<Read> {
    RtpPacket::parse(packet).ok().as_ref().map(rtp_types_read)
}

/// `rtp-types` parses; it leaves header extensions to its user, so the look-up is a loop of our own.
#[must_use]
pub fn rtp_types_parse_extension(packet: &[u8], id: u8) -> Option<(Read, u8)> {
    let packet = RtpPacket::parse(packet).ok()?;
    let (0xbede, mut rest) = packet.extension()? else { return None };
    loop {
        let (&head, behind) = rest.split_first()?;
        let len = usize::from(head & 15) + 1;
        rest = match head >> 4 {
            0 => behind,
            found if found == id => return Some((rtp_types_read(&packet), *behind.first()?)),
            _ => behind.get(len..)?,
        };
    }
}

fn rtp_types_read(packet: &RtpPacket<'_>) -> Read {
    Read {
        seq: packet.sequence_number(),
        timestamp: packet.timestamp(),
        ssrc: packet.ssrc(),
        payload: packet.payload_len(),
    }
}

/// `rtp-types` copies and changes in place.
pub fn rtp_types_rewrite(packet: &[u8], rewrite: Rewrite, into: &mut [u8]) -> Option<usize> {
    let into = into.get_mut(..packet.len())?;
    into.copy_from_slice(packet);
    let mut packet = RtpPacketMut::parse(into).ok()?;
    packet.set_payload_type(rewrite.payload_type).ok()?;
    packet.set_sequence_number(rewrite.seq);
    packet.set_timestamp(rewrite.timestamp);
    packet.set_ssrc(rewrite.ssrc);
    Some(into.len())
}

/// `rtcp-types` parses a compound packet and every field is visited.
#[must_use]
pub fn rtcp_types_report(packet: &[u8]) -> Option<Report> {
    let mut read = Report::default();
    for part in Compound::parse(packet).ok()? {
        match part.ok()? {
            TypesPart::Sr(report) => {
                read.numbers += u64::from(report.ssrc()) + u64::from(report.rtp_timestamp());
                read.numbers += (report.ntp_timestamp() >> 32) + u64::from(report.packet_count());
                read.numbers += u64::from(report.octet_count());
                for block in report.report_blocks() {
                    read.numbers += u64::from(block.ssrc()) + u64::from(block.fraction_lost());
                    read.numbers +=
                        u64::from(block.cumulative_lost()) + u64::from(block.interarrival_jitter());
                    read.numbers += u64::from(block.extended_sequence_number());
                }
            }
            TypesPart::Sdes(sources) => {
                let items = sources.chunks().flat_map(rtcp_types::SdesChunk::items);
                read.names += items.map(|item| item.value().len()).sum::<usize>();
            }
            _ => {}
        }
    }
    Some(read)
}

/// webrtc-rs reads feedback on arrivals: the sum of the numbers and the times, in ticks, of what arrived. It leaves
/// the statuses packed and the deltas apart, so that putting them together is ours.
#[must_use]
pub fn webrtc_rs_feedback(packet: &Bytes) -> Option<u64> {
    let feedback = webrtc_rs_feedback_value(packet)?;
    let mut at = i64::from(feedback.reference_time) * 256;
    let (mut seq, mut left, mut sum) = (feedback.base_sequence_number, feedback.packet_status_count, 0);
    let mut deltas = feedback.recv_deltas.iter();
    let mut packet = |symbol: SymbolTypeTcc| {
        if left == 0 {
            return Some(());
        }
        if symbol != SymbolTypeTcc::PacketNotReceived {
            at += deltas.next()?.delta / 250;
            sum += u64::from(seq) + u64::try_from(at).ok()?;
        }
        (seq, left) = (seq.wrapping_add(1), left - 1);
        Some(())
    };
    for chunk in &feedback.packet_chunks {
        match chunk {
            PacketStatusChunk::RunLengthChunk(run) => {
                (0..run.run_length).try_for_each(|_| packet(run.packet_status_symbol))?;
            }
            PacketStatusChunk::StatusVectorChunk(vector) => {
                vector.symbol_list.iter().try_for_each(|&symbol| packet(symbol))?;
            }
        }
    }
    Some(sum)
}

/// What webrtc-rs reads feedback on arrivals as.
#[must_use]
pub fn webrtc_rs_feedback_value(packet: &Bytes) -> Option<TransportLayerCc> {
    TransportLayerCc::unmarshal(&mut packet.clone()).ok()
}

/// webrtc-rs writes feedback whose chunks are chosen.
pub fn webrtc_rs_write_feedback(feedback: &TransportLayerCc, into: &mut [u8]) -> Option<usize> {
    feedback.marshal_to(into).ok()
}

/// `rtcp-types` reads feedback on arrivals.
#[must_use]
pub fn rtcp_types_feedback(packet: &[u8]) -> Option<u64> {
    let feedback = Compound::parse(packet).ok()?.next()?.ok()?;
    let TypesPart::TransportFeedback(feedback) = feedback else { return None };
    let feedback = feedback.parse_fci::<Twcc<'_>>().ok()?;
    let (mut at, mut sum) = (i64::from(feedback.reference_time()) * 256, 0);
    for packet in feedback.packets() {
        if let (seq, TwccPacketStatus::Received { delta }) = packet.ok()? {
            at += i64::from(delta);
            sum += u64::from(seq) + u64::try_from(at).ok()?;
        }
    }
    Some(sum)
}

/// `rtcp-types` writes feedback on arrivals, from the deltas it takes.
pub fn rtcp_types_write_feedback(arrivals: &[Option<u32>], into: &mut [u8]) -> Option<usize> {
    let first = arrivals.iter().flatten().next()?;
    let mut before = i64::from(first / 256 * 256);
    let statuses: Vec<_> = arrivals
        .iter()
        .map(|arrival| match arrival {
            None => Some(TwccPacketStatus::NotReceived),
            Some(at) => {
                let delta = i64::from(*at) - before;
                before = i64::from(*at);
                i16::try_from(delta).ok().map(|delta| TwccPacketStatus::Received { delta })
            }
        })
        .collect::<Option<_>>()?;
    let feedback = Twcc::builder(65_500, first / 256, 3, &statuses, None);
    TransportFeedback::builder(&feedback).sender_ssrc(1).media_ssrc(2).write_into(into).ok()
}
