//! Extended reports, block by block.

use crate::rtcp::ExtendedReport;
use crate::rtcp::xr::{
    Adaptation, Block, Concealment, Delays, HopKind, Milliseconds, Mos, RFactor, ReceiptTimes, RunLengths,
    StatisticsSummary, VoipMetrics,
};
use alloc::boxed::Box;
use bytes::Bytes;
use rtcp::extended_report as xr;
use rtcp::packet::Packet as Theirs;

impl From<&ExtendedReport<'_>> for xr::ExtendedReport {
    /// Blocks that cannot be read are left out. Of kinds it does not know, webrtc-rs keeps the body alone.
    fn from(report: &ExtendedReport<'_>) -> Self {
        Self {
            sender_ssrc: report.sender.0,
            reports: report.blocks().flatten().map(|block| (&block).into()).collect(),
        }
    }
}

impl From<&Block<'_>> for Box<dyn Theirs + Send + Sync> {
    fn from(block: &Block<'_>) -> Self {
        match block {
            Block::Losses(losses) => {
                Box::new(xr::LossRLEReportBlock { is_loss_rle: true, ..run_lengths(losses) })
            }
            Block::Duplicates(duplicates) => Box::new(run_lengths(duplicates)),
            Block::ReceiptTimes(times) => Box::new(xr::PacketReceiptTimesReportBlock::from(times)),
            Block::ReferenceTime(time) => {
                Box::new(xr::ReceiverReferenceTimeReportBlock { ntp_timestamp: time.0 })
            }
            Block::Delays(delays) => Box::new(xr::DLRRReportBlock::from(delays)),
            Block::Statistics(summary) => Box::new(xr::StatisticsSummaryReportBlock::from(summary)),
            Block::VoipMetrics(metrics) => Box::new(xr::VoIPMetricsReportBlock::from(metrics)),
            Block::Other(block) => {
                Box::new(xr::UnknownReportBlock { bytes: Bytes::copy_from_slice(block.body) })
            }
        }
    }
}

fn run_lengths(bits: &RunLengths<'_>) -> xr::RLEReportBlock {
    xr::RLEReportBlock {
        is_loss_rle: false,
        t: bits.range.thinning.exponent(),
        ssrc: bits.range.media.0,
        begin_seq: bits.range.first.0,
        end_seq: bits.range.end.0,
        chunks: bits.chunks().map(xr::Chunk).collect(),
    }
}

impl From<&ReceiptTimes<'_>> for xr::PacketReceiptTimesReportBlock {
    fn from(times: &ReceiptTimes<'_>) -> Self {
        Self {
            t: times.range.thinning.exponent(),
            ssrc: times.range.media.0,
            begin_seq: times.range.first.0,
            end_seq: times.range.end.0,
            receipt_time: times.packets().map(|(_, time)| time.0).collect(),
        }
    }
}

impl From<&Delays<'_>> for xr::DLRRReportBlock {
    fn from(delays: &Delays<'_>) -> Self {
        let reports = delays.reports().map(|report| {
            let (last_rr, dlrr) = report.last.map_or((0, 0), |last| (last.ntp.0, last.delay.0));
            xr::DLRRReport { ssrc: report.receiver.0, last_rr, dlrr }
        });
        Self { reports: reports.collect() }
    }
}

impl From<&StatisticsSummary> for xr::StatisticsSummaryReportBlock {
    fn from(summary: &StatisticsSummary) -> Self {
        let jitter = summary.jitter.unwrap_or_default();
        let [min_ttl_or_hl, max_ttl_or_hl, mean_ttl_or_hl, dev_ttl_or_hl] =
            summary.hops.map_or([0; 4], |hops| [hops.min, hops.max, hops.mean, hops.deviation]);
        Self {
            loss_reports: summary.lost.is_some(),
            duplicate_reports: summary.duplicates.is_some(),
            jitter_reports: summary.jitter.is_some(),
            ttl_or_hop_limit: match summary.hops.map(|hops| hops.kind) {
                None => xr::TTLorHopLimitType::Missing,
                Some(HopKind::TimeToLive) => xr::TTLorHopLimitType::IPv4,
                Some(HopKind::HopLimit) => xr::TTLorHopLimitType::IPv6,
            },
            ssrc: summary.media.0,
            begin_seq: summary.first.0,
            end_seq: summary.end.0,
            lost_packets: summary.lost.unwrap_or(0),
            dup_packets: summary.duplicates.unwrap_or(0),
            min_jitter: jitter.min,
            max_jitter: jitter.max,
            mean_jitter: jitter.mean,
            dev_jitter: jitter.deviation,
            min_ttl_or_hl,
            max_ttl_or_hl,
            mean_ttl_or_hl,
            dev_ttl_or_hl,
        }
    }
}

impl From<&VoipMetrics> for xr::VoIPMetricsReportBlock {
    fn from(metrics: &VoipMetrics) -> Self {
        const UNAVAILABLE: u8 = 127;
        let delay = |delay: Option<Milliseconds>| delay.map_or(0, |delay| delay.0);
        let level = |level: Option<i8>| level.map_or(UNAVAILABLE, i8::cast_unsigned);
        let rating = |rating: Option<RFactor>| rating.map_or(UNAVAILABLE, RFactor::get);
        let score = |score: Option<Mos>| score.map_or(UNAVAILABLE, Mos::tenths);
        let buffer = metrics.jitter_buffer;
        let adaptation = match buffer.adaptation {
            Adaptation::Unknown => 0,
            Adaptation::Fixed => 2,
            Adaptation::Adaptive => 3,
        };
        let concealment = match metrics.concealment {
            Concealment::Unspecified => 0,
            Concealment::Disabled => 1,
            Concealment::Enhanced => 2,
            Concealment::Standard => 3,
        };
        Self {
            ssrc: metrics.media.0,
            loss_rate: metrics.loss_rate.0,
            discard_rate: metrics.discard_rate.0,
            burst_density: metrics.burst_density.0,
            gap_density: metrics.gap_density.0,
            burst_duration: metrics.burst_duration.0,
            gap_duration: metrics.gap_duration.0,
            round_trip_delay: delay(metrics.round_trip_delay),
            end_system_delay: delay(metrics.end_system_delay),
            signal_level: level(metrics.signal_level),
            noise_level: level(metrics.noise_level),
            rerl: metrics.echo_return_loss.unwrap_or(UNAVAILABLE),
            gmin: metrics.gap_threshold,
            rfactor: rating(metrics.r_factor),
            ext_rfactor: rating(metrics.external_r_factor),
            mos_lq: score(metrics.mos_listening),
            mos_cq: score(metrics.mos_conversational),
            rx_config: concealment << 6 | adaptation << 4 | buffer.rate.get(),
            reserved: 0,
            jb_nominal: buffer.nominal.0,
            jb_maximum: buffer.maximum.0,
            jb_abs_max: buffer.absolute_maximum.0,
        }
    }
}
