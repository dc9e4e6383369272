//! From wrapping wire numbers to 64 bits, once, at the edge.

use crate::{ClockRate, MediaTime, Seq, SeqNo, Timestamp};

/// Unwraps the sequence numbers and timestamps of one RTP stream.
///
/// Each wire number becomes the 64-bit number nearest to the newest one so far that ends in those bits. The
/// first becomes itself plus one whole cycle, so that packets which were overtaken by the first one have
/// smaller numbers too.
///
/// A number far from all before it (a stray or forged packet, or a sender that started afresh) is unwrapped
/// but does not move the reference until the next packet of its neighbourhood confirms it, the probation of
/// RFC 3550, appendix A.1: one packet cannot shift a stream by a cycle.
#[derive(Clone, Debug)]
pub struct Unwrap {
    rate: ClockRate,
    seq: Wrapping<16>,
    time: Wrapping<32>,
}

impl Unwrap {
    /// For one stream whose timestamps tick at `rate`.
    #[must_use]
    pub const fn new(rate: ClockRate) -> Self {
        // MAX_DROPOUT of RFC 3550, appendix A.1; for timestamps about three minutes of video clock, so that an
        // ordinary silence needs no confirmation.
        Self { rate, seq: Wrapping::new(3_000), time: Wrapping::new(1 << 24) }
    }

    /// The full sequence number of the packet that carries `wire`.
    pub fn seq(&mut self, wire: Seq) -> SeqNo {
        SeqNo::new(self.seq.unwrap(u64::from(wire.0)))
    }

    /// The media time of the packet that carries `wire`.
    pub fn time(&mut self, wire: Timestamp) -> MediaTime {
        MediaTime::new(self.time.unwrap(u64::from(wire.0)), self.rate)
    }

    /// The full number nearest to the newest one so far that ends in `wire`, without learning from it: for a packet
    /// that came by another way than the stream, such as a retransmission. `None` before the first packet.
    #[must_use]
    pub fn nearest_seq(&self, wire: Seq) -> Option<SeqNo> {
        Some(SeqNo::new(Wrapping::<16>::nearest(self.seq.newest?, u64::from(wire.0))))
    }

    /// The media time nearest to the newest one so far that ends in `wire`, without learning from it: for a
    /// timestamp that came by another way than a packet of the stream. `None` before the first packet.
    #[must_use]
    pub fn nearest_time(&self, wire: Timestamp) -> Option<MediaTime> {
        let newest = self.time.newest?;
        Some(MediaTime::new(Wrapping::<32>::nearest(newest, u64::from(wire.0)), self.rate))
    }
}

/// A counter of `BITS` bits.
#[derive(Clone, Debug)]
struct Wrapping<const BITS: u32> {
    newest: Option<u64>,
    suspect: Option<u64>,
    near: u64,
}

impl<const BITS: u32> Wrapping<BITS> {
    const CYCLE: u64 = 1 << BITS;

    const fn new(near: u64) -> Self {
        Self { newest: None, suspect: None, near }
    }

    fn unwrap(&mut self, wire: u64) -> u64 {
        let Some(newest) = self.newest else {
            let first = wire + Self::CYCLE;
            self.newest = Some(first);
            return first;
        };
        let full = Self::nearest(newest, wire);
        if full.abs_diff(newest) <= self.near {
            self.newest = Some(full.max(newest));
            self.suspect = None;
        } else if self.suspect.is_some_and(|suspect| full.abs_diff(suspect) <= self.near) {
            self.newest = Some(full);
            self.suspect = None;
        } else {
            self.suspect = Some(full);
        }
        full
    }

