//! What to ask the sender for again, and when it is worth it (RFC 4585, section 6.2.1, generic NACK).

use crate::Retransmit;
use crate::reordering::Reordering;
use core::time::Duration;
use moim_media::{Instant, MediaTime, SeqNo};

/// Gaps longer than this are an outage: asking for all of it would only add to the congestion.
const LONGEST_GAP: u64 = 128;
/// The same for what is only heard of.
const LONGEST_HEARSAY: u64 = 16;
/// Losses kept in mind at a time.
const CAPACITY: usize = 256;
/// What an answer may take beyond the round trip.
const SHORTEST_WAIT: Duration = Duration::from_millis(20);

/// A packet that is missing and may still come.
#[derive(Clone, Copy, Debug)]
struct Loss {
    seq: SeqNo,
    /// The media time of the packet behind the gap: its own is this at most.
    time: MediaTime,
    noticed: Instant,
    ask_at: Instant,
    asked: Asked,
    /// Round trips that were waited for an answer.
    rounds: u32,
    asks_left: u32,
    /// When the answer to the last request is no longer to be expected.
    answered_by: Instant,
    known_by: Known,
}

/// How a loss came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// A later packet of the stream came.
    Gap,
    /// Packets of the transport are missing that must be of this stream, or were of none that counts.
    Hearsay,
}

/// How far the asking has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    No,
    /// For the first time at this instant.
    Once(Instant),
    /// Several times, first at this instant.
    Again(Instant),
}

impl Loss {
    fn first_asked(&self) -> Option<Instant> {
        match self.asked {
            Asked::No => None,
            Asked::Once(at) | Asked::Again(at) => Some(at),
        }
    }

    fn is_spent(&self, now: Instant) -> bool {
        self.asks_left == 0 && self.answered_by <= now
    }
}

/// Why a packet came that was missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// It was not missing, or no longer expected.
    Unasked,
    /// It had been asked for.
    Repaired,
}

/// The packets that are missing and may still come.
#[derive(Clone, Debug)]
pub(crate) struct Losses {
    config: Option<Retransmit>,
    losses: Vec<Loss>,
    reordering: Reordering,
    /// The last that was heard of.
    round_trip: Duration,
    /// The newest packet that is missing and will not be asked for.
    given_up: Option<SeqNo>,
}

