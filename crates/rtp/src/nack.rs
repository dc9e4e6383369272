//! When to ask for a packet that did not come (RFC 4585, section 6.2.1, generic NACK).
//!
//! For those who do not play what they receive, forwarders and recorders: they want every packet, until it is so old
//! that nobody does. Who plays asks by each packet's deadline instead, as `moim-jitter` and `moim-video` do.

#[cfg(test)]
mod tests;

use crate::Ssrc;
use crate::loss::Ring;
use crate::rtcp::{NackPair, WriteError, Writer};
use alloc::boxed::Box;
use alloc::vec;
use core::ops::Range;
use core::time::Duration;
use moim_media::{Instant, Seq, SeqNo};

/// Pairs in one request at most: it stays small, and what it does not name comes with the next.
const PAIRS_AT_ONCE: usize = 64;
/// What an answer may take beyond the round trip.
const SHORTEST_WAIT: Duration = Duration::from_millis(20);

/// When to ask for packets, how often, and when no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The numbers that are kept in mind, rounded up to a power of two, 64 … 32 768.
    pub packets: usize,
    /// How long a packet may be overtaken before it counts as lost.
    pub patience: Duration,
    /// How often to ask for the same packet.
    pub attempts: u32,
    /// How long after it was first missed a packet is still worth asking for.
    pub oldest: Duration,
    /// More packets missing in a row than this are an outage: asking for all of it would only add to the congestion.
    pub longest_gap: u64,
    /// The round trip that is assumed until one was measured.
    pub round_trip: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            packets: 1_024,
            patience: Duration::from_millis(10),
            attempts: 5,
            oldest: Duration::from_secs(2),
            longest_gap: 128,
            round_trip: Duration::from_millis(100),
        }
    }
}

/// Asks for the packets of one stream that did not come.
///
/// All memory is allocated by [`new`](Self::new). Tell it each packet of the stream, by whatever way it came, a
/// retransmission stream or a repair too; call [`write`](Self::write) when [`poll_timeout`](Self::poll_timeout) says so.
#[derive(Clone, Debug)]
pub struct Generator {
    config: Config,
    round_trip: Duration,
    /// The packets that may still come.
    wanted: Ring,
    /// What is known of them, each in the place of its number.
    losses: Box<[Loss]>,
    pending: usize,
    /// The number after the highest that came; `None` before the first.
    next: Option<u64>,
    given_up: Option<SeqNo>,
    counts: Counts,
}

#[derive(Clone, Copy, Debug)]
struct Loss {
    noticed: Instant,
    /// When to ask for it, or, after the last attempt, to give it up.
    due: Instant,
    asks: u32,
}

impl Loss {
    fn is_due(&self, now: Instant, attempts: u32) -> bool {
        self.due <= now && self.asks < attempts
    }
}

/// What was written of a [`Generator`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A request for this many packets. There may be more to ask for.
    Packets(usize),
    /// Nothing: no packet is due.
    Nothing,
}

/// How the asking went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests for a packet, repeated ones included.
    pub asked: u64,
    /// Packets that came after they were asked for.
    pub repaired: u64,
    /// Packets that came late before they were asked for.
    pub overtaken: u64,
    /// Packets that were missed and are not waited for any more, those of an outage included.
    pub given_up: u64,
}

