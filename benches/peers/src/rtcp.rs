//! Kinds of RTCP by webrtc-rs (`rtcp`) and by `rtcp-types`: each visits all there is and gives its sum.

use bytes::Bytes;
use rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtcp::receiver_report::ReceiverReport;
use rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtcp_types::{Compound, Nack, Packet as TypesPart};

/// webrtc-rs reads a receiver report.
#[must_use]
pub fn webrtc_rs_receiver_report(packet: &Bytes) -> Option<u64> {
    let parts = rtcp::packet::unmarshal(&mut packet.clone()).ok()?;
    let report = parts.first()?.as_any().downcast_ref::<ReceiverReport>()?;
    let blocks = report.reports.iter().map(|block| {
        u64::from(block.ssrc)
            + u64::from(block.fraction_lost)
            + u64::from(block.total_lost)
            + u64::from(block.last_sequence_number)
            + u64::from(block.jitter)
            + u64::from(block.last_sender_report)
            + u64::from(block.delay)
    });
    Some(u64::from(report.ssrc) + blocks.sum::<u64>())
}

/// `rtcp-types` reads a receiver report.
#[must_use]
pub fn rtcp_types_receiver_report(packet: &[u8]) -> Option<u64> {
    let TypesPart::Rr(report) = Compound::parse(packet).ok()?.next()?.ok()? else { return None };
    let blocks = report.report_blocks().map(|block| {
        u64::from(block.ssrc())
            + u64::from(block.fraction_lost())
            + u64::from(block.cumulative_lost())
            + u64::from(block.extended_sequence_number())
            + u64::from(block.interarrival_jitter())
            + u64::from(block.last_sender_report_timestamp())
            + u64::from(block.delay_since_last_sender_report_timestamp())
    });
    Some(u64::from(report.ssrc()) + blocks.sum::<u64>())
}

/// webrtc-rs reads a NACK and names every packet.
#[must_use]
pub fn webrtc_rs_nack(packet: &Bytes) -> Option<u64> {
    let parts = rtcp::packet::unmarshal(&mut packet.clone()).ok()?;
    let nack = parts.first()?.as_any().downcast_ref::<TransportLayerNack>()?;
    Some(nack.nacks.iter().flat_map(|&pair| pair.into_iter()).map(u64::from).sum())
}

/// `rtcp-types` reads a NACK and names every packet.
#[must_use]
pub fn rtcp_types_nack(packet: &[u8]) -> Option<u64> {
    let TypesPart::TransportFeedback(feedback) = Compound::parse(packet).ok()?.next()?.ok()? else {
        return None;
    };
    Some(feedback.parse_fci::<Nack<'_>>().ok()?.entries().map(u64::from).sum())
}

/// webrtc-rs reads an estimate: its rate and its streams.
#[must_use]
pub fn webrtc_rs_remb(packet: &Bytes) -> Option<u64> {
    let parts = rtcp::packet::unmarshal(&mut packet.clone()).ok()?;
    let remb = parts.first()?.as_any().downcast_ref::<ReceiverEstimatedMaximumBitrate>()?;
    Some(remb.bitrate as u64 + remb.ssrcs.iter().copied().map(u64::from).sum::<u64>())
}