impl Losses {
    pub(crate) fn new(config: Option<Retransmit>) -> Self {
        Self {
            config,
            losses: Vec::with_capacity(CAPACITY),
            reordering: Reordering::new(config.map_or(Duration::ZERO, |config| config.patience)),
            round_trip: Duration::ZERO,
            given_up: None,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.losses.clear();
        self.given_up = None;
    }

    /// Everything before `floor` is of no use any more.
    pub(crate) fn forget_before(&mut self, floor: SeqNo) {
        self.losses.retain(|loss| loss.seq >= floor);
        self.given_up = self.given_up.filter(|&seq| seq >= floor);
    }

    /// The packet `next`, of media time `time`, is newer than all before; the newest so far was `last`.
    pub(crate) fn gap(&mut self, now: Instant, last: SeqNo, next: SeqNo, time: MediaTime) {
        let missing = next.since(last).saturating_sub(1);
        if missing == 0 {
            return;
        }
        let Some(config) = self.config.filter(|_| missing <= LONGEST_GAP) else {
            self.given_up = Some(last + missing);
            return;
        };
        for step in 1..=missing {
            self.miss(now, last + step, time, config, Known::Gap);
        }
    }

    /// `count` packets behind `last`, the newest, of media time `time`, were sent and have not come, as far as others
    /// tell.
    pub(crate) fn hear(&mut self, now: Instant, last: SeqNo, count: u64, time: MediaTime) {
        let Some(config) = self.config.filter(|_| count <= LONGEST_HEARSAY) else { return };
        for step in 1..=count {
            self.miss(now, last + step, time, config, Known::Hearsay);
        }
    }

    fn miss(&mut self, now: Instant, seq: SeqNo, time: MediaTime, config: Retransmit, known_by: Known) {
        if let Some(loss) = self.losses.iter_mut().find(|loss| loss.seq == seq) {
            if known_by == Known::Gap {
                (loss.known_by, loss.time) = (known_by, time);
            }
            return;
        }
        if self.losses.len() == CAPACITY {
            let oldest = self.losses.remove(0);
            self.give_up_on(oldest);
        }
        self.losses.push(Loss {
            seq,
            time,
            noticed: now,
            ask_at: now + self.reordering.patience(now),
            asked: Asked::No,
            rounds: 0,
            asks_left: config.attempts,
            answered_by: now,
            known_by,
        });
    }

    /// `seq` came.
    pub(crate) fn came(&mut self, now: Instant, seq: SeqNo) -> Came {
        let Some(place) = self.losses.iter().position(|loss| loss.seq == seq) else { return Came::Unasked };
        let loss = self.losses.remove(place);
        let after_asking = loss.first_asked().map(|at| now.since(at));
        // No answer is faster than the path: what comes sooner was only overtaken.
        if after_asking.is_none_or(|took| took < self.round_trip / 2) {
            if loss.known_by == Known::Gap {
                self.reordering.seen(now, now.since(loss.noticed));
            }
            return Came::Unasked;
        }
        self.hurry_overtaken(now, loss);
        Came::Repaired
    }

    /// The next loss to ask for at `now`; `latest` is when a packet with that number and time, for
    /// which this much was asked already, must be here.
    pub(crate) fn poll(
        &mut self,
        now: Instant,
        round_trip: Duration,
        latest: impl Fn(SeqNo, MediaTime, Asked) -> Instant,
    ) -> Option<SeqNo> {
        let config = self.config?;
        self.round_trip = round_trip;
        for loss in &mut self.losses {
            if loss.asks_left > 0 && now + round_trip > latest(loss.seq, loss.time, loss.asked) {
                // Kept in mind: the answer to an earlier request may be on its way.
                loss.asks_left = 0;
            }
        }
        self.give_up(now);
        let due = self.losses.iter_mut().find(|loss| loss.asks_left > 0 && loss.ask_at <= now)?;
        due.rounds += u32::from(due.answered_by <= now);
        let wait = (round_trip + round_trip / 4).max(SHORTEST_WAIT);
        due.answered_by = now + wait;
        due.ask_at = now + wait;
        match due.asked {
            Asked::No => {
                due.asked = Asked::Once(now);
                match config.repeat.filter(|&repeat| repeat < round_trip) {
                    Some(repeat) => due.ask_at = now + repeat,
                    None => due.asks_left -= 1,
                }
            }
            Asked::Once(at) | Asked::Again(at) => {
                due.asked = Asked::Again(at);
                due.asks_left -= 1;
            }
        }
        Some(due.seq)
    }

    /// Whether anything is missing that may still come.
    pub(crate) fn any_hope(&self) -> bool {
        !self.losses.is_empty()
    }

    /// Whether a packet from `from` on is missing that will not come, as far as [`poll`](Self::poll) found out.
    pub(crate) fn any_lost(&self, from: SeqNo) -> bool {
        self.given_up.is_some_and(|seq| seq >= from)
    }

    /// The media time of the first packet from `from` on that has been asked for in vain.
    pub(crate) fn first_doubtful(&self, from: SeqNo) -> Option<MediaTime> {
        self.losses.iter().find(|loss| loss.seq >= from && loss.rounds > 1).map(|loss| loss.time)
    }

    /// When [`poll`](Self::poll) may next have something to ask for, or to give up.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let due = |loss: &Loss| if loss.asks_left > 0 { loss.ask_at } else { loss.answered_by };
        self.losses.iter().map(due).min()
    }

    fn give_up(&mut self, now: Instant) {
        let is_certain = |loss: &&Loss| loss.is_spent(now) && loss.known_by == Known::Gap;
        let spent = self.losses.iter().filter(is_certain).map(|loss| loss.seq).max();
        self.given_up = self.given_up.max(spent);
        self.losses.retain(|loss| !loss.is_spent(now));
    }

    /// What is only hearsay may never have been sent.
    fn give_up_on(&mut self, loss: Loss) {
        if loss.known_by == Known::Gap {
            self.given_up = self.given_up.max(Some(loss.seq));
        }
    }

