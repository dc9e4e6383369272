//! One stream out of several: the numbers and times of packets that a subscriber gets.

use moim_media::{ClockRate, Instant, Seq, SeqNo, Timestamp};

/// How many packets back it is known which were left out.
const REMEMBERED: u64 = 128;

/// Numbers the packets that one subscriber gets, so that it sees one stream without a break: whichever source they come
/// from, and whatever is left out on purpose.
///
/// Every packet of the source goes either to [`forward`](Self::forward) or to [`leave_out`](Self::leave_out), in
/// whatever order they come. What the network lost keeps its gap, so that the subscriber can ask for it. Nothing is
/// allocated.
#[derive(Clone, Debug)]
pub struct Numbering {
    rate: ClockRate,
    /// The present source; `None` until its first packet.
    source: Option<Source>,
    /// The newest packet that was forwarded, of any source.
    newest: Option<Forwarded>,
}

#[derive(Clone, Copy, Debug)]
struct Source {
    /// Its newest packet, and the number that this has for the subscriber – or had if it was not left out.
    newest: SeqNo,
    number: u64,
    /// Bit n: the packet n before the newest was left out.
    left_out: u128,
    /// The first packet: what is before it is of no use to who begins there.
    first: SeqNo,
    /// From its timestamps to the subscriber's.
    shift: u32,
}

#[derive(Clone, Copy, Debug)]
struct Forwarded {
    number: u64,
    timestamp: Timestamp,
    at: Instant,
}

impl Numbering {
    /// For a stream whose timestamps count at `rate`. The first packet keeps its number and its time.
    #[must_use]
    pub const fn new(rate: ClockRate) -> Self {
        Self { rate, source: None, newest: None }
    }

    /// What comes next is of another source, or of the same one after a pause: it goes on behind the newest packet
    /// forwarded, in number and, by the time that passes until then, in media time.
    pub const fn switch(&mut self) {
        self.source = None;
    }

    /// The number and time under which the packet `seq`, forwarded at `now`, goes on; `None` for one that was left out,
    /// or is from before this source began, or so old that this cannot be told.
    #[must_use]
    pub fn forward(&mut self, now: Instant, seq: SeqNo, timestamp: Timestamp) -> Option<(Seq, Timestamp)> {
        let Some(source) = &mut self.source else {
            let source = self.begin(now, seq, timestamp);
            return Some(self.sent(now, source.number, Timestamp(timestamp.0.wrapping_add(source.shift))));
        };
        let number = source.place(seq)?;
        let timestamp = Timestamp(timestamp.0.wrapping_add(source.shift));
        Some(self.sent(now, number, timestamp))
    }

    /// Takes note that the packet `seq` is not forwarded: those behind it close the gap.
    pub fn leave_out(&mut self, seq: SeqNo) {
        let Some(source) = &mut self.source else { return };
        if seq > source.newest {
            source.advance(seq);
            source.left_out |= 1;
            source.number -= 1;
        }
    }

    /// Which packet of the present source went on under `number`, that the subscriber asks for again; `None` when it
    /// was of another source, or is too old.
    #[must_use]
    pub fn source_of(&self, number: Seq) -> Option<SeqNo> {
        let source = self.source.as_ref()?;
        let behind = u64::from((source.number as u16).wrapping_sub(number.0));
        let mut given = 0;
        (0..REMEMBERED).map(|back| (back, source.left_out >> back & 1 == 0)).find_map(|(back, sent)| {
            let this = sent && given == behind;
            given += u64::from(sent);
            let seq = SeqNo::new(source.newest.get().checked_sub(back)?);
            (this && seq >= source.first).then_some(seq)
        })
    }

    fn begin(&mut self, now: Instant, seq: SeqNo, timestamp: Timestamp) -> Source {
        let (number, shift) = match self.newest {
            None => (seq.get(), 0),
            Some(newest) => {
                // A receiver plays by timestamps: no time between would be no time at all.
                let passed = self.rate.ticks(now.since(newest.at)).max(1) as u32;
                let time = newest.timestamp.0.wrapping_add(passed);
                (newest.number + 1, time.wrapping_sub(timestamp.0))
            }
        };
        let source = Source { newest: seq, number, left_out: 0, first: seq, shift };
        self.source = Some(source);
        source
    }

