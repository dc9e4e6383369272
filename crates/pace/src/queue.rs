//! Packets that wait until they may leave.

mod budget;
mod slots;

use crate::{ConfigError, PacerConfig};
use budget::Budget;
use core::time::Duration;
use moim_media::Instant;
use slots::Slots;

/// What a packet carries, from the most to the least urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// RTCP. Leaves at once.
    Report,
    /// Sound. Leaves at once.
    Voice,
    /// What was lost on its way and is sent again. Paced, before pictures.
    Repair,
    /// Pictures. Paced.
    Picture,
}

impl Class {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Report, Self::Voice, Self::Repair, Self::Picture];

    const fn is_paced(self) -> bool {
        matches!(self, Self::Repair | Self::Picture)
    }
}

/// A packet that was written into the caller's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Popped {
    /// Its length in bytes.
    pub len: usize,
    /// What it carries.
    pub class: Class,
}

/// What became of the packets so far. `pushed` is always the sum of all others and of those that wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Packets that were written into the queue.
    pub pushed: u64,
    /// Of these, taken out.
    pub popped: u64,
    /// Of these, displaced because the queue was full.
    pub displaced: u64,
    /// Of these, dropped because they had waited too long.
    pub expired: u64,
    /// Of these, dropped because the buffer they were to be copied into was too small.
    pub oversized: u64,
    /// Of these, dropped by [`PacedQueue::drop_pictures`].
    pub cleared: u64,
}

/// A queue in fixed slots that lets urgent packets pass at once and spreads the others over time.
///
/// Reports and voice leave when they come. Repairs and pictures share a budget of [`PacerConfig::factor`] × the rate
/// of the path, in bursts of about 5 ms, so that a key frame does not fill the queues which voice must pass. Within
/// a class packets keep their order.
///
/// When the queue is full the oldest packet of the least urgent class gives way, the new packet included.
/// [`new`](Self::new) makes all allocations; every call takes bounded time, apart from the caller's own writing.
#[derive(Clone, Debug)]
pub struct PacedQueue {
    slots: Slots,
    budget: Budget,
    max_age: Duration,
    stats: Stats,
}

impl PacedQueue {
    /// An empty queue.
    ///
    /// # Errors
    ///
    /// A setting that cannot be.
    pub fn new(config: PacerConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            slots: Slots::new(config.packets, config.mtu),
            budget: Budget::new(config.factor, config.rate),
            max_age: config.max_age,
            stats: Stats::default(),
        })
    }

    /// Has `write` write a packet into the slot it is given ([`PacerConfig::mtu`] bytes, of any content) and say how
    /// long it is; returns it as it was written.
    ///
    /// # Errors
    ///
    /// That of `write`; nothing changed then.
    ///
    /// # Panics
    ///
    /// When `write` claims to have written more than there was room for.
    pub fn push<E>(
        &mut self,
        now: Instant,
        class: Class,
        write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<&[u8], E> {
        let room = self.slots.spare();
        let len = write(room)?;
        assert!(len <= room.len(), "{len} bytes written into {}", room.len());
        if class.is_paced() && self.paced_bytes() == 0 {
            self.budget.rest(now);
        }
        let slot = self.slots.push(now, class, len);
        self.stats.pushed += 1;
        if self.slots.waiting() > self.slots.capacity()
            && let Some(least) = Class::ALL.into_iter().rev().find(|&class| self.slots.front(class).is_some())
        {
            self.slots.pop(least);
            self.stats.displaced += 1;
        }
        Ok(self.slots.bytes(slot, len))
    }

    /// Copies the next packet that may leave into `into` and forgets it; `None` when there is none now. One that
    /// does not fit is dropped.
    ///
    /// The answer changes after [`push`](Self::push) and with time; see [`due`](Self::due).
    pub fn pop(&mut self, now: Instant, into: &mut [u8]) -> Option<Popped> {
        self.expire(now);
        self.budget.advance(now);
        loop {
            let class = self.next_class()?;
            let packet = self.slots.pop(class)?;
            let Some(room) = into.get_mut(..packet.len) else {
                self.stats.oversized += 1;
                continue;
            };
            room.copy_from_slice(self.slots.bytes(packet.slot, packet.len));
            self.stats.popped += 1;
            if class.is_paced() {
                self.budget.spend(packet.len);
            }
            return Some(Popped { len: packet.len, class });
        }
    }

    /// When to call [`pop`](Self::pop) next, at the earliest `now`; `None` when nothing waits that may ever leave.
    ///
    /// The answer changes after [`push`](Self::push), [`pop`](Self::pop), [`set_rate`](Self::set_rate) and
    /// [`drop_pictures`](Self::drop_pictures).
    #[must_use]
    pub fn due(&self, now: Instant) -> Option<Instant> {
        if Class::ALL.into_iter().any(|class| !class.is_paced() && self.slots.front(class).is_some()) {
            return Some(now);
        }
        if self.paced_bytes() == 0 {
            return None;
        }
        self.budget.due(now)
    }

    /// Sets the bits per second that the path carries. Zero holds repairs and pictures back.
    pub fn set_rate(&mut self, now: Instant, bits_per_second: u32) {
        self.budget.set_rate(now, bits_per_second);
    }

    /// How long the pictures that wait, and the repairs before them, take to leave; [`Duration::MAX`] while the rate
    /// is zero.
    #[must_use]
    pub fn picture_delay(&self) -> Duration {
        if self.slots.front(Class::Picture).is_none() {
            return Duration::ZERO;
        }
        self.budget.time_to_send(self.paced_bytes())
    }

    /// How long everything that is paced takes to leave: when a packet would that is pushed now as the last of all;
    /// [`Duration::MAX`] while the rate is zero and something waits.
    #[must_use]
    pub fn paced_delay(&self) -> Duration {
        match self.paced_bytes() {
            0 => Duration::ZERO,
            bytes => self.budget.time_to_send(bytes),
        }
    }

    /// Drops the pictures that wait, because a key frame will replace them; says how many packets that were.
    pub fn drop_pictures(&mut self) -> usize {
        let dropped = core::iter::from_fn(|| self.slots.pop(Class::Picture)).count();
        self.stats.cleared += dropped as u64;
        dropped
    }

    /// Packets that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.slots.waiting()
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// The most urgent class with a packet that may leave now.
    fn next_class(&self) -> Option<Class> {
        let may_leave = |class: &Class| !class.is_paced() || self.budget.allows();
        Class::ALL.into_iter().filter(may_leave).find(|&class| self.slots.front(class).is_some())
    }

    fn expire(&mut self, now: Instant) {
        for class in Class::ALL {
            while self.slots.front(class).is_some_and(|since| now.since(since) > self.max_age) {
                self.slots.pop(class);
                self.stats.expired += 1;
            }
        }
    }

    fn paced_bytes(&self) -> usize {
        self.slots.waiting_bytes(Class::Repair) + self.slots.waiting_bytes(Class::Picture)
    }
}

#[cfg(test)]
mod tests;