    /// Answers come in the order of the requests: those that `answer` has overtaken are lost and can be asked for
    /// again at once – unless packets overtake one another on this path.
    fn hurry_overtaken(&mut self, now: Instant, answer: Loss) {
        if !self.reordering.patience(now).is_zero() {
            return;
        }
        for loss in &mut self.losses {
            let overtaken = loss.first_asked() < answer.first_asked()
                || (loss.first_asked() == answer.first_asked() && loss.seq < answer.seq);
            if overtaken && matches!(loss.asked, Asked::Once(_)) {
                loss.ask_at = loss.ask_at.min(now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moim_media::ClockRate;

    const ROUND_TRIP: Duration = Duration::from_millis(100);

    fn losses() -> Losses {
        Losses::new(Some(Retransmit::default()))
    }

    fn gap(losses: &mut Losses, at: u64, last: u64, next: u64) {
        let time = MediaTime::new(0, ClockRate::HZ_90000);
        losses.gap(Instant::from_millis(at), SeqNo::new(last), SeqNo::new(next), time);
    }

    /// What is asked for at this millisecond.
    fn asked(losses: &mut Losses, at: u64) -> Vec<u64> {
        let now = Instant::from_millis(at);
        std::iter::from_fn(|| losses.poll(now, ROUND_TRIP, |_, _, _| Instant::MAX)).map(SeqNo::get).collect()
    }

    #[test]
    fn asks_at_once_repeats_early_and_then_after_a_round_trip() {
        let mut losses = losses();
        gap(&mut losses, 0, 10, 13);
        assert_eq!(asked(&mut losses, 0), [11, 12]);
        assert_eq!(losses.next_due(), Some(Instant::from_millis(20)));
        assert_eq!(asked(&mut losses, 19), []);
        assert_eq!(asked(&mut losses, 20), [11, 12]);
        assert_eq!(asked(&mut losses, 144), []);
        let again: usize = (145..2_000).map(|at| asked(&mut losses, at).len()).sum();
        assert_eq!(again, 2 * 3);
        assert!(losses.any_lost(SeqNo::new(12)) && !losses.any_hope());
    }

    #[test]
    fn hearsay_is_asked_for_and_believed_when_a_gap_confirms_it() {
        let mut losses = losses();
        let time = MediaTime::new(0, ClockRate::HZ_90000);
        losses.hear(Instant::from_millis(0), SeqNo::new(10), 2, time);
        assert_eq!(asked(&mut losses, 0), [11, 12]);
        // The first was lost indeed, the second never was: it comes, and is no sign of reordering.
        gap(&mut losses, 10, 10, 12);
        assert_eq!(losses.came(Instant::from_millis(10), SeqNo::new(12)), Came::Unasked);
        gap(&mut losses, 11, 12, 14);
        assert_eq!(asked(&mut losses, 11), [13]);
        // Nobody ever confirms this one: it is forgotten without consequence.
        losses.hear(Instant::from_millis(20), SeqNo::new(14), 1, time);
        let _ = (20..5_000).map(|at| asked(&mut losses, at).len()).sum::<usize>();
        assert!(losses.any_lost(SeqNo::new(13)) && !losses.any_lost(SeqNo::new(14)));
    }

    #[test]
    fn patience_comes_with_reordering() {
        let mut losses = losses();
        gap(&mut losses, 0, 10, 12);
        assert_eq!(losses.came(Instant::from_millis(8), SeqNo::new(11)), Came::Unasked);
        gap(&mut losses, 50, 20, 22);
        assert_eq!(asked(&mut losses, 59), []);
        assert_eq!(asked(&mut losses, 60), [21]);
    }

    #[test]
    fn an_overtaken_answer_is_asked_for_again_at_once() {
        let mut losses = Losses::new(Some(Retransmit { repeat: None, ..Retransmit::default() }));
        gap(&mut losses, 0, 10, 13);
        assert_eq!(asked(&mut losses, 0), [11, 12]);
        assert_eq!(losses.came(Instant::from_millis(100), SeqNo::new(12)), Came::Repaired);
        assert_eq!(asked(&mut losses, 100), [11]);
        assert_eq!(asked(&mut losses, 101), []);
    }

    #[test]
    fn what_would_come_too_late_is_given_up() {
        let mut losses = losses();
        gap(&mut losses, 0, 10, 12);
        let latest = |_: SeqNo, _: MediaTime, _: Asked| Instant::from_millis(99);
        assert_eq!(losses.poll(Instant::EPOCH, ROUND_TRIP, latest), None);
        assert!(losses.any_lost(SeqNo::new(0)) && !losses.any_lost(SeqNo::new(12)));
    }

    #[test]
    fn an_outage_is_not_asked_for() {
        let mut losses = losses();
        gap(&mut losses, 0, 10, 1_000);
        assert_eq!(asked(&mut losses, 0), []);
        assert!(losses.any_lost(SeqNo::new(0)));
        losses.forget_before(SeqNo::new(1_000));
        assert!(!losses.any_lost(SeqNo::new(0)));
    }
}
