//! The receiver's side: packets that are missing, from the sums that name them.

mod equation;
mod window;

use super::{Pattern, Protected, flexfec, ulpfec};
use crate::{ParseError, Ssrc};
use alloc::boxed::Box;
use equation::{Equations, Extent, Sum};
use moim_media::Seq;
use window::{Placed, Window};

/// How much a [`Decoder`] remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecoderConfig {
    /// Of each source, how many numbers before the newest packet, and as many behind it: at least as many as there
    /// are in a block and travel before its last repair packet. Rounded up to a power of two, at most 16 384.
    pub packets: usize,
    /// Repair packets that wait for more; the oldest makes room.
    pub repairs: usize,
    /// The longest packet that can be recovered or help with it, in bytes.
    pub bytes_per_packet: usize,
}

impl Default for DecoderConfig {
    /// Blocks of a hundred packets: 400 KB for each source.
    fn default() -> Self {
        Self { packets: 128, repairs: 64, bytes_per_packet: 1_500 }
    }
}

/// What became of a packet that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is remembered.
    Kept,
    /// It was recovered before, and is remembered instead.
    Repaired,
    /// It arrived before.
    Duplicate,
    /// It is older than what is remembered.
    Late,
    /// It is far from all before it. When the next one is near it, the stream has started afresh, or goes on behind a
    /// loss longer than is remembered.
    Stray,
    /// It is longer than what is remembered.
    TooLong,
    /// It is of a source that nothing protects.
    Foreign,
}

/// What became of a repair packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is remembered: [`Decoder::recover`] may find something now.
    Kept,
    /// Nothing that it names is missing.
    Spent,
    /// It names packets older than what is remembered.
    Late,
    /// It names packets farther ahead than is remembered.
    Ahead,
    /// It is longer than what is remembered.
    TooLong,
    /// It names a source that is not protected, or one twice.
    Foreign,
}

/// Finds the packets that are determined by those that arrived and by sums of them, one by one until no more can be
/// found: a packet that was recovered helps to recover the next, across rows and columns.
///
/// A sum that cannot be one of the packets it names – too short, something left behind the end of what is recovered,
/// or no packet – is dropped. What a forged one makes of a packet that is really missing cannot be told from the
/// truth, so repair packets deserve the same authentication as others; it never touches a packet that arrived.
///
/// All memory is allocated by [`new`](Self::new). A repair packet costs as much work as it names packets, a packet as
/// much as repair packets wait.
#[derive(Clone, Debug)]
pub struct Decoder {
    windows: Box<[Window]>,
    equations: Equations,
}

impl Decoder {
    /// For repair packets over these sources.
    #[must_use]
    pub fn new(config: DecoderConfig, sources: &[Ssrc]) -> Self {
        let DecoderConfig { packets, repairs, bytes_per_packet } = config;
        let windows = sources.iter().map(|&source| Window::new(source, packets, bytes_per_packet)).collect();
        Self { windows, equations: Equations::new(repairs.max(1), sources.len(), bytes_per_packet) }
    }

    /// Remembers a packet as it arrived.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when it is none.
    pub fn media(&mut self, packet: &[u8]) -> Result<Inserted, ParseError> {
        let parsed = crate::Packet::parse(packet)?;
        let source = parsed.ssrc();
        let found = self.windows.iter_mut().enumerate().find(|(_, window)| window.source() == source);
        let Some((index, window)) = found else { return Ok(Inserted::Foreign) };
        let number = match window.place(parsed.seq()) {
            Placed::At(number) => number,
            Placed::Afresh(number) => {
                self.equations.forget(index);
                number
            }
            Placed::Late => return Ok(Inserted::Late),
            Placed::Stray => return Ok(Inserted::Stray),
        };
        let inserted = window.insert(number, packet);
        if inserted == Inserted::Kept {
            self.equations.changed(index, number);
        }
        Ok(inserted)
    }

    /// Takes a repair packet of FlexFEC, of either version.
    pub fn flexfec(&mut self, repair: &flexfec::Repair<'_>) -> Held {
        let sum = Sum { recovery: Some(repair.recovery()), extent: Extent::Whole, body: repair.body() };
        self.hold(sum, repair.protected())
    }

    /// Takes a payload of ULPFEC that protects `source`. Its levels are remembered as if each were a packet; what is
    /// said is said of the first.
    pub fn ulpfec(&mut self, source: Ssrc, repair: &ulpfec::Repair<'_>) -> Held {
        let mut held = None;
        for level in repair.levels() {
            let first = held.is_none();
            let recovery = first.then(|| repair.recovery());
            let sum = Sum { recovery, extent: Extent::From(level.start), body: level.body };
            let pattern = Pattern::Mask(level.packets);
            let result = self.hold(sum, core::iter::once(Protected { source, base: repair.base(), pattern }));
            held = held.or(Some(result));
        }
        held.unwrap_or(Held::Spent)
    }

    /// The next packet that was missing and is known now. To be called until there is none: `None` until something
    /// else arrives.
    #[must_use]
    pub fn recover(&mut self) -> Option<&[u8]> {
        let (index, number) = self.equations.solve(&mut self.windows)?;
        self.windows.get(index)?.packet(number)
    }

    /// The packets that are named by a repair packet held and are missing all the same, each once. Before
    /// [`recover`](Self::recover) has none more to give, those are among them that it would give.
    pub fn missing(&self) -> impl Iterator<Item = (Ssrc, Seq)> {
        self.equations.missing(&self.windows)
    }

    /// Forgets everything, for streams that start afresh.
    pub fn clear(&mut self) {
        self.windows.iter_mut().for_each(Window::clear);
        self.equations.clear();
    }

    fn hold(&mut self, sum: Sum<'_>, protected: impl Iterator<Item = Protected>) -> Held {
        self.equations.insert(&mut self.windows, sum, protected)
    }
}

#[cfg(test)]
mod tests;
