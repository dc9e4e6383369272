//! What happened, in order.

use crate::Event;
use moim_media::Instant;
use std::collections::VecDeque;

/// An event, with its place in the log and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How many entries came before it.
    pub number: u64,
    /// When it happened, on the clock that media time is reckoned with too; never before the entry in front of it.
    pub at: Instant,
    /// What happened.
    pub event: Event,
}

/// The entries of a room, oldest first. Nothing in it ever changes; of a long meeting the first ones are let go.
#[derive(Clone, Debug)]
pub struct Log {
    entries: VecDeque<Entry>,
    next: u64,
    latest: Instant,
    kept: usize,
}

/// The entries that were asked for are no longer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log is kept from entry {first} on")]
pub struct Missed {
    /// The oldest that is.
    pub first: u64,
}

impl Log {
    pub(crate) fn new(kept: usize) -> Self {
        Self { entries: VecDeque::new(), next: 0, latest: Instant::EPOCH, kept }
    }

    /// The number that the next entry will have: where a reader who wants only what is new begins.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// The entries from number `from` on. A reader keeps the number of the last one it saw, plus one; so any number of
    /// readers follow a room, each at its own speed.
    ///
    /// # Errors
    ///
    /// [`Missed`] when some of them are no longer kept: the reader begins again with [`State`](crate::State).
    pub fn since(&self, from: u64) -> Result<impl ExactSizeIterator<Item = &Entry>, Missed> {
        let first = self.next - self.entries.len() as u64;
        if from < first {
            return Err(Missed { first });
        }
        let seen = usize::try_from(from - first).unwrap_or(usize::MAX).min(self.entries.len());
        Ok(self.entries.range(seen..))
    }

    /// The time of an entry written at `now`.
    pub(crate) fn time(&self, now: Instant) -> Instant {
        now.max(self.latest)
    }

    /// Whether `entry` continues the log.
    pub(crate) fn is_continued_by(&self, entry: &Entry) -> bool {
        entry.number == self.next && entry.at >= self.latest
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        if self.entries.len() == self.kept {
            self.entries.pop_front();
        }
        (self.next, self.latest) = (entry.number + 1, entry.at);
        self.entries.push_back(entry);
    }
}
