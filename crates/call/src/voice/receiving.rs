//! From a packet to the loudspeaker.

use crate::Event;
use crate::incoming::Incoming;
use crate::reporting::{Missing, ROUND_TRIP};
use core::time::Duration;
use moim_media::Instant;
use moim_playout::{AudioReceiver, Inserted};
use moim_rtp::Packet;
use moim_rtp::payload::{Depayloader, Extent, Piece};

/// The longest unit that is put together; no sound codec makes a longer one (RFC 6716, section 3.4, R5).
const LONGEST_UNIT: usize = 8_192;

/// The far side's voice.
pub(crate) struct VoiceReceiving {
    pub(crate) stream: Incoming,
    pub(crate) receiver: Box<dyn AudioReceiver + Send>,
    depayloader: Box<dyn Depayloader + Send>,
    unit: Vec<u8>,
}

/// What a packet was good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Taken,
    /// Of a source that is not the far side's.
    OtherSource,
    /// Of the right format and source, but not readable.
    Unreadable,
}

impl VoiceReceiving {
    pub(crate) fn new(
        stream: Incoming,
        depayloader: Box<dyn Depayloader + Send>,
        receiver: Box<dyn AudioReceiver + Send>,
    ) -> Self {
        Self { stream, receiver, depayloader, unit: Vec::with_capacity(LONGEST_UNIT) }
    }

    /// A packet came.
    pub(crate) fn media(&mut self, now: Instant, packet: &Packet<'_>) -> (Media, Option<Event>) {
        let Some((received, event)) = self.stream.receive(now, packet) else {
            return (Media::OtherSource, None);
        };
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
        let finished = self.depayloader.finish(&mut self.unit);
        self.unit.truncate(finished);
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

    /// What to ask for again now.
    pub(crate) fn missing(&mut self, now: Instant, round_trip: Option<Duration>) -> Missing {
        let round_trip = round_trip.unwrap_or(ROUND_TRIP);
        Missing::collect(|| self.receiver.poll_retransmit(now, round_trip))
    }
}
