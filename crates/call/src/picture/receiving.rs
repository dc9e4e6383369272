//! From a packet to the picture.

use crate::Event;
use crate::incoming::Incoming;
use crate::reporting::{Missing, ROUND_TRIP};
use crate::voice::Media;
use core::time::Duration;
use moim_media::Instant;
use moim_rtp::rtx::{self, Unwrapped};
use moim_rtp::{Packet, PayloadType, Ssrc};
use moim_video::{Inserted, VideoReceiver};

/// The longest packet that is taken from the stream of those sent again.
const LONGEST_PACKET: usize = 2_048;

/// Another source may send again when the present one has been quiet for this long.
const QUIET: Duration = Duration::from_secs(10);

/// The far side's picture.
pub(crate) struct PictureReceiving {
    pub(crate) stream: Incoming,
    pub(crate) receiver: Box<dyn VideoReceiver + Send>,
    /// The payload type of packets that are sent again in a stream of their own.
    rtx: Option<PayloadType>,
    /// Such a packet, as it was sent first.
    original: Box<[u8]>,
    repairer: Option<Repairer>,
}

/// Who sends packets again.
#[derive(Clone, Copy, Debug)]
struct Repairer {
    of: Ssrc,
    ssrc: Ssrc,
    heard: Instant,
}

impl PictureReceiving {
    pub(crate) fn new(
        stream: Incoming,
        receiver: Box<dyn VideoReceiver + Send>,
        rtx: Option<PayloadType>,
    ) -> Self {
        Self { stream, receiver, rtx, original: vec![0; LONGEST_PACKET].into_boxed_slice(), repairer: None }
    }

    /// Whether packets of this type are of the picture.
    pub(crate) fn takes(&self, payload_type: PayloadType) -> bool {
        payload_type == self.stream.payload_type() || Some(payload_type) == self.rtx
    }

    /// When there may next be something to ask for.
    pub(crate) fn feedback_due(&self) -> Option<Instant> {
        self.stream.remote().and_then(|_| self.receiver.feedback_due())
    }

    /// A packet came, of a type that [`takes`](Self::takes) accepts.
    pub(crate) fn media(&mut self, now: Instant, packet: &Packet<'_>) -> (Media, Option<Event>) {
        if Some(packet.payload_type()) == self.rtx {
            return (self.repaired(now, packet), None);
        }
        let Some((received, event)) = self.stream.receive(now, packet) else {
            return (Media::OtherSource, None);
        };
        match self.receiver.insert(now, received.seq, received.time, packet) {
            Inserted::TooLong => (Media::Unreadable, event),
            _ => (Media::Taken, event),
        }
    }

    /// A packet came again, in the stream that is for this (RFC 4588). It belongs to whoever is being received; that
    /// stream's own source is the first that was heard, until it is quiet.
    fn repaired(&mut self, now: Instant, packet: &Packet<'_>) -> Media {
        let Some(ssrc) = self.stream.remote() else { return Media::OtherSource };
        match self.repairer {
            Some(known)
                if known.of == ssrc && known.ssrc != packet.ssrc() && now.since(known.heard) < QUIET =>
            {
                return Media::OtherSource;
            }
            _ => self.repairer = Some(Repairer { of: ssrc, ssrc: packet.ssrc(), heard: now }),
        }
        let original = rtx::Stream { ssrc, payload_type: self.stream.payload_type() };
        let len = match rtx::unwrap(packet, original, &mut self.original) {
            Ok(Unwrapped::Original(len)) => len,
            Ok(Unwrapped::Probe) => return Media::Taken,
            Err(_) => return Media::Unreadable,
        };
        let Ok(packet) = Packet::parse(&self.original[..len]) else { return Media::Unreadable };
        let Some((seq, time)) = self.stream.repaired(packet.seq(), packet.timestamp()) else {
            return Media::OtherSource;
        };
        match self.receiver.insert(now, seq, time, &packet) {
            Inserted::TooLong => Media::Unreadable,
            _ => Media::Taken,
        }
    }

    /// What to ask for again now.
    pub(crate) fn missing(&mut self, now: Instant, round_trip: Option<Duration>) -> Missing {
        let round_trip = round_trip.unwrap_or(ROUND_TRIP);
        Missing::collect(|| self.receiver.poll_retransmit(now, round_trip))
    }
}
