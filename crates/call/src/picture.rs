//! The picture, both ways.

mod key_frames;
mod receiving;
mod scale;
mod sending;

pub(crate) use receiving::PictureReceiving;

use crate::incoming::Incoming;
use crate::outgoing::{Outgoing, Travels};
use crate::reporting::{Ending, Reporting};
use crate::{CallConfig, CallError, Medium, PictureFormat, PictureStats};
use core::time::Duration;
use moim_media::Instant;
use moim_pace::{Class, PacedQueue};
use moim_rtp::Ssrc;
use moim_rtp::rtcp::ReportBlock;
use rand_core::Rng;
use sending::PictureSending;

/// Our picture, the far side's, and the reports about them.
pub(crate) struct Pictures {
    pub(crate) sending: PictureSending,
    pub(crate) receiving: PictureReceiving,
    pub(crate) reporting: Reporting,
    /// Who reports on our picture, and when last, while no picture of the far side tells its source.
    reporter: Option<(Ssrc, Instant)>,
}

/// Another source may report when the present one has been quiet for this long.
const QUIET: Duration = Duration::from_secs(10);

impl Pictures {
    pub(crate) fn new(
        config: &CallConfig,
        format: PictureFormat,
        dice: &mut impl Rng,
    ) -> Result<Self, CallError> {
        let (payload_type, clock_rate) = (format.payload_type, format.rtpmap.clock_rate);
        let history = config.picture_history;
        let travels = Travels { payload_type, clock_rate, class: Class::Picture, rtx: format.rtx, history };
        let stream = Outgoing::new(config, &travels, dice);
        let reporting = Reporting::new(config, stream.ssrc(), dice.next_u64());
        let incoming = Incoming::new(Medium::Picture, payload_type, clock_rate);
        Ok(Self {
            sending: PictureSending::new(config, stream, clock_rate, format.payloader, format.encoder)?,
            receiving: PictureReceiving::new(incoming, format.receiver, format.rtx),
            reporting,
            reporter: None,
        })
    }

    /// Whether `ssrc` is the source of our picture.
    pub(crate) fn is(&self, ssrc: Ssrc) -> bool {
        self.sending.stream.ssrc() == ssrc
    }

    /// Whether `ssrc` may report on our picture: of a far side that shows none itself, whoever does so first.
    pub(crate) fn is_reporter(&mut self, now: Instant, ssrc: Ssrc) -> bool {
        if self.receiving.stream.remote().is_some() {
            return false;
        }
        if self.reporter.is_some_and(|(known, heard)| known != ssrc && now.since(heard) < QUIET) {
            return false;
        }
        self.reporter = Some((ssrc, now));
        true
    }

    /// Drops the pictures that wait to leave. They are not sent again either: what builds on them is dropped as well.
    pub(crate) fn abandon(&mut self, queue: &mut PacedQueue) {
        queue.drop_pictures();
        self.sending.stream.forget();
    }

    /// Queues a report, as for the voice.
    pub(crate) fn report(
        &mut self,
        now: Instant,
        block: Option<ReportBlock>,
        ending: Ending<'_>,
        queue: &mut PacedQueue,
    ) {
        let info = self.sending.info(now, self.reporting.ntp(now));
        let _ = self.reporting.write(now, info, block, ending, queue);
    }

    /// Queues the regular report, if it is due.
    pub(crate) fn report_if_due(&mut self, now: Instant, queue: &mut PacedQueue) {
        if self.reporting.is_due(now) {
            let block = self.receiving.stream.report(now);
            self.report(now, block, Ending::Nothing, queue);
            self.sending.stream.begin_interval();
        }
    }

    pub(crate) fn stats(&self, queue: &PacedQueue) -> PictureStats {
        let (given, sent) = (self.sending.counts(), self.sending.stream.counts());
        PictureStats {
            sent: given.sent,
            key_frames: given.key_frames,
            left_out: given.left_out,
            not_encoded: given.not_encoded,
            sent_packets: sent.packets,
            sent_bytes: sent.bytes,
            bitrate: self.sending.bitrate().unwrap_or(0),
            quality: self.sending.quality(),
            waiting: queue.picture_delay(),
            received: self.receiving.receiver.stats(),
        }
    }
}
