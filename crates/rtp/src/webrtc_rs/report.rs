//! Sender and receiver reports.

use crate::rtcp::{
    CumulativeLost, ExtendedSeq, FractionLost, LastReport, ReceiverReport, ReportBlock, SenderReport,
};
use crate::{NtpShort, Ssrc};
use bytes::Bytes;

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
