//! Reports: when they are due, and what is in them.

use crate::CallConfig;
use crate::outbox::{Kind, Outbox};
use core::time::Duration;
use moim_media::{Instant, SeqNo};
use moim_rtp::rtcp::{NackPair, ReportBlock, SenderInfo, WriteError, Writer};
use moim_rtp::{NtpTime, Ssrc};
use rand_core::Rng as _;
use rand_pcg::Pcg32;

/// Packets asked for again in one report at most.
pub(crate) const ASKED_AT_ONCE: usize = 32;

/// Writes our reports and knows when the next is due.
pub(crate) struct Reporting {
    ssrc: Ssrc,
    cname: String,
    wall_clock: Duration,
    interval: Duration,
    dice: Pcg32,
    due: Option<Instant>,
}

/// What a compound packet ends with.
pub(crate) enum Ending<'a> {
    Nothing,
    Asking { media: Ssrc, missing: &'a [SeqNo] },
    Goodbye,
}

impl Reporting {
    pub(crate) fn new(config: CallConfig, ssrc: Ssrc, dice: Pcg32) -> Self {
        Self {
            ssrc,
            cname: config.cname,
            wall_clock: config.wall_clock,
            interval: config.report_interval,
            dice,
            due: None,
        }
    }

    /// Wall-clock time at `now`.
    pub(crate) fn ntp(&self, now: Instant) -> NtpTime {
        NtpTime::from_unix(self.wall_clock + now.since_epoch())
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The call has begun, if it had not; the first report comes after half the usual time (RFC 3550, section
    /// 6.2).
    pub(crate) fn begin(&mut self, now: Instant) {
        if self.due.is_none() {
            self.due = Some(now + self.next_interval() / 2);
        }
    }

    /// Whether a report is due, in which case the next is scheduled.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        let due = self.due.is_some_and(|due| due <= now);
        if due {
            self.due = Some(now + self.next_interval());
        }
        due
    }

    /// Queues a compound packet: a sender report when there is something to say of our own stream, else a receiver
    /// report; the canonical name; and `ending` (RFC 3550, section 6.1).
    pub(crate) fn write(
        &self,
        info: Option<SenderInfo>,
        block: Option<ReportBlock>,
        ending: &Ending<'_>,
        outbox: &mut Outbox,
    ) -> Result<(), WriteError> {
        outbox.push(Kind::Report, |room| {
            let mut writer = Writer::new(room);
            match info {
                Some(info) => writer.sender_report(self.ssrc, info, block.as_slice())?,
                None => writer.receiver_report(self.ssrc, block.as_slice())?,
            }
            writer.cname(self.ssrc, &self.cname)?;
            match ending {
                Ending::Nothing => {}
                Ending::Goodbye => writer.goodbye(&[self.ssrc])?,
                Ending::Asking { media, missing } => {
                    let mut pairs = [NackPair { first: SeqNo::new(0).wire(), following: 0 }; ASKED_AT_ONCE];
                    let mut count = 0;
                    for (place, pair) in pairs.iter_mut().zip(NackPair::pack(missing.iter().copied())) {
                        *place = pair;
                        count += 1;
                    }
                    writer.nack(self.ssrc, *media, &pairs[..count])?;
                }
            }
            Ok(writer.len())
        })?;
        Ok(())
    }

    /// Half to one and a half of the mean, so that parties do not fall into step.
    fn next_interval(&mut self) -> Duration {
        let share = 0.5 + f64::from(self.dice.next_u32()) / f64::from(u32::MAX);
        self.interval.mul_f64(share)
    }
}
