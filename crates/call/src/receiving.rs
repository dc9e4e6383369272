//! From a datagram to the loudspeaker.

use crate::Event;
use core::time::Duration;
use moim_media::{ClockRate, Instant, SeqNo};
use moim_playout::{AudioReceiver, Inserted, Produced};
use moim_rtp::payload::{Depayloader, Extent, Piece};
use moim_rtp::reception::{Received, Source, Standing};
use moim_rtp::rtcp::ReportBlock;
use moim_rtp::{NtpTime, Packet, PayloadType, Ssrc};

/// The longest unit that is put together; no sound codec makes a longer one (RFC 6716, section 3.4, R5).
const LONGEST_UNIT: usize = 8_192;
/// After a goodbye, packets that were overtaken by it are not a return (RFC 3550, section 6.3.4).
const FAREWELL: Duration = Duration::from_secs(5);
/// Another source may take over when the present one has been quiet for this long, or has said goodbye.
const QUIET: Duration = Duration::from_secs(1);
/// Assumed until a report tells.
const ROUND_TRIP: Duration = Duration::from_millis(100);

/// The far side's stream.
pub(crate) struct Receiving {
    payload_type: PayloadType,
    clock_rate: ClockRate,
    depayloader: Box<dyn Depayloader + Send>,
    receiver: Box<dyn AudioReceiver + Send>,
    unit: Vec<u8>,
    remote: Option<Remote>,
    /// Another source that wants to take over.
    candidate: Option<Source>,
    /// Who said goodbye last.
    left: Option<(Ssrc, Instant)>,
}

struct Remote {
    source: Source,
    heard_at: Instant,
    announced: bool,
}

/// What a packet was good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Taken,
    /// Not of the agreed format.
    OtherFormat,
    /// Of a source that is not the far side's.
    OtherSource,
    /// Of the right format and source, but not readable.
    Unreadable,
}

impl Receiving {
    pub(crate) fn new(
        (payload_type, clock_rate): (PayloadType, ClockRate),
        depayloader: Box<dyn Depayloader + Send>,
        receiver: Box<dyn AudioReceiver + Send>,
    ) -> Self {
        let unit = Vec::with_capacity(LONGEST_UNIT);
        Self {
            payload_type,
            clock_rate,
            depayloader,
            receiver,
            unit,
            remote: None,
            candidate: None,
            left: None,
        }
    }

    /// A packet came.
    pub(crate) fn media(&mut self, now: Instant, packet: &Packet<'_>) -> (Media, Option<Event>) {
        if packet.payload_type() != self.payload_type {
            return (Media::OtherFormat, None);
        }
        let Some(received) = self.receive(now, packet) else { return (Media::OtherSource, None) };
        let event = self.announce(received.standing, packet.ssrc());
        self.unit.clear();
        let (unit, mut fits) = (&mut self.unit, true);
        let extent = self.depayloader.depacketize(packet, &mut |piece: Piece<'_>| {
            for bytes in [piece.prefix.as_bytes(), piece.body] {
                fits &= unit.len() + bytes.len() <= LONGEST_UNIT;
                if fits {
                    unit.extend_from_slice(bytes);
                }
            }
        });
        // Every format of sound so far has whole units.
        if extent != Ok(Extent::WHOLE) || !fits {
            return (Media::Unreadable, event);
        }
        // Stray packets too: which of them begin a new stream is for the jitter buffer to say, by the same rule.
        match self.receiver.insert(now, received.seq, received.time, &self.unit) {
            Ok(Inserted::TooLong) | Err(_) => (Media::Unreadable, event),
            Ok(_) => (Media::Taken, event),
        }
    }

    /// Fills `out` with what the far side said.
    pub(crate) fn pull(&mut self, now: Instant, out: &mut [f32]) -> Produced {
        self.receiver.pull(now, out)
    }

    /// A sender report of `ssrc`, stamped `ntp`, came.
    pub(crate) fn sender_report(&mut self, now: Instant, ssrc: Ssrc, ntp: NtpTime) {
        if let Some(remote) = self.remote_of(ssrc) {
            remote.source.sender_report(now, ntp);
        }
    }

    /// `ssrc` said goodbye; whether it was the far side.
    pub(crate) fn goodbye(&mut self, now: Instant, ssrc: Ssrc) -> bool {
        let was_remote = self.remote_of(ssrc).is_some_and(|remote| remote.announced);
        if was_remote {
            self.remote = None;
            self.left = Some((ssrc, now));
        }
        was_remote
    }

    /// How well the far side is received, which ends an interval of its loss.
    pub(crate) fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        self.remote.as_mut()?.source.report(now)
    }

    /// Fills `missing` with what to ask for again now, in ascending order, and returns how many there are.
    pub(crate) fn missing(
        &mut self,
        now: Instant,
        round_trip: Option<Duration>,
        missing: &mut [SeqNo],
    ) -> usize {
        let round_trip = round_trip.unwrap_or(ROUND_TRIP);
        let mut count = 0;
        while let Some(place) = missing.get_mut(count) {
            let Some(seq) = self.receiver.poll_retransmit(now, round_trip) else { break };
            *place = seq;
            count += 1;
        }
        missing[..count].sort_unstable();
        count
    }

    /// When there may next be something missing.
    pub(crate) fn missing_due(&self) -> Option<Instant> {
        self.receiver.retransmit_due()
    }

    pub(crate) fn receiver(&self) -> &dyn AudioReceiver {
        &*self.receiver
    }

    /// The source that is being heard.
    pub(crate) fn remote(&self) -> Option<Ssrc> {
        self.remote.as_ref().map(|remote| remote.source.ssrc())
    }

    fn remote_of(&mut self, ssrc: Ssrc) -> Option<&mut Remote> {
        self.remote.as_mut().filter(|remote| remote.source.ssrc() == ssrc)
    }

    /// Counts the packet if it is the far side's, after letting another source take over where that is due.
    fn receive(&mut self, now: Instant, packet: &Packet<'_>) -> Option<Received> {
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
        let remote = self.remote.as_mut()?;
        match standing {
            Standing::Restarted => Some(Event::RemoteRestarted { ssrc }),
            Standing::Valid if !core::mem::replace(&mut remote.announced, true) => {
                Some(Event::RemoteJoined { ssrc })
            }
            Standing::Valid | Standing::Probation | Standing::Stray => None,
        }
    }

    fn adopt(&mut self, now: Instant, source: Source) {
        self.remote = Some(Remote { source, heard_at: now, announced: false });
        self.candidate = None;
    }
}
