//! Does a packet belong to the stream, or has the sender started afresh?

use crate::timeline::Transit;
use moim_media::SeqNo;

/// MAX_DROPOUT of RFC 3550, appendix A.1, as much backwards as forwards: about a minute of 20 ms packets.
const FAR_IN_SEQUENCE: u64 = 3_000;
/// Media time that jumps further than any stall lasts, in ms.
const FAR_IN_TIME: f32 = 10_000.0;

/// What a packet is to the stream so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Belongs {
    /// It continues the stream.
    Here,
    /// It does not; the next packet will tell.
    Unclear,
    /// It and the one before it begin another stream.
    Elsewhere,
}

/// The probation of RFC 3550, appendix A.1: one stray packet is dropped, two that fit each other are a restart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Continuity {
    last: Option<(SeqNo, Transit)>,
    suspect: Option<(SeqNo, Transit)>,
}

impl Continuity {
    pub(crate) fn judge(&mut self, seq: SeqNo, transit: Transit) -> Belongs {
        let packet = (seq, transit);
        if self.last.is_none_or(|last| near(packet, last)) {
            self.last = Some(packet);
            self.suspect = None;
            return Belongs::Here;
        }
        if self.suspect.is_some_and(|suspect| near(packet, suspect) && seq != suspect.0) {
            self.last = Some(packet);
            self.suspect = None;
            return Belongs::Elsewhere;
        }
        self.suspect = Some(packet);
        Belongs::Unclear
    }
}

fn near(a: (SeqNo, Transit), b: (SeqNo, Transit)) -> bool {
    a.0.get().abs_diff(b.0.get()) < FAR_IN_SEQUENCE && a.1.millis_over(b.1).abs() < FAR_IN_TIME
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::NANOS_PER_MILLI;

    fn judge(packets: &[(u64, i64)]) -> Vec<Belongs> {
        let mut continuity = Continuity::default();
        packets
            .iter()
            .map(|&(seq, ms)| continuity.judge(SeqNo::new(seq), Transit(ms * NANOS_PER_MILLI)))
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
