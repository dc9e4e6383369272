//! Does a packet belong to the stream, or has the sender started afresh?

use super::Timeline;
use crate::{Instant, MediaTime, SeqNo};
use core::time::Duration;

/// MAX_DROPOUT of RFC 3550, appendix A.1, as much backwards as forwards: about a minute of 20 ms packets.
const FAR_IN_SEQUENCE: u64 = 3_000;
/// Media time that jumps further than any stall lasts.
const FAR_IN_TIME: Duration = Duration::from_secs(10);

/// What a packet is to the stream so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// It continues the stream.
    Here,
    /// It does not; the next packet will tell.
    Unclear,
    /// It and the one before it begin another stream.
    Elsewhere,
}

/// The probation of RFC 3550, appendix A.1: one stray packet is dropped, two that fit each other are a restart.
#[derive(Clone, Copy, Debug, Default)]
pub struct Continuity {
    last: Option<Numbers>,
    suspect: Option<Numbers>,
}

/// What a packet is numbered with, and when it came.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    at: Instant,
    seq: SeqNo,
    time: MediaTime,
}

impl Continuity {
    /// What the packet `seq` of media time `time` is, which came at `at`.
    pub fn judge(&mut self, at: Instant, seq: SeqNo, time: MediaTime) -> Belongs {
        let packet = Numbers { at, seq, time };
        if self.last.is_none_or(|last| packet.is_near(last)) {
            self.last = Some(packet);
            self.suspect = None;
            return Belongs::Here;
        }
        if self.suspect.is_some_and(|suspect| packet.is_near(suspect) && seq != suspect.seq) {
            self.last = Some(packet);
            self.suspect = None;
            return Belongs::Elsewhere;
        }
        self.suspect = Some(packet);
        Belongs::Unclear
    }
}

impl Numbers {
    fn is_near(self, other: Self) -> bool {
        // The timeline begins at the other packet, so that no distance is too great for it.
        let timeline = Timeline::new(other.time);
        let (transit, before) =
            (timeline.transit(self.at, self.time), timeline.transit(other.at, other.time));
        self.seq.get().abs_diff(other.seq.get()) < FAR_IN_SEQUENCE
            && transit.over(before).max(before.over(transit)) < FAR_IN_TIME
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClockRate;
    use std::vec::Vec;

    /// Judges packets with these numbers and media times in ms, which all come at once.
    fn judge(packets: &[(u64, u64)]) -> Vec<Belongs> {
        let mut continuity = Continuity::default();
        packets
            .iter()
            .map(|&(seq, ms)| {
                let time = MediaTime::new(48 * ms, ClockRate::HZ_48000);
                continuity.judge(Instant::from_millis(1_000), SeqNo::new(seq), time)
            })
            .collect()
    }

    #[test]
    fn a_stray_packet_is_passed_over() {
        let stray = judge(&[(100, 0), (40_000, 0), (101, 0), (102, 90_000), (103, 0)]);
        assert_eq!(stray, [Belongs::Here, Belongs::Unclear, Belongs::Here, Belongs::Unclear, Belongs::Here]);
    }

    #[test]
    fn a_stray_packet_sent_twice_restarts_nothing() {
        assert_eq!(judge(&[(100, 0), (40_000, 0), (40_000, 0)])[2], Belongs::Unclear);
    }

    #[test]
    fn a_restart_is_confirmed_by_its_second_packet() {
        assert_eq!(judge(&[(100, 0), (40_000, 7), (40_001, 8)])[2], Belongs::Elsewhere);
        assert_eq!(judge(&[(100, 0), (101, 80_000), (102, 80_001)])[2], Belongs::Elsewhere);
    }
}
