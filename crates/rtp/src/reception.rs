//! How well a source is received (RFC 3550, section 6.4.1 and appendix A): the state behind a report block.

use crate::rtcp::{CumulativeLost, ExtendedSeq, FractionLost, LastReport, ReportBlock};
use crate::{NtpShort, NtpTime, Ssrc};
use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime, Seq, SeqNo, Timestamp, Unwrap};

#[cfg(test)]
mod tests;

/// Packets in a row that make a source, or a restart, believable (`MIN_SEQUENTIAL` of appendix A.1).
const CONFIRMED: u64 = 2;
/// How far from the highest number a packet may lie and still belong (`MAX_DROPOUT` of appendix A.1).
const NEAR: u64 = 3_000;
/// How far back a packet may lie without its timestamp being asked (`MAX_MISORDER` of appendix A.1).
const MISORDERED: u64 = 100;
/// How far back in media time a packet that far back may lie. A restarted sender has a random timestamp.
const LATEST: Duration = Duration::from_secs(60);

/// What is known about one source from the packets that arrived.
///
/// All packets of the source go through [`receive`](Self::receive), which also unwraps their numbers.
#[derive(Clone, Debug)]
pub struct Source {
    ssrc: Ssrc,
    unwrap: Unwrap,
    jitter: Jitter,
    counts: Option<Counts>,
    /// The packet that would confirm the one seen last: the source itself, or its restart.
    awaited: Option<SeqNo>,
    last_report: Option<(NtpShort, Instant)>,
}

/// A packet's full numbers, and whether to believe them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Its sequence number, unwrapped.
    pub seq: SeqNo,
    /// Its timestamp, unwrapped.
    pub time: MediaTime,
    /// What the packet is to its source.
    pub standing: Standing,
}

/// What a packet is to the source it claims to be of (RFC 3550, appendix A.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One of the stream's.
    Valid,
    /// Of a source that is not confirmed by two packets in a row yet. Not counted; a caller who knows from
    /// signalling that the source exists may play it.
    Probation,
    /// Far from all before: forged, misrouted, or the first after a restart. Not counted.
    Stray,
    /// Confirms that the sender started afresh, at the stray packet before. Counting began anew.
    Restarted,
}

impl Source {
    /// The source `ssrc`, whose timestamps tick at `rate`, before its first packet.
    #[must_use]
    pub const fn new(ssrc: Ssrc, rate: ClockRate) -> Self {
        Self {
            ssrc,
            unwrap: Unwrap::new(rate),
            jitter: Jitter::new(rate),
            counts: None,
            awaited: None,
            last_report: None,
        }
    }

    /// Which source this is.
    #[must_use]
    pub const fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// Takes note of a packet that arrived at `now`.
    pub fn receive(&mut self, now: Instant, seq: Seq, timestamp: Timestamp) -> Received {
        let (seq, time) = (self.unwrap.seq(seq), self.unwrap.time(timestamp));
        let standing = match &mut self.counts {
            Some(counts) if counts.owns(seq, time) => {
                self.awaited = None;
                if counts.count(seq, time) {
                    self.jitter.update(now, timestamp);
                }
                Standing::Valid
            }
            _ if self.awaited == Some(seq) => {
                let standing = if self.counts.is_some() { Standing::Restarted } else { Standing::Valid };
                self.begin(now, seq, time, timestamp);
                standing
            }
            counts => {
                self.awaited = Some(seq.next());
                if counts.is_some() { Standing::Stray } else { Standing::Probation }
            }
        };
        Received { seq, time, standing }
    }

    /// The full number of a packet of this source that came by another way, such as a retransmission in a stream of its
    /// own; `None` before the first. Nothing is learnt from it.
    #[must_use]
    pub fn full_seq(&self, seq: Seq) -> Option<SeqNo> {
        self.unwrap.nearest_seq(seq)
    }

    /// The media time that `timestamp` names in a sender report: the one nearest to the packets received, whatever
    /// came of them; `None` before the first. Nothing is learnt from it.
    #[must_use]
    pub fn media_time(&self, timestamp: Timestamp) -> Option<MediaTime> {
        self.unwrap.nearest_time(timestamp)
    }

    /// Takes note of a sender report of this source, stamped `ntp`, that arrived at `now`.
    pub const fn sender_report(&mut self, now: Instant, ntp: NtpTime) {
        self.last_report = Some((ntp.middle32(), now));
    }

