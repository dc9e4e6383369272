//! Which packets of a stream came and which did not: a bitmap over its last numbers.

mod ring;
#[cfg(test)]
mod tests;

use core::iter::FusedIterator;
use core::ops::Range;
use moim_media::SeqNo;
pub(crate) use ring::Ring;

/// The shortest window, one word of the bitmap.
const FEWEST: usize = 64;
/// The longest window: half of the numbers there are on the wire, further back they cannot be told apart.
const MOST: usize = 1 << 15;

/// Which of the last packets of one stream came, by their unwrapped numbers.
///
/// A packet costs a bit, taking note of one a few instructions, whatever the window's length; looking for the missing
/// ones passes over 64 at a time. All memory is allocated by [`new`](Self::new).
///
/// ```
/// use moim_media::SeqNo;
/// use moim_rtp::loss::{Arrival, Window};
///
/// let mut window = Window::new(512);
/// assert_eq!(window.receive(SeqNo::new(7)), Arrival::New { skipped: 0 });
/// assert_eq!(window.receive(SeqNo::new(10)), Arrival::New { skipped: 2 });
/// assert_eq!(window.receive(SeqNo::new(9)), Arrival::Late);
/// assert!(window.missing().eq([SeqNo::new(8)]));
/// ```
#[derive(Clone, Debug)]
pub struct Window {
    missing: Ring,
    /// The smallest number that counts, and the one after the highest that came: equal before the first packet.
    first: u64,
    next: u64,
    distinct: u64,
    duplicates: u64,
    reordered: u64,
    too_old: u64,
}

/// What a packet was to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// Newer than all before.
    New {
        /// How many packets between the newest before and this one are missing by that.
        skipped: u64,
    },
    /// It had been missing, or came before the first: it was overtaken, or is sent again.
    Late,
    /// It came before.
    Duplicate,
    /// It lies before the window: whether it came before is not known.
    TooOld,
    /// It lies a whole window or more ahead, and nothing was learnt from it: the sender began afresh, or there was an
    /// outage. See [`Window::clear`] and [`Window::jump`].
    TooFar,
}

/// What became of the packets of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// From the smallest to the highest number that came.
    pub expected: u64,
    /// Of these, how many came while the window held their number.
    pub received: u64,
    /// Packets that came once more.
    pub duplicates: u64,
    /// Packets that came after a later one, in their window; those sent again are among them.
    pub reordered: u64,
    /// Packets that came after the window had passed them: they count as lost, or came before.
    pub too_old: u64,
    /// Packets that are missing and may still come.
    pub missing: u64,
    /// Packets that did not come while the window held their number.
    pub lost: u64,
}

impl Window {
    /// A window of the last `packets` numbers, rounded up to a power of two, 64 … 32 768.
    #[must_use]
    pub fn new(packets: usize) -> Self {
        Self {
            missing: Ring::new(packets.clamp(FEWEST, MOST).next_power_of_two()),
            first: 0,
            next: 0,
            distinct: 0,
            duplicates: 0,
            reordered: 0,
            too_old: 0,
        }
    }

    /// How many numbers it holds.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.missing.capacity()
    }

    /// Takes note of the packet `seq`.
    #[inline]
    pub fn receive(&mut self, seq: SeqNo) -> Arrival {
        let number = seq.get();
        if number == self.next && self.first != self.next && number != u64::MAX {
            self.missing.remove(number);
            self.next += 1;
            self.distinct += 1;
            return Arrival::New { skipped: 0 };
        }
        self.receive_out_of_order(number)
    }

    /// Takes note of the packet `seq`, however far ahead it lies: those between count as lost. For a stream that goes
    /// on after an outage.
    pub fn jump(&mut self, seq: SeqNo) -> Arrival {
        match self.receive(seq) {
            Arrival::TooFar if seq.get() != u64::MAX => self.advance(seq.get()),
            arrival => arrival,
        }
    }

    /// Forgets everything, counts too, for a stream that starts afresh.
    pub fn clear(&mut self) {
        self.missing.clear();
        (self.first, self.next) = (0, 0);
        (self.distinct, self.duplicates, self.reordered, self.too_old) = (0, 0, 0, 0);
    }

    /// The highest number that came.
    #[must_use]
    pub const fn highest(&self) -> Option<SeqNo> {
        if self.first == self.next { None } else { Some(SeqNo::new(self.next - 1)) }
    }

    /// The numbers that the window holds: from the first that counts to the highest that came.
    #[must_use]
    pub fn span(&self) -> Range<SeqNo> {
        SeqNo::new(self.begin())..SeqNo::new(self.next)
    }

    /// Whether the packet `seq` is missing; not so when it came, and when the window does not hold it.
    #[must_use]
    pub fn is_missing(&self, seq: SeqNo) -> bool {
        self.span().contains(&seq) && self.missing.contains(seq.get())
    }

    /// The packets that are missing, in ascending order.
    pub fn missing(&self) -> impl FusedIterator<Item = SeqNo> + Clone + use<'_> {
        self.missing_in(self.span())
    }

    /// The packets of `range` that are missing, in ascending order; numbers that the window does not hold are not.
    pub fn missing_in(&self, range: Range<SeqNo>) -> impl FusedIterator<Item = SeqNo> + Clone + use<'_> {
        let (start, end) = (range.start.get().max(self.begin()), range.end.get().min(self.next));
        self.missing.iter(start..end).map(SeqNo::new)
    }

    /// What became of the packets so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let (expected, missing) = (self.next - self.first, self.missing.count());
        Counts {
            expected,
            received: self.distinct,
            duplicates: self.duplicates,
            reordered: self.reordered,
            too_old: self.too_old,
            missing,
            lost: expected - self.distinct - missing,
        }
    }

    fn receive_out_of_order(&mut self, number: u64) -> Arrival {
        if self.first == self.next {
            return self.begin_at(number);
        }
        if number >= self.next {
            let fits = number - self.next < self.reach() - 1 && number != u64::MAX;
            return if fits { self.advance(number) } else { Arrival::TooFar };
        }
        if number < self.next.saturating_sub(self.reach()) {
            self.too_old += 1;
            return Arrival::TooOld;
        }
        if number < self.first {
            // Overtaken by the first one. Nobody has counted those between as missing.
            self.missing.insert(number + 1..self.first);
            self.first = number;
        } else if !self.missing.contains(number) {
            self.duplicates += 1;
            return Arrival::Duplicate;
        }
        self.missing.remove(number);
        self.distinct += 1;
        self.reordered += 1;
        Arrival::Late
    }

    fn begin_at(&mut self, number: u64) -> Arrival {
        if number == u64::MAX {
            return Arrival::TooFar;
        }
        (self.first, self.next, self.distinct) = (number, number + 1, 1);
        Arrival::New { skipped: 0 }
    }

    /// `number` is newer than all before; those between are missing.
    fn advance(&mut self, number: u64) -> Arrival {
        let skipped = number - self.next;
        self.missing.insert(self.next.max(number.saturating_sub(self.reach() - 1))..number);
        self.missing.remove(number);
        self.next = number + 1;
        self.distinct += 1;
        Arrival::New { skipped }
    }

    /// The smallest number that the window holds.
    fn begin(&self) -> u64 {
        self.first.max(self.next.saturating_sub(self.reach()))
    }

    const fn reach(&self) -> u64 {
        self.capacity() as u64
    }
}
