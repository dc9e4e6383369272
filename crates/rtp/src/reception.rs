//! How well a source is received (RFC 3550, section 6.4.1 and appendix A): the state behind a report block.

use crate::loss::{Arrival, Window};
use crate::rtcp::{CumulativeLost, LastReport, ReportBlock};
use crate::{NtpShort, NtpTime, Packet, Ssrc};
use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime, Seq, SeqNo, Timestamp, Unwrap};

mod clocks;
mod counts;
mod jitter;
mod statistics;
#[cfg(test)]
mod tests;

use clocks::Clocks;
use counts::Counts;
use jitter::Jitter;
pub use statistics::Statistics;

/// Packets in a row that make a source, or a restart, believable (`MIN_SEQUENTIAL` of appendix A.1).
const CONFIRMED: u64 = 2;
/// How far from the highest number a packet may lie and still belong (`MAX_DROPOUT` of appendix A.1).
const NEAR: u64 = 3_000;
/// How far back a packet may lie without its timestamp being asked (`MAX_MISORDER` of appendix A.1).
const MISORDERED: u64 = 100;
/// How far back in media time a packet that far back may lie. A restarted sender has a random timestamp.
const LATEST: Duration = Duration::from_secs(60);

/// How many numbers are kept in mind: more than [`NEAR`].
const WINDOW: usize = 1 << 12;

/// What is known about one source from the packets that arrived.
///
/// All packets of the source go through [`receive`](Self::receive) or one of its kin, which also unwrap their numbers.
/// All memory is allocated by [`new`](Self::new).
#[derive(Clone, Debug)]
pub struct Source {
    ssrc: Ssrc,
    unwrap: Unwrap,
    clocks: Clocks,
    jitter: Jitter,
    window: Window,
    counts: Option<Counts>,
    bytes: u64,
    /// What would confirm the packet seen last: the source itself, or its restart.
    awaited: Option<Awaited>,
    last_report: Option<(NtpShort, Instant)>,
    round_trip: Option<Duration>,
}

/// The packet after one that is not believed yet.
#[derive(Clone, Copy, Debug)]
struct Awaited {
    seq: SeqNo,
    /// Bytes of the one before.
    bytes: u64,
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
    /// What it is to the packets before; `None` when it was not counted.
    pub arrival: Option<Arrival>,
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
    pub fn new(ssrc: Ssrc, rate: ClockRate) -> Self {
        Self {
            ssrc,
            unwrap: Unwrap::new(rate),
            clocks: Clocks::new(rate),
            jitter: Jitter::new(rate),
            window: Window::new(WINDOW),
            counts: None,
            bytes: 0,
            awaited: None,
            last_report: None,
            round_trip: None,
        }
    }

    /// Which source this is.
    #[must_use]
    pub const fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// Takes note of a packet that arrived at `now`, without its bytes.
    pub fn receive(&mut self, now: Instant, seq: Seq, timestamp: Timestamp) -> Received {
        self.take(now, seq, timestamp, self.jitter.rate, 0)
    }

    /// Takes note of `packet`, which arrived at `now` and whose payload type has the clock `rate`, which may change
    /// from packet to packet (RFC 7160). Jitter is told in ticks of the rate that the source was created with.
    pub fn receive_packet(&mut self, now: Instant, packet: &Packet<'_>, rate: ClockRate) -> Received {
        self.take(now, packet.seq(), packet.timestamp(), rate, packet.payload().len() as u64)
    }

    fn take(
        &mut self,
        now: Instant,
        seq: Seq,
        timestamp: Timestamp,
        rate: ClockRate,
        bytes: u64,
    ) -> Received {
        let (seq, time) = (self.unwrap.seq(seq), self.clocks.time(now, timestamp, rate));
        let (standing, arrival) = match &mut self.counts {
            Some(counts) if counts.owns(seq, time) => {
                self.awaited = None;
                self.bytes += bytes;
                if counts.count(seq, time) {
                    self.jitter.update(now, timestamp, rate);
                }
                (Standing::Valid, Some(self.window.receive(seq)))
            }
            counts => {
                let was_heard = counts.is_some();
                match self.awaited.take().filter(|awaited| awaited.seq == seq) {
                    Some(awaited) => {
                        self.bytes = awaited.bytes + bytes;
                        self.counts = Some(Counts::new(seq, time));
                        self.jitter = Jitter::new(self.jitter.rate);
                        self.jitter.update(now, timestamp, rate);
                        let standing = if was_heard { Standing::Restarted } else { Standing::Valid };
                        (standing, Some(self.begin_window(seq)))
                    }
                    None => {
                        self.awaited = Some(Awaited { seq: seq.next(), bytes });
                        (if was_heard { Standing::Stray } else { Standing::Probation }, None)
                    }
                }
            }
        };
        if standing != Standing::Stray {
            self.clocks.heard(now, time);
        }
        Received { seq, time, standing, arrival }
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
        self.clocks.nearest_time(timestamp)
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

    /// Which of the last packets came and which are missing.
    #[must_use]
    pub const fn window(&self) -> &Window {
        &self.window
    }

    /// Sets how long a packet takes to this source and back, as its report about us told
    /// ([`ReportBlock::round_trip`]).
    pub const fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = Some(round_trip);
    }

    /// What is known so far; counted anew after a restart.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let window = self.window.counts();
        Statistics {
            packets: self.received(),
            bytes: self.bytes,
            lost: window.missing + window.lost,
            duplicates: window.duplicates,
            reordered: window.reordered,
            jitter: self.jitter(),
            last_report: self.last_report.map(|(_, heard)| heard),
            round_trip: self.round_trip,
        }
    }

    /// The window begins with the packet before `seq`, which `seq` confirms.
    fn begin_window(&mut self, seq: SeqNo) -> Arrival {
        self.window.clear();
        self.window.receive(SeqNo::new(seq.get().saturating_sub(CONFIRMED - 1)));
        self.window.receive(seq)
    }
}