    /// The report block about this source at `now`, which ends the interval that the fraction lost is about.
    ///
    /// `None` when no packet of it was counted since the last report: blocks are for sources that were heard since
    /// then (RFC 3550, section 6.4), and of one that was not, nothing is known, least of all that it lost nothing.
    pub fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        let counts = self.counts.as_mut().filter(|counts| counts.heard_since_report())?;
        let last_report = self
            .last_report
            .map(|(ntp, heard)| LastReport { ntp, delay: NtpShort::from_duration(now.since(heard)) });
        Some(ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: counts.end_interval(),
            cumulative_lost: CumulativeLost::new(counts.lost()),
            highest_seq: counts.extended_highest(),
            jitter: self.jitter.ticks(),
            // On the wire a zero would mean that no report was heard.
            last_report: last_report.filter(|last| last.ntp.0 != 0),
        })
    }

    /// Packets received so far, late and repeated ones included.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.counts.as_ref().map_or(0, |counts| counts.received)
    }

    /// Interarrival jitter, a smoothed mean (RFC 3550, appendix A.8).
    #[must_use]
    pub fn jitter(&self) -> Duration {
        self.jitter.rate.duration(u64::from(self.jitter.ticks()))
    }

    /// Counts from the packet before `seq`, which `seq` confirms.
    fn begin(&mut self, now: Instant, seq: SeqNo, time: MediaTime, timestamp: Timestamp) {
        self.awaited = None;
        self.counts = Some(Counts::new(seq, time));
        self.jitter = Jitter::new(self.jitter.rate);
        self.jitter.update(now, timestamp);
    }
}

/// Packets expected and received (RFC 3550, appendix A.3).
#[derive(Clone, Debug)]
struct Counts {
    first: SeqNo,
    /// Where the cycle began in which counting did.
    cycle: u64,
    highest: SeqNo,
    newest: MediaTime,
    received: u64,
    /// Expected and received when the last interval ended.
    before: (u64, u64),
}

impl Counts {
    /// Two packets were received: `seq` and, unnoticed by now, the one before.
    fn new(seq: SeqNo, time: MediaTime) -> Self {
        let first = SeqNo::new(seq.get().saturating_sub(CONFIRMED - 1));
        let cycle = first.get() & !0xffff;
        Self { first, cycle, highest: seq, newest: time, received: CONFIRMED, before: (0, 0) }
    }

    fn owns(&self, seq: SeqNo, time: MediaTime) -> bool {
        if seq >= self.highest {
            return seq.since(self.highest) <= NEAR;
        }
        // A packet may come again on request long after its place. What tells it from the first of a sender that
        // started afresh a little further back is that its time fits.
        let behind = self.highest.since(seq);
        behind <= MISORDERED || (behind <= NEAR && time <= self.newest && self.newest.since(time) <= LATEST)
    }

    /// Whether the packet is newer than all before.
    fn count(&mut self, seq: SeqNo, time: MediaTime) -> bool {
        self.received += 1;
        self.first = self.first.min(seq);
        let newer = seq > self.highest;
        if newer {
            (self.highest, self.newest) = (seq, time);
        }
        newer
    }

    fn expected(&self) -> u64 {
        self.highest.since(self.first) + 1
    }

    fn lost(&self) -> i64 {
        signed_difference(self.expected(), self.received)
    }

    fn heard_since_report(&self) -> bool {
        self.received > self.before.1
    }

    fn end_interval(&mut self) -> FractionLost {
        let now = (self.expected(), self.received);
        let (expected, received) = (now.0.saturating_sub(self.before.0), now.1 - self.before.1);
        self.before = now;
        FractionLost::of(signed_difference(expected, received), expected)
    }

    fn extended_highest(&self) -> ExtendedSeq {
        ExtendedSeq::from(SeqNo::new(self.highest.get() - self.cycle))
    }
}

fn signed_difference(a: u64, b: u64) -> i64 {
    i64::try_from(i128::from(a) - i128::from(b)).unwrap_or(i64::MAX)
}

/// The interarrival jitter of RFC 3550, appendix A.8, in sixteenths of a tick.
#[derive(Clone, Debug)]
struct Jitter {
    rate: ClockRate,
    transit: Option<u32>,
    sixteenths: u64,
}

impl Jitter {
    const fn new(rate: ClockRate) -> Self {
        Self { rate, transit: None, sixteenths: 0 }
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "transit times are compared modulo 2³², as timestamps are"
    )]
    fn update(&mut self, now: Instant, timestamp: Timestamp) {
        let arrival = self.rate.ticks(now.since_epoch()) as u32;
        let transit = arrival.wrapping_sub(timestamp.0);
        let Some(before) = self.transit.replace(transit) else { return };
        let difference = transit.wrapping_sub(before).cast_signed().unsigned_abs();
        self.sixteenths += u64::from(difference);
        self.sixteenths -= (self.sixteenths - u64::from(difference) + 8) >> 4;
    }

    fn ticks(&self) -> u32 {
        u32::try_from(self.sixteenths >> 4).unwrap_or(u32::MAX)
    }
}
