//! What to ask the sender for again, and when it is worth it (RFC 4585, section 6.2.1, generic NACK).

use core::time::Duration;
use moim_media::{Instant, MediaTime, SeqNo};

/// Gaps longer than this are an outage: asking for all of it would only add to the congestion.
const LONGEST_GAP: u64 = 32;
/// Losses kept in mind at a time.
const CAPACITY: usize = 64;

/// When to ask again for a packet that did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retransmit {
    /// How long a packet may be overtaken before it counts as lost.
    pub patience: Duration,
    /// How often to ask for the same packet.
    pub attempts: u32,
}

impl Default for Retransmit {
    fn default() -> Self {
        Self { patience: Duration::from_millis(10), attempts: 3 }
    }
}

#[derive(Clone, Copy, Debug)]
struct Loss {
    seq: SeqNo,
    /// When it should have been sent, in media time, as far as its neighbours tell.
    time: MediaTime,
    ask_at: Instant,
    asked: bool,
    asks_left: u32,
}

/// The packets that are missing and may still come.
#[derive(Clone, Debug)]
pub(crate) struct Losses {
    config: Option<Retransmit>,
    losses: Vec<Loss>,
}

impl Losses {
    pub(crate) fn new(config: Option<Retransmit>) -> Self {
        Self { config, losses: Vec::with_capacity(CAPACITY) }
    }

    pub(crate) fn clear(&mut self) {
        self.losses.clear();
    }

    /// `next`, of media time `time`, came right after `last`: what lies between is missing.
    pub(crate) fn gap(&mut self, now: Instant, last: (SeqNo, MediaTime), next: (SeqNo, MediaTime)) {
        let Some(config) = self.config else { return };
        let missing = next.0.since(last.0).saturating_sub(1);
        if missing == 0 || missing > LONGEST_GAP {
            return;
        }
        let spacing = next.1.since(last.1) / (missing as u32 + 1);
        for step in 1..=missing {
            if self.losses.len() == CAPACITY {
                self.losses.remove(0);
            }
            let time = last.1 + spacing * step as u32;
            self.losses.push(Loss {
                seq: last.0 + step,
                time,
                ask_at: now + config.patience,
                asked: false,
                asks_left: config.attempts,
            });
        }
    }

    /// `seq` came after all; whether it had been asked for.
    pub(crate) fn came(&mut self, seq: SeqNo) -> bool {
        let Some(place) = self.losses.iter().position(|loss| loss.seq == seq) else { return false };
        self.losses.remove(place).asked
    }

    /// The next loss to ask for at `now`; `useful` tells whether a packet of that media time, sent again now,
    /// would come before it is needed.
    pub(crate) fn poll(
        &mut self,
        now: Instant,
        round_trip: Duration,
        useful: impl Fn(MediaTime) -> bool,
    ) -> Option<SeqNo> {
        let config = self.config?;
        for loss in &mut self.losses {
            if !useful(loss.time) {
                // Kept in mind: the answer to an earlier request may be on its way.
                loss.asks_left = 0;
            }
        }
        let due = self.losses.iter_mut().find(|loss| loss.asks_left > 0 && loss.ask_at <= now)?;
        due.asks_left -= 1;
        due.asked = true;
        // An answer takes a round trip; before that there is no news.
        due.ask_at = now + round_trip.saturating_add(round_trip / 4).max(config.patience);
        Some(due.seq)
    }

    /// When [`poll`](Self::poll) may next have something to ask for.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.losses.iter().filter(|loss| loss.asks_left > 0).map(|loss| loss.ask_at).min()
    }
}
