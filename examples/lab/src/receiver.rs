//! From datagrams to a receiver of sound.

use crate::recording::Recording;
use core::fmt;
use moim_media::codec::CodecError;
use moim_media::{ClockRate, Instant, MediaTime, SeqNo, Unwrap};
use moim_playout::{AudioReceiver, Inserted};
use moim_rtp::red::{Numbering, recover};
use moim_rtp::{Packet, PayloadType, Ssrc, is_rtcp};
use std::collections::BTreeMap;

/// What the payload types stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadTypes {
    /// Opus (RFC 7587).
    pub opus: PayloadType,
    /// Redundant Opus (RFC 2198).
    pub red: PayloadType,
}

impl PayloadTypes {
    fn has(self, payload_type: PayloadType) -> bool {
        payload_type == self.opus || payload_type == self.red
    }
}

/// Why no source of a recording can be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Nothing in it looks like RTP.
    #[error("there is no packet of RTP in it")]
    NoRtp,
    /// No packet has a payload type that was asked for.
    #[error("no packet{} has payload type {} (Opus) or {} (RED); there are {census}: name them with --opus-pt and --red-pt",
        of(*ssrc), payload_types.opus.get(), payload_types.red.get())]
    NoSound {
        /// The source asked for.
        ssrc: Option<Ssrc>,
        /// What was asked for.
        payload_types: PayloadTypes,
        /// What there is.
        census: Census,
    },
}

fn of(ssrc: Option<Ssrc>) -> String {
    ssrc.map_or(String::new(), |ssrc| format!(" of source {ssrc:?}"))
}

/// How many packets there are of each source and payload type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census(BTreeMap<(Ssrc, PayloadType), u64>);

impl Census {
    /// Counts the packets of RTP in `recording`.
    #[must_use]
    pub fn of(recording: &Recording) -> Self {
        let mut census = Self::default();
        let datagrams = recording.arrivals().map(|arrival| arrival.datagram);
        let packets = datagrams.filter(|datagram| !is_rtcp(datagram)).map(Packet::parse);
        for packet in packets.flatten() {
            *census.0.entry((packet.ssrc(), packet.payload_type())).or_default() += 1;
        }
        census
    }

    /// The source with most packets of sound, or `wanted` if it has any.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn choose(self, wanted: Option<Ssrc>, payload_types: PayloadTypes) -> Result<Ssrc, SourceError> {
        let mut packets: BTreeMap<Ssrc, u64> = BTreeMap::new();
        for (&(ssrc, payload_type), count) in &self.0 {
            if payload_types.has(payload_type) && wanted.is_none_or(|wanted| wanted == ssrc) {
                *packets.entry(ssrc).or_default() += count;
            }
        }
        // Of equals the first number, whatever their order in the recording.
        match packets.iter().rev().max_by_key(|&(_, count)| count) {
            Some((&ssrc, _)) => Ok(ssrc),
            None if self.0.is_empty() => Err(SourceError::NoRtp),
            None => Err(SourceError::NoSound { ssrc: wanted, payload_types, census: self }),
        }
    }
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, ((ssrc, payload_type), count)) in self.0.iter().enumerate() {
            let comma = if n > 0 { ", " } else { "" };
            write!(f, "{comma}{count} of type {} from {ssrc:?}", payload_type.get())?;
        }
        Ok(())
    }
}

/// Takes the packets of one source apart, and gives their sound to an [`AudioReceiver`].
#[derive(Debug)]
pub struct Receiver {
    source: Ssrc,
    payload_types: PayloadTypes,
    unwrap: Unwrap,
    playout: Box<dyn AudioReceiver>,
}

/// A packet of sound that came.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// Its number.
    pub seq: SeqNo,
    /// Where its sound begins.
    pub time: MediaTime,
    /// What became of it.
    pub inserted: Result<Inserted, CodecError>,
}

impl Receiver {
    /// A receiver of what `source` sends.
    #[must_use]
    pub fn new(source: Ssrc, payload_types: PayloadTypes, playout: Box<dyn AudioReceiver>) -> Self {
        Self { source, payload_types, unwrap: Unwrap::new(ClockRate::HZ_48000), playout }
    }

    /// Takes in what came at `now`; what is not of the source, or no sound, is passed over.
    pub fn receive(&mut self, now: Instant, datagram: &[u8]) -> Option<Received> {
        let packet = Packet::parse(datagram).ok()?;
        let payload_type = packet.payload_type();
        if packet.ssrc() != self.source || !self.payload_types.has(payload_type) || is_rtcp(datagram) {
            return None;
        }
        let (seq, time) = (self.unwrap.seq(packet.seq()), self.unwrap.time(packet.timestamp()));
        if payload_type == self.payload_types.opus {
            let inserted = self.playout.insert(now, seq, time, packet.payload());
            return Some(Received { seq, time, inserted });
        }
        let mut inserted = Err(CodecError::Corrupt);
        let blocks = recover(&packet, Numbering::Consecutive).ok()?;
        for block in blocks.filter(|block| block.payload_type == self.payload_types.opus) {
            let Some(time) = self.unwrap.nearest_time(block.timestamp) else { continue };
            // A sender that starts afresh, again and again, may come down to where there is nothing before.
            let Some(number) = seq.get().checked_sub(block.distance.into()) else { continue };
            let seq = SeqNo::new(number);
            // The primary comes last.
            inserted = if block.distance == 0 {
                self.playout.insert(now, seq, time, block.payload)
            } else {
                self.playout.insert_copy(now, seq, time, block.payload)
            };
        }
        Some(Received { seq, time, inserted })
    }

    /// Whoever makes sound of it.
    #[must_use]
    pub fn playout(&self) -> &dyn AudioReceiver {
        &*self.playout
    }

    /// The sound to be heard from `now` on.
    pub fn pull(&mut self, now: Instant, out: &mut [f32]) -> moim_playout::Produced {
        self.playout.pull(now, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use moim_media::{Seq, Timestamp};
    use moim_opus::{Decoder, DecoderConfig};
    use moim_rtp::{Header, PacketBuilder};

    #[test]
    fn before_the_first_number_there_is_no_copy() {
        let [opus, red] = [111, 63].map(|number| PayloadType::new(number).unwrap());
        let playout = Policy::default().receiver(Decoder::new(DecoderConfig::default()).unwrap()).unwrap();
        let mut receiver = Receiver::new(Ssrc(1), PayloadTypes { opus, red }, playout);
        // Twice half a cycle back, confirmed each time: down to the zero of unwrapped numbers.
        for seq in [100, 33_636, 33_637, 1_700, 1_701, 0] {
            // One silent frame, 960 ticks earlier, and one now.
            let payload = [0x80 | 111, 0x0f, 0x00, 0x01, 111, 0x78, 0x78];
            let header = Header {
                marker: false,
                payload_type: red,
                seq: Seq(seq),
                timestamp: Timestamp(0),
                ssrc: Ssrc(1),
            };
            let mut datagram = [0; 19];
            PacketBuilder::new(header).write(&[&payload], &mut datagram).unwrap();
            let received = receiver.receive(Instant::from_millis(1_000), &datagram).unwrap();
            assert!(received.inserted.is_ok(), "{received:?}");
        }
    }
}
