//! What each packet tells of the path, and of those that are missing before it.

use super::JitterBuffer;
use crate::policy::{Arrival, DelayPolicy, Observation, Repair};
use moim_media::codec::{Activity, PacketInfo};
use moim_media::transit::Transit;
use moim_media::{Instant, MediaTime, SeqNo};

/// No redundancy reaches further back than this many packets.
pub(super) const LONGEST_REACH: u64 = 64;

/// The packet with the highest sequence number so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newest {
    pub(super) seq: SeqNo,
    pub(super) time: MediaTime,
    pub(super) info: PacketInfo,
    pub(super) at: Instant,
    pub(super) transit: Transit,
}

impl<P: DelayPolicy> JitterBuffer<P> {
    /// Updates what is known of the network.
    pub(super) fn learn(&mut self, packet: Newest) {
        let content = packet.info.content;
        let arrival = Arrival { at: packet.at, time: packet.time, transit: packet.transit, content };
        if self.losses.came(packet.seq) {
            // An answer to a request says nothing about the jitter of the path.
            self.stats.recovered += u64::from(!self.playing.is_past(packet.seq));
            let (at, transit) = (packet.at, packet.transit);
            self.target.observe(Observation::Repaired { at, transit, by: Repair::Copy });
            return;
        }
        self.target.observe(Observation::Arrived(arrival));
        self.drift.record(packet.at, packet.transit);
        self.advance(packet);
    }

    /// As [`learn`](Self::learn), from a packet that came inside of another.
    pub(super) fn learn_copy(&mut self, packet: Newest) {
        let _ = self.losses.came(packet.seq);
        let (at, transit) = (packet.at, packet.transit);
        self.target.observe(Observation::Repaired { at, transit, by: Repair::Copy });
        self.advance(packet);
    }

    /// Keeps the newest packet, and notes what is missing before it.
    fn advance(&mut self, packet: Newest) {
        let Some(last) = self.newest else {
            self.newest = Some(packet);
            return;
        };
        if packet.seq <= last.seq {
            return;
        }
        if last.info.activity == Activity::Active {
            self.learn_gap(last, packet);
        }
        self.newest = Some(packet);
    }

    fn learn_gap(&mut self, last: Newest, packet: Newest) {
        let lost = packet.seq.since(last.seq) - 1;
        self.losses.gap(packet.at, (last.seq, last.time), (packet.seq, packet.time));
        let missing = packet.time.since(last.time + last.info.duration);
        let reach = packet.info.fec.max(packet.info.redundancy).min(missing);
        // All packets of a gap are taken to be as long as those around it.
        let frame = missing / u32::try_from(lost.max(1)).unwrap_or(u32::MAX);
        let mut repaired = 0;
        if !frame.is_zero() {
            for back in (1..=lost.min(LONGEST_REACH)).map(|back| frame * back as u32) {
                let by = if back <= packet.info.fec { Repair::InBand } else { Repair::Deep };
                if back <= reach {
                    let transit = packet.transit.plus(back);
                    self.target.observe(Observation::Repaired { at: packet.at, transit, by });
                    repaired += 1;
                }
            }
        }
        let for_good = (lost - repaired).min(self.slots.capacity() as u64);
        if for_good > 0 {
            self.target.observe(Observation::Lost { at: packet.at, frames: for_good as u32 });
        }
    }
}
