//! From a datagram to the loudspeaker.

use crate::Event;
use core::time::Duration;
use moim_media::{ClockRate, Instant, SeqNo};
use moim_playout::{AudioReceiver, Inserted, Produced};
use moim_rtp::payload::{Depayloader, Extent, Piece};
use moim_rtp::reception::{Source, Standing};
use moim_rtp::rtcp::ReportBlock;
use moim_rtp::{NtpTime, Packet, PayloadType, Ssrc};

/// The longest datagram that is looked at; no network of today carries a longer one whole.
const LONGEST_DATAGRAM: usize = 2_048;
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
        let unit = Vec::with_capacity(2 * LONGEST_DATAGRAM);
        Self { payload_type, clock_rate, depayloader, receiver, unit, remote: None, candidate: None }
    }

    /// A packet came.
    pub(crate) fn media(&mut self, now: Instant, packet: &Packet<'_>) -> (Media, Option<Event>) {
        if packet.payload_type() != self.payload_type || packet.payload().len() > LONGEST_DATAGRAM {
            return (Media::OtherFormat, None);
        }
        if !self.is_remote(now, packet) {
            return (Media::OtherSource, None);
        }
        let Some(remote) = &mut self.remote else { return (Media::OtherSource, None) };
        remote.heard_at = now;
        let received = remote.source.receive(now, packet.seq(), packet.timestamp());
        let ssrc = packet.ssrc();
        let event = match received.standing {
            Standing::Restarted => Some(Event::RemoteRestarted { ssrc }),
            Standing::Valid if !core::mem::replace(&mut remote.announced, true) => {
                Some(Event::RemoteJoined { ssrc })
            }
            _ => None,
        };
        self.unit.clear();
        let unit = &mut self.unit;
        let extent = self.depayloader.depacketize(packet, &mut |piece: Piece<'_>| {
            if unit.len() + 8 + piece.body.len() <= unit.capacity() {
                unit.extend_from_slice(piece.prefix.as_bytes());
                unit.extend_from_slice(piece.body);
            }
        });
        // Every format of sound so far has whole units.
        if extent != Ok(Extent::WHOLE) {
            return (Media::Unreadable, event);
        }
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
    pub(crate) fn goodbye(&mut self, ssrc: Ssrc) -> bool {
        let was_remote = self.remote_of(ssrc).is_some_and(|remote| remote.announced);
        if was_remote {
            self.remote = None;
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

    /// Whether the packet is the far side's, after letting another source take over where that is due.
    fn is_remote(&mut self, now: Instant, packet: &Packet<'_>) -> bool {
        let ssrc = packet.ssrc();
        let Some(remote) = &self.remote else {
            self.adopt(now, Source::new(ssrc, self.clock_rate));
            return true;
        };
        if remote.source.ssrc() == ssrc {
            return true;
        }
        // A source that nothing has confirmed yet holds nobody up.
        if remote.announced && now.since(remote.heard_at) < QUIET {
            return false;
        }
        let mut candidate = match self.candidate.take() {
            Some(candidate) if candidate.ssrc() == ssrc => candidate,
            _ => Source::new(ssrc, self.clock_rate),
        };
        if candidate.receive(now, packet.seq(), packet.timestamp()).standing != Standing::Valid {
            self.candidate = Some(candidate);
            return false;
        }
        self.adopt(now, candidate);
        true
    }

    fn adopt(&mut self, now: Instant, source: Source) {
        self.remote = Some(Remote { source, heard_at: now, announced: false });
        self.candidate = None;
    }
}