    /// The number nearest to `newest` whose low bits are `wire`; at equal distance the later one.
    fn nearest(newest: u64, wire: u64) -> u64 {
        let ahead = wire.wrapping_sub(newest) & (Self::CYCLE - 1);
        if ahead <= Self::CYCLE / 2 {
            newest.saturating_add(ahead)
        } else {
            // Before the stream's zero there is nothing: such a number is a cycle ahead after all.
            let behind = Self::CYCLE - ahead;
            newest.checked_sub(behind).unwrap_or_else(|| newest.saturating_add(ahead))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seqs(wire: &[u16]) -> alloc::vec::Vec<u64> {
        let mut unwrap = Unwrap::new(ClockRate::HZ_48000);
        wire.iter().map(|&seq| unwrap.seq(Seq(seq)).get()).collect()
    }

    const CYCLE: u64 = 1 << 16;

    #[test]
    fn order_survives_the_wrap_in_both_directions() {
        assert_eq!(
            seqs(&[65_534, 0, 65_535, 1, 65_533]),
            [2 * CYCLE - 2, 2 * CYCLE, 2 * CYCLE - 1, 2 * CYCLE + 1, 2 * CYCLE - 3]
        );
    }

    #[test]
    fn packets_overtaken_by_the_first_come_before_it() {
        assert_eq!(seqs(&[0, 65_535, 1]), [CYCLE, CYCLE - 1, CYCLE + 1]);
    }

    #[test]
    fn many_cycles_count_up() {
        let wire: alloc::vec::Vec<u16> = (0..300_000_u32).map(|seq| seq as u16).collect();
        let full = seqs(&wire);
        assert!(full.windows(2).all(|pair| pair[1] == pair[0] + 1));
    }

    #[test]
    fn stray_packets_do_not_shift_the_stream() {
        // Each stray alone would pull a naive reference half a cycle further.
        assert_eq!(seqs(&[10, 30_000, 11, 60_000, 12]).last(), Some(&(CYCLE + 12)));
        let mut unwrap = Unwrap::new(ClockRate::HZ_48000);
        let first = unwrap.time(Timestamp(960));
        unwrap.time(Timestamp(0x7000_0000));
        unwrap.time(Timestamp(0xe000_0000));
        assert_eq!(unwrap.time(Timestamp(1_920)).ticks(), first.ticks() + 960);
    }

    #[test]
    fn a_restarted_sender_is_followed_from_its_second_packet() {
        let full = seqs(&[10, 40_000, 40_001, 40_002]);
        assert!(full.windows(2).skip(1).all(|pair| pair[1] == pair[0] + 1), "{full:?}");
        // From here on the new numbers are the reference.
        let full = seqs(&[10, 20_000, 20_001, 52_000, 52_001]);
        assert_eq!(full[4] - full[2], 32_000);
    }

    #[test]
    fn asking_for_the_nearest_number_changes_nothing() {
        let mut unwrap = Unwrap::new(ClockRate::HZ_48000);
        assert_eq!(unwrap.nearest_seq(Seq(0)), None);
        let first = unwrap.seq(Seq(65_535));
        assert_eq!(unwrap.nearest_seq(Seq(0)), Some(first.next()));
        assert_eq!(unwrap.nearest_seq(Seq(40_000)), Some(SeqNo::new(first.get() - 25_535)));
        assert_eq!(unwrap.seq(Seq(0)), first.next());
    }

    #[test]
    fn asking_for_the_nearest_time_changes_nothing() {
        let mut unwrap = Unwrap::new(ClockRate::HZ_48000);
        assert_eq!(unwrap.nearest_time(Timestamp(0)), None);
        let first = unwrap.time(Timestamp(u32::MAX - 959));
        let after = unwrap.nearest_time(Timestamp(0)).unwrap();
        assert_eq!(after.ticks(), first.ticks() + 960);
        let before = unwrap.nearest_time(Timestamp(u32::MAX - 1_919)).unwrap();
        assert_eq!(before.ticks(), first.ticks() - 960);
        for far in [0x7000_0000, 0x7000_0001, 0x7000_0002] {
            assert!(unwrap.nearest_time(Timestamp(far)).is_some());
        }
        assert_eq!(unwrap.time(Timestamp(0)).ticks(), first.ticks() + 960);
    }

    #[test]
    fn a_long_silence_keeps_its_length() {
        let mut unwrap = Unwrap::new(ClockRate::HZ_48000);
        let before = unwrap.time(Timestamp(u32::MAX - 959));
        let after = unwrap.time(Timestamp(48_000 * 60));
        assert_eq!(after.ticks() - before.ticks(), 960 + 48_000 * 60);
    }
}
