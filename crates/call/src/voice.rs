//! The voice, both ways.

mod receiving;
mod sending;

pub(crate) use receiving::{Media, VoiceReceiving};

use crate::incoming::Incoming;
use crate::outgoing::{Outgoing, Travels};
use crate::reporting::{Ending, Reporting};
use crate::{CallConfig, CallError, Format, Medium};
use moim_media::Instant;
use moim_pace::{Class, PacedQueue};
use moim_rtp::rtcp::ReportBlock;
use rand_core::Rng;
use sending::VoiceSending;

/// Our voice, the far side's, and the reports about them.
pub(crate) struct Voice {
    pub(crate) sending: VoiceSending,
    pub(crate) receiving: VoiceReceiving,
    pub(crate) reporting: Reporting,
}

impl Voice {
    pub(crate) fn new(config: &CallConfig, format: Format, dice: &mut impl Rng) -> Result<Self, CallError> {
        let (payload_type, clock_rate) = (format.payload_type, format.rtpmap.clock_rate);
        let history = config.history;
        let travels = Travels { payload_type, clock_rate, class: Class::Voice, rtx: None, history };
        let stream = Outgoing::new(config, &travels, dice);
        let reporting = Reporting::new(config, stream.ssrc(), dice.next_u64());
        let incoming = Incoming::new(Medium::Voice, payload_type, clock_rate);
        Ok(Self {
            sending: VoiceSending::new(config, stream, format.payloader, format.encoder)?,
            receiving: VoiceReceiving::new(incoming, format.depayloader, format.receiver),
            reporting,
        })
    }

    /// Queues a report. One that does not fit into the smallest datagram is left out; the next one is due soon.
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
}