impl Generator {
    /// Asks for nothing before the first packet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let wanted = Ring::new(config.packets.clamp(64, 1 << 15).next_power_of_two());
        let loss = Loss { noticed: Instant::EPOCH, due: Instant::EPOCH, asks: 0 };
        Self {
            round_trip: config.round_trip,
            losses: vec![loss; wanted.capacity()].into_boxed_slice(),
            config: Config { longest_gap: config.longest_gap.min(wanted.capacity() as u64 - 1), ..config },
            wanted,
            pending: 0,
            next: None,
            given_up: None,
            counts: Counts::default(),
        }
    }

    /// Sets how long an answer takes, before which a request is not repeated.
    pub const fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip;
    }

    /// Takes note of the packet `seq`, which came at `now`.
    ///
    /// Far ahead or not, it is believed: who judges restarts is [`Source`](crate::reception::Source), after one of
    /// which comes [`clear`](Self::clear).
    pub fn received(&mut self, now: Instant, seq: SeqNo) {
        let number = seq.get();
        let Some(next) = self.next.filter(|&next| number >= next) else {
            if self.next.is_none() {
                self.next = Some(number.saturating_add(1));
            }
            return self.came(number);
        };
        let gap = number - next;
        self.leave_behind(number);
        if gap > self.config.longest_gap {
            self.give_up_on(SeqNo::new(number - 1), gap);
        } else if gap > 0 {
            self.wanted.insert(next..number);
            self.pending += usize::try_from(gap).unwrap_or(usize::MAX);
            let due = now + self.config.patience;
            (next..number).for_each(|missing| *self.loss(missing) = Loss { noticed: now, due, asks: 0 });
        }
        self.next = Some(number.saturating_add(1));
    }

    /// Appends to `writer` a request of `sender` for packets of `media`: of those that are due, as many as there is
    /// room for in the packet and in one request.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`] when there is no room for one.
    pub fn write(
        &mut self,
        now: Instant,
        writer: &mut Writer<'_>,
        sender: Ssrc,
        media: Ssrc,
    ) -> Result<Asked, WriteError> {
        self.give_up(now);
        let mut pairs = [NackPair { first: Seq(0), following: 0 }; PAIRS_AT_ONCE];
        let mut count = 0;
        for (place, pair) in pairs.iter_mut().zip(NackPair::pack(self.due(now).map(SeqNo::new))) {
            *place = pair;
            count += 1;
        }
        if count == 0 {
            return Ok(Asked::Nothing);
        }
        loop {
            match writer.nack(sender, media, pairs.get(..count).unwrap_or_default()) {
                Ok(()) => break,
                Err(WriteError::BufferTooSmall { needed, actual }) if count > 1 => {
                    // Four bytes a pair.
                    count = count.saturating_sub((needed - actual).div_ceil(4)).max(1);
                }
                Err(error) => return Err(error),
            }
        }
        let named = pairs.iter().take(count).map(|pair| 1 + pair.following.count_ones() as usize).sum();
        self.mark_asked(now, named);
        Ok(Asked::Packets(named))
    }

    /// When [`write`](Self::write) may next have something to ask for or to give up; it changes with each call that
    /// changes anything.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.pending == 0 {
            return None;
        }
        let next = |number| {
            let loss = self.known(number)?;
            Some(loss.due.min(loss.noticed + self.config.oldest))
        };
        self.all_wanted().filter_map(next).min()
    }

    /// The newest packet that was given up since the last call: what depends on it needs a refresh.
    #[must_use]
    pub const fn poll_given_up(&mut self) -> Option<SeqNo> {
        self.given_up.take()
    }

    /// How many packets are waited for.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.pending
    }

    /// How the asking went so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Forgets what is missing, for a stream that starts afresh.
    pub fn clear(&mut self) {
        self.wanted.clear();
        (self.pending, self.next, self.given_up) = (0, None, None);
    }

    /// A packet came that is not newer than all before.
    fn came(&mut self, number: u64) {
        if self.pending == 0 || number < self.begin() || !self.wanted.contains(number) {
            return;
        }
        self.wanted.remove(number);
        self.pending -= 1;
        match self.loss(number).asks {
            0 => self.counts.overtaken += 1,
            _ => self.counts.repaired += 1,
        }
    }

    /// Numbers up to `number` will be held, for which others have to go.
    fn leave_behind(&mut self, number: u64) {
        if self.pending == 0 {
            return;
        }
        let end = number.saturating_add(1).saturating_sub(self.losses.len() as u64).min(self.end());
        let mut from = self.begin();
        while let Some(missing) = self.first_wanted(from..end, |_| true) {
            self.remove(missing);
            from = missing + 1;
        }
    }

    /// What was waited for long enough, or was asked for in vain for the last time.
    fn give_up(&mut self, now: Instant) {
        let (oldest, attempts) = (self.config.oldest, self.config.attempts);
        let is_hopeless =
            |loss: &Loss| now.since(loss.noticed) >= oldest || (loss.asks >= attempts && loss.due <= now);
        let mut from = self.begin();
        while self.pending > 0 {
            let Some(number) = self.first_wanted(from..self.end(), is_hopeless) else { return };
            self.remove(number);
            from = number + 1;
        }
    }

    fn remove(&mut self, number: u64) {
        self.wanted.remove(number);
        self.pending -= 1;
        self.give_up_on(SeqNo::new(number), 1);
    }

    fn give_up_on(&mut self, newest: SeqNo, count: u64) {
        self.given_up = self.given_up.max(Some(newest));
        self.counts.given_up = self.counts.given_up.saturating_add(count);
    }

    /// Notes that the first `count` packets that are due were asked for.
    fn mark_asked(&mut self, now: Instant, count: usize) {
        let wait = (self.round_trip + self.round_trip / 4).max(SHORTEST_WAIT).max(self.config.patience);
        let mut from = self.begin();
        for _ in 0..count {
            let attempts = self.config.attempts;
            let Some(number) = self.first_wanted(from..self.end(), |loss| loss.is_due(now, attempts)) else {
                return;
            };
            let loss = self.loss(number);
            (loss.asks, loss.due) = (loss.asks + 1, now + wait);
            self.counts.asked += 1;
            from = number + 1;
        }
    }

    /// What is due has an attempt left, once [`give_up`](Self::give_up) was called.
    fn due(&self, now: Instant) -> impl Iterator<Item = u64> + use<'_> {
        let is_due = move |loss: &Loss| loss.is_due(now, self.config.attempts);
        self.all_wanted().filter(move |&number| self.known(number).is_some_and(is_due))
    }

    fn first_wanted(&self, numbers: Range<u64>, is_sought: impl Fn(&Loss) -> bool) -> Option<u64> {
        self.wanted.iter(numbers).find(|&number| self.known(number).is_some_and(&is_sought))
    }

    fn all_wanted(&self) -> impl Iterator<Item = u64> + use<'_> {
        self.wanted.iter(self.begin()..self.end())
    }

    fn end(&self) -> u64 {
        self.next.unwrap_or(0)
    }

    /// The smallest number that has a place.
    fn begin(&self) -> u64 {
        self.end().saturating_sub(self.losses.len() as u64)
    }

    fn known(&self, number: u64) -> Option<&Loss> {
        self.losses.get(self.index(number))
    }

    #[allow(clippy::indexing_slicing, reason = "the index is taken modulo the length, which is not zero")]
    fn loss(&mut self, number: u64) -> &mut Loss {
        let index = self.index(number);
        &mut self.losses[index]
    }

    #[allow(clippy::cast_possible_truncation, reason = "only the low bits are taken")]
    const fn index(&self, number: u64) -> usize {
        number as usize & (self.losses.len() - 1)
    }
}
