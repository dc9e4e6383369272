//! A set of numbers, of which each holds the place of all that are a whole ring apart.

use alloc::boxed::Box;
use alloc::vec;
use core::iter::FusedIterator;
use core::ops::Range;

/// Numbers in one word.
const WORD: u64 = u64::BITS as u64;

/// A set of numbers that lie less than its capacity apart: a bit each, in words that follow the numbers around.
///
/// Who slides over the numbers sees to the bits of those that come into reach.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    words: Box<[u64]>,
}

impl Ring {
    /// An empty set in which `numbers` have a place, a power of two from 64 on.
    pub(crate) fn new(numbers: usize) -> Self {
        Self { words: vec![0; numbers.next_power_of_two().div_ceil(64)].into_boxed_slice() }
    }

    pub(crate) const fn capacity(&self) -> usize {
        self.words.len() * 64
    }

    pub(crate) fn clear(&mut self) {
        self.words.fill(0);
    }

    #[inline]
    pub(crate) fn contains(&self, number: u64) -> bool {
        self.word(number) & bit(number) != 0
    }

    #[inline]
    pub(crate) fn remove(&mut self, number: u64) {
        *self.word_mut(number) &= !bit(number);
    }

    /// Inserts `numbers`, at most as many as have a place.
    pub(crate) fn insert(&mut self, numbers: Range<u64>) {
        for (start, mask) in words(numbers) {
            *self.word_mut(start) |= mask;
        }
    }

    /// How many numbers are in the set.
    pub(crate) fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Which of `numbers` are in the set, in ascending order; at most as many as have a place.
    pub(crate) fn iter(&self, numbers: Range<u64>) -> impl FusedIterator<Item = u64> + Clone + use<'_> {
        words(numbers).flat_map(|(start, mask)| {
            let mut rest = self.word(start) & mask;
            core::iter::from_fn(move || {
                let next = (rest != 0).then(|| start + u64::from(rest.trailing_zeros()))?;
                rest &= rest - 1;
                Some(next)
            })
            .fuse()
        })
    }

    #[inline]
    fn word(&self, number: u64) -> u64 {
        self.words.get(self.index(number)).copied().unwrap_or_default()
    }

    #[inline]
    #[allow(clippy::indexing_slicing, reason = "the index is taken modulo the length, which is not zero")]
    fn word_mut(&mut self, number: u64) -> &mut u64 {
        let index = self.index(number);
        &mut self.words[index]
    }

    /// The length is a power of two.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "only the low bits are taken")]
    fn index(&self, number: u64) -> usize {
        (number / WORD) as usize & (self.words.len() - 1)
    }
}

#[inline]
const fn bit(number: u64) -> u64 {
    1 << (number % WORD)
}

/// The words over which `numbers` extend: the number of each one's first bit, and which of its bits they are.
fn words(numbers: Range<u64>) -> impl FusedIterator<Item = (u64, u64)> + Clone {
    let Range { start, end } = numbers;
    let first = start - start % WORD;
    // Without numbers there are no words.
    let count = if start < end { (end - 1 - first) / WORD + 1 } else { 0 };
    (0..count).map(move |word| {
        let at = first + word * WORD;
        let head = if at < start { u64::MAX << (start - at) } else { u64::MAX };
        let tail = if end - at < WORD { !(u64::MAX << (end - at)) } else { u64::MAX };
        (at, head & tail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn a_range_goes_around_the_ring_word_by_word() {
        let mut ring = Ring::new(128);
        ring.insert(120..250);
        assert_eq!(ring.count(), 128, "the two that came around hold a place already held");
        let mut ring = Ring::new(128);
        ring.insert(190..300);
        assert_eq!(ring.iter(190..300).collect::<Vec<_>>(), (190..300).collect::<Vec<_>>());
        assert_eq!((ring.count(), ring.iter(300..318).count()), (110, 0));
        ring.remove(200);
        assert!(!ring.contains(200) && ring.contains(201));
        assert_eq!(ring.iter(199..203).collect::<Vec<_>>(), [199, 201, 202]);
    }

    #[test]
    fn an_empty_or_reversed_range_has_no_words() {
        let mut ring = Ring::new(64);
        ring.insert(7..7);
        ring.insert(Range { start: 9, end: 3 });
        assert_eq!((ring.count(), ring.iter(0..64).count()), (0, 0));
    }
}