    fn sent(&mut self, now: Instant, number: u64, timestamp: Timestamp) -> (Seq, Timestamp) {
        if self.newest.is_none_or(|newest| number > newest.number) {
            self.newest = Some(Forwarded { number, timestamp, at: now });
        }
        (Seq(number as u16), timestamp)
    }
}

impl Source {
    fn place(&mut self, seq: SeqNo) -> Option<u64> {
        if seq > self.newest {
            self.advance(seq);
            return Some(self.number);
        }
        let behind = self.newest.since(seq);
        if seq < self.first || behind >= REMEMBERED || self.left_out >> behind & 1 != 0 {
            return None;
        }
        let newer = self.left_out & ((1 << behind) - 1);
        Some(self.number - (behind - u64::from(newer.count_ones())))
    }

    /// Makes `seq` the newest.
    fn advance(&mut self, seq: SeqNo) {
        let ahead = seq.since(self.newest);
        self.left_out = u32::try_from(ahead).ok().and_then(|by| self.left_out.checked_shl(by)).unwrap_or(0);
        self.number += ahead;
        self.newest = seq;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(5_000 + millis)
    }

    struct Subscriber(Numbering);

    impl Subscriber {
        fn new() -> Self {
            Self(Numbering::new(ClockRate::HZ_90000))
        }

        /// Of a picture every 20 ms in one packet, with its own time.
        fn forward(&mut self, seq: u64) -> Option<(u16, u32)> {
            let sent = self.0.forward(at(20 * seq), SeqNo::new(seq), Timestamp(1_800 * seq as u32));
            sent.map(|(number, timestamp)| (number.0, timestamp.0))
        }
    }

    #[test]
    fn the_first_source_keeps_its_numbers() {
        let mut subscriber = Subscriber::new();
        assert_eq!(subscriber.forward(70_000), Some((4_464, 126_000_000)));
        assert_eq!(subscriber.forward(70_002), Some((4_466, 126_003_600)));
        assert_eq!(subscriber.forward(70_001), Some((4_465, 126_001_800)), "late, in its place");
        assert_eq!(subscriber.forward(69_999), None, "of no use");
    }

    #[test]
    fn what_is_left_out_leaves_no_gap_and_what_is_lost_does() {
        let mut subscriber = Subscriber::new();
        assert_eq!(subscriber.forward(10).unwrap().0, 10);
        subscriber.0.leave_out(SeqNo::new(11));
        subscriber.0.leave_out(SeqNo::new(12));
        assert_eq!(subscriber.forward(13).unwrap().0, 11);
        // 14 is lost.
        assert_eq!(subscriber.forward(15).unwrap().0, 13);
        assert_eq!(subscriber.forward(12), None, "it was left out");
        assert_eq!(subscriber.0.source_of(Seq(12)), Some(SeqNo::new(14)));
        assert_eq!(subscriber.0.source_of(Seq(11)), Some(SeqNo::new(13)));
        assert_eq!(subscriber.0.source_of(Seq(10)), Some(SeqNo::new(10)));
        assert_eq!(subscriber.0.source_of(Seq(9)), None);
        assert_eq!(subscriber.forward(14).unwrap().0, 12);
    }

    #[test]
    fn another_source_goes_on_in_number_and_time() {
        let mut subscriber = Subscriber::new();
        for seq in 100..105 {
            assert!(subscriber.forward(seq).is_some());
        }
        subscriber.0.switch();
        // 104 was sent at 2080 ms. The other source counts and dates otherwise.
        let went = subscriber.0.forward(at(2_130), SeqNo::new(9), Timestamp(u32::MAX)).unwrap();
        assert_eq!(went, (Seq(105), Timestamp(104 * 1_800 + 50 * 90)));
        let next = subscriber.0.forward(at(2_150), SeqNo::new(10), Timestamp(1_799)).unwrap();
        assert_eq!(next, (Seq(106), Timestamp(104 * 1_800 + 70 * 90)));
        assert_eq!(subscriber.0.source_of(Seq(104)), None, "of the other source");
    }

    #[test]
    fn a_switch_at_once_still_moves_on() {
        let mut subscriber = Subscriber::new();
        let (number, time) = subscriber.forward(1).unwrap();
        subscriber.0.switch();
        let (next, later) = subscriber.0.forward(at(20), SeqNo::new(50), Timestamp(7)).unwrap();
        assert_eq!((next.0, later.0), (number + 1, time + 1));
    }
}
