//! Reports: when they are due, and what is in them.

use crate::CallConfig;
use core::time::Duration;
use moim_media::{Instant, SeqNo};
use moim_pace::{Class, PacedQueue};
use moim_rtp::feedback::{Arrivals, Reported};
use moim_rtp::rtcp::{NackPair, Pli, ReportBlock, SenderInfo, WriteError, Writer};
use moim_rtp::{NtpShort, NtpTime, Ssrc};
use rand_core::Rng as _;
use rand_pcg::Pcg32;

/// Packets asked for again in one report at most.
const ASKED_AT_ONCE: usize = 32;
/// The round trip that is assumed until a report tells.
pub(crate) const ROUND_TRIP: Duration = Duration::from_millis(100);
/// Sender reports that the far side may name; with requests for retransmission there are several a second.
const REMEMBERED: usize = 32;
/// Over the Moon and back twice.
const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(10);

/// Writes the reports of one of our streams, and knows when the next is due.
pub(crate) struct Reporting {
    ssrc: Ssrc,
    cname: String,
    wall_clock: Duration,
    interval: Duration,
    dice: Pcg32,
    due: Option<Instant>,
    /// Our last sender reports, by which the far side names them.
    sent: [NtpShort; REMEMBERED],
}

/// Packets that are missing, in ascending order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missing {
    seqs: [SeqNo; ASKED_AT_ONCE],
    count: usize,
}

impl Missing {
    /// As many as `poll` gives, and one report may name.
    pub(crate) fn collect(mut poll: impl FnMut() -> Option<SeqNo>) -> Self {
        let mut missing = Self { seqs: [SeqNo::new(0); ASKED_AT_ONCE], count: 0 };
        while let Some(place) = missing.seqs.get_mut(missing.count) {
            let Some(seq) = poll() else { break };
            *place = seq;
            missing.count += 1;
        }
        missing.seqs[..missing.count].sort_unstable();
        missing
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn seqs(&self) -> &[SeqNo] {
        &self.seqs[..self.count]
    }
}

/// What a compound packet ends with.
pub(crate) enum Ending<'a> {
    Nothing,
    /// Packets that are missing.
    Asking {
        media: Ssrc,
        missing: &'a Missing,
    },
    /// Nothing can be shown without a key frame.
    KeyFrame {
        media: Ssrc,
    },
    /// When the packets of all streams came.
    Feedback {
        media: Ssrc,
        arrivals: &'a mut Arrivals,
    },
    Goodbye,
}

impl Reporting {
    /// Bytes of the longest compound packet that a source of this name writes: a sender report with a block, the name,
    /// and as many requests as there may be at once.
    pub(crate) fn longest(cname: &str) -> usize {
        let description = 8 + (2 + cname.len() + 1).next_multiple_of(4);
        28 + 24 + description + 12 + 4 * ASKED_AT_ONCE
    }

    pub(crate) fn new(config: &CallConfig, ssrc: Ssrc, seed: u64) -> Self {
        Self {
            ssrc,
            cname: config.cname.clone(),
            wall_clock: config.wall_clock,
            interval: config.report_interval,
            dice: Pcg32::new(seed, 0x7265_706f),
            due: None,
            sent: [NtpShort(0); REMEMBERED],
        }
    }

    /// Wall-clock time at `now`.
    pub(crate) fn ntp(&self, now: Instant) -> NtpTime {
        NtpTime::from_unix(self.wall_clock.saturating_add(now.since_epoch()))
    }

    /// How long a packet takes there and back, as the far side's block tells; `None` when it names no sender report
    /// of ours, or a time that no network needs.
    pub(crate) fn round_trip(&self, now: Instant, block: &ReportBlock) -> Option<Duration> {
        let named = block.last_report.is_some_and(|last| self.sent.contains(&last.ntp));
        block.round_trip(self.ntp(now)).filter(|&round_trip| named && round_trip < LONGEST_ROUND_TRIP)
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
        &mut self,
        now: Instant,
        info: Option<SenderInfo>,
        block: Option<ReportBlock>,
        ending: Ending<'_>,
        queue: &mut PacedQueue,
    ) -> Result<(), WriteError> {
        queue.push(now, Class::Report, |room| {
            let mut writer = Writer::new(room);
            match info {
                Some(info) => writer.sender_report(self.ssrc, info, block.as_slice())?,
                None => writer.receiver_report(self.ssrc, block.as_slice())?,
            }
            writer.cname(self.ssrc, &self.cname)?;
            match ending {
                Ending::Nothing => {}
                Ending::Goodbye => writer.goodbye(&[self.ssrc])?,
                Ending::KeyFrame { media } => writer.pli(Pli { sender: self.ssrc, media })?,
                // What does not fit is told the next time.
                Ending::Feedback { media, arrivals } => {
                    while let Ok(Reported::Packets(_)) = arrivals.write(&mut writer, self.ssrc, media) {}
                }
                Ending::Asking { media, missing } => {
                    let mut pairs = [NackPair { first: SeqNo::new(0).wire(), following: 0 }; ASKED_AT_ONCE];
                    let mut count = 0;
                    for (place, pair) in pairs.iter_mut().zip(NackPair::pack(missing.seqs().iter().copied()))
                    {
                        *place = pair;
                        count += 1;
                    }
                    writer.nack(self.ssrc, media, &pairs[..count])?;
                }
            }
            Ok(writer.len())
        })?;
        if let Some(info) = info {
            self.sent.rotate_right(1);
            self.sent[0] = info.ntp.middle32();
        }
        Ok(())
    }

    /// Half to one and a half of the mean, so that parties do not fall into step.
    fn next_interval(&mut self) -> Duration {
        let share = 0.5 + f64::from(self.dice.next_u32()) / f64::from(u32::MAX);
        self.interval.mul_f64(share)
    }
}
