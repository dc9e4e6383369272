//! Lists in a descriptor, of a template or of a frame alone, read as they are walked.

use super::bits::Bits;
use core::iter::FusedIterator;

/// What a frame is to a decode target (table A.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Indication {
    /// Nothing.
    NotPresent,
    /// A part of it on which nothing of it builds.
    Discardable,
    /// A part of it; if it can be decoded, so can all that follow: here one can switch to it.
    Switch,
    /// A part of it on which others build.
    Required,
}

/// What a frame is to each decode target, in their order.
#[derive(Clone, Debug)]
pub struct Indications<'a> {
    bits: Bits<'a>,
    left: usize,
}

impl<'a> Indications<'a> {
    pub(super) const fn new(bits: Bits<'a>, targets: usize) -> Self {
        Self { bits, left: targets }
    }
}

impl Iterator for Indications<'_> {
    type Item = Indication;

    fn next(&mut self) -> Option<Indication> {
        self.left = self.left.checked_sub(1)?;
        Some(match self.bits.number(2)? {
            0 => Indication::NotPresent,
            1 => Indication::Discardable,
            2 => Indication::Switch,
            _ => Indication::Required,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Indications<'_> {}
impl FusedIterator for Indications<'_> {}

/// How many frames back each frame is that this one builds on: 1 … 4096. None of a key frame.
#[derive(Clone, Debug)]
pub struct FrameDiffs<'a> {
    bits: Bits<'a>,
    coding: Coding,
}

/// How a difference is written.
#[derive(Clone, Copy, Debug)]
enum Coding {
    /// Four bits behind one that says that they follow.
    Template,
    /// Up to twelve bits behind two that say how many.
    Frame,
}

impl<'a> FrameDiffs<'a> {
    pub(super) const fn of_template(bits: Bits<'a>) -> Self {
        Self { bits, coding: Coding::Template }
    }

    pub(super) const fn of_frame(bits: Bits<'a>) -> Self {
        Self { bits, coding: Coding::Frame }
    }

    /// What is behind the list; `None` when it breaks off.
    pub(super) fn skip_all(mut self) -> Option<Bits<'a>> {
        while self.step()?.is_some() {}
        Some(self.bits)
    }

    /// The next difference, or none at the end of the list; `None` when it breaks off.
    fn step(&mut self) -> Option<Option<u16>> {
        let width = match self.coding {
            Coding::Template => self.bits.number(1)? * 4,
            Coding::Frame => self.bits.number(2)? * 4,
        };
        if width == 0 {
            return Some(None);
        }
        Some(Some(self.bits.number(u32::from(width))? + 1))
    }
}

impl Iterator for FrameDiffs<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let before = self.bits;
        let next = self.step().flatten();
        if next.is_none() {
            // The end is said once: it stays ahead.
            self.bits = before;
        }
        next
    }
}

impl FusedIterator for FrameDiffs<'_> {}

/// For each chain, how many frames back its last frame before this one is: 0 … 255, and 0 where the chain begins anew.
#[derive(Clone, Debug)]
pub struct ChainDiffs<'a> {
    bits: Bits<'a>,
    width: u32,
    left: usize,
}

impl<'a> ChainDiffs<'a> {
    pub(super) const fn of_template(bits: Bits<'a>, chains: usize) -> Self {
        Self { bits, width: 4, left: chains }
    }

    pub(super) const fn of_frame(bits: Bits<'a>, chains: usize) -> Self {
        Self { bits, width: 8, left: chains }
    }
}

impl Iterator for ChainDiffs<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        self.left = self.left.checked_sub(1)?;
        u8::try_from(self.bits.number(self.width)?).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for ChainDiffs<'_> {}
impl FusedIterator for ChainDiffs<'_> {}
