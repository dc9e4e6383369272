//! One stream of the far side's: whose it is, how well it is received, and who takes over.

use crate::Event;
use crate::event::Medium;
use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime, Seq, SeqNo, Timestamp};
use moim_rtp::reception::{Received, Source, Standing};
use moim_rtp::rtcp::{ReportBlock, SenderInfo};
use moim_rtp::{Packet, PayloadType, Ssrc};
use moim_sync::SenderClock;

/// After a goodbye, packets that were overtaken by it are not a return (RFC 3550, section 6.3.4).
const FAREWELL: Duration = Duration::from_secs(5);
/// Another source may take over when the present one has been quiet for this long, or has said goodbye.
const QUIET: Duration = Duration::from_secs(1);

/// The packets of one payload type, and the source they are believed of.
pub(crate) struct Incoming {
    medium: Medium,
    payload_type: PayloadType,
    clock_rate: ClockRate,
    remote: Option<Remote>,
    /// Another source that wants to take over.
    candidate: Option<Source>,
    /// Who said goodbye last.
    left: Option<(Ssrc, Instant)>,
    /// When the far side took up what it sends, on its own clock.
    clock: SenderClock,
    newest: Option<SeqNo>,
    /// Packets missing before the newest.
    gap: u64,
}

struct Remote {
    source: Source,
    heard_at: Instant,
    announced: bool,
}

impl Incoming {
    pub(crate) fn new(medium: Medium, payload_type: PayloadType, clock_rate: ClockRate) -> Self {
        Self {
            medium,
            payload_type,
            clock_rate,
            remote: None,
            candidate: None,
            left: None,
            clock: SenderClock::new(),
            newest: None,
            gap: 0,
        }
    }

    pub(crate) fn payload_type(&self) -> PayloadType {
        self.payload_type
    }

    /// The source that is being received.
    pub(crate) fn remote(&self) -> Option<Ssrc> {
        self.remote.as_ref().map(|remote| remote.source.ssrc())
    }

    /// How many packets were missing before the newest one; asked once for each.
    pub(crate) fn take_gap(&mut self) -> u64 {
        core::mem::take(&mut self.gap)
    }

    /// When the far side took up what it sends.
    pub(crate) fn clock(&self) -> &SenderClock {
        &self.clock
    }

    /// Counts the packet if it is the far side's, after letting another source take over where that is due; and what
    /// is to be told of it.
    pub(crate) fn receive(&mut self, now: Instant, packet: &Packet<'_>) -> Option<(Received, Option<Event>)> {
        let before = self.remote();
        let received = self.count(now, packet)?;
        if before != self.remote() || received.standing == Standing::Restarted {
            self.clock = SenderClock::new();
            self.newest = None;
        }
        if received.standing != Standing::Stray && self.newest.is_none_or(|newest| received.seq > newest) {
            self.gap = self.newest.map_or(0, |newest| received.seq.since(newest) - 1);
            self.newest = Some(received.seq);
        }
        if received.standing != Standing::Stray {
            self.clock.arrived(now, received.time);
        }
        let event = self.announce(received.standing, packet.ssrc());
        Some((received, event))
    }

    /// The full numbers of a packet that was sent again in a stream of its own; `None` before the stream has begun.
    pub(crate) fn repaired(&self, seq: Seq, timestamp: Timestamp) -> Option<(SeqNo, MediaTime)> {
        let source = &self.remote.as_ref()?.source;
        Some((source.full_seq(seq)?, source.media_time(timestamp)?))
    }

    /// A sender report of `ssrc` came.
    pub(crate) fn sender_report(&mut self, now: Instant, ssrc: Ssrc, info: &SenderInfo) {
        let Some(remote) = self.remote_of(ssrc) else { return };
        remote.source.sender_report(now, info.ntp);
        if let Some(time) = remote.source.media_time(info.timestamp) {
            self.clock.report(now, info.ntp, time);
        }
    }

    /// `ssrc` said goodbye; what is to be told of it, if it was the far side.
    pub(crate) fn goodbye(&mut self, now: Instant, ssrc: Ssrc) -> Option<Event> {
        self.remote_of(ssrc).filter(|remote| remote.announced)?;
        self.remote = None;
        self.left = Some((ssrc, now));
        Some(Event::RemoteLeft { medium: self.medium, ssrc })
    }

    /// How well the far side is received, which ends an interval of its loss.
    pub(crate) fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        self.remote.as_mut()?.source.report(now)
    }

    fn remote_of(&mut self, ssrc: Ssrc) -> Option<&mut Remote> {
        self.remote.as_mut().filter(|remote| remote.source.ssrc() == ssrc)
    }

    fn count(&mut self, now: Instant, packet: &Packet<'_>) -> Option<Received> {
        let ssrc = packet.ssrc();
        if self.left.is_some_and(|(left, at)| left == ssrc && now.since(at) < FAREWELL) {
            return None;
        }
        if let Some(remote) = self.remote_of(ssrc) {
            remote.heard_at = now;
            return Some(remote.source.receive(now, packet.seq(), packet.timestamp()));
        }
        // Whoever has been announced holds the line until it is quiet; to take it over, two packets in a row are needed.
        let holds = |remote: &Remote| remote.announced && now.since(remote.heard_at) < QUIET;
        if self.remote.as_ref().is_some_and(holds) {
            return None;
        }
        let mut source = match self.candidate.take() {
            Some(candidate) if candidate.ssrc() == ssrc => candidate,
            _ => Source::new(ssrc, self.clock_rate),
        };
        let received = source.receive(now, packet.seq(), packet.timestamp());
        if self.remote.is_some() && received.standing != Standing::Valid {
            self.candidate = Some(source);
            return None;
        }
        self.adopt(now, source);
        Some(received)
    }

    /// What is to be told of a packet of this standing.
    fn announce(&mut self, standing: Standing, ssrc: Ssrc) -> Option<Event> {
        let medium = self.medium;
        let remote = self.remote.as_mut()?;
        match standing {
            Standing::Restarted => Some(Event::RemoteRestarted { medium, ssrc }),
            Standing::Valid if !core::mem::replace(&mut remote.announced, true) => {
                Some(Event::RemoteJoined { medium, ssrc })
            }
            Standing::Valid | Standing::Probation | Standing::Stray => None,
        }
    }

    fn adopt(&mut self, now: Instant, source: Source) {
        self.remote = Some(Remote { source, heard_at: now, announced: false });
        self.candidate = None;
    }
}
