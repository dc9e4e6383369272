//! Text in order, once, with marks where some is missing (RFC 4103, sections 5.3 and 5.4).

use super::Format;
use super::characters::Characters;
use crate::Packet;
use crate::payload::DepayloadError;
use crate::red::Red;
use alloc::boxed::Box;
use alloc::vec;
use core::fmt;
use core::time::Duration;
use moim_media::{Instant, SeqNo};

/// How text is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverConfig {
    /// How long text waits for what is missing before it.
    pub patience: Duration,
    /// How many blocks can wait: at least two. A gap that is longer counts as that long.
    pub blocks: usize,
    /// The longest block that can wait, in bytes. Text that need not wait may be longer.
    pub bytes_per_block: usize,
}

impl Default for ReceiverConfig {
    /// A second, as the standard recommends, and 16 blocks of 1 023 bytes, the most that can be repeated.
    fn default() -> Self {
        Self { patience: Duration::from_secs(1), blocks: 16, bytes_per_block: 1_023 }
    }
}

/// Puts text together again, character by character.
///
/// * What was lost and is repeated is put in its place; what comes twice is told once.
/// * A block that does not come while text behind it waits is told as one [`MISSING`](super::MISSING).
/// * Characters are always whole, even if a sender cuts them.
///
/// The numbers of packets are unwrapped by [`reception::Source`](crate::reception::Source), which also tells the packets
/// apart that are not of the stream: one far ahead would end the text before it. All memory is allocated by
/// [`new`](Self::new).
#[derive(Clone)]
pub struct TextReceiver {
    format: Format,
    config: ReceiverConfig,
    slots: Box<[Option<Waiting>]>,
    bytes: Box<[u8]>,
    /// The block to be told next.
    next: Option<u64>,
    /// How many blocks in a row were told to be missing.
    missing: u64,
    characters: Characters,
}

/// A block with something missing before it.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    since: Instant,
    len: usize,
}

impl TextReceiver {
    /// For a stream that is about to begin.
    #[must_use]
    pub fn new(format: Format, config: ReceiverConfig) -> Self {
        let blocks = config.blocks.max(2);
        Self {
            format,
            config: ReceiverConfig { blocks, ..config },
            slots: vec![None; blocks].into_boxed_slice(),
            bytes: vec![0; blocks * config.bytes_per_block].into_boxed_slice(),
            next: None,
            missing: 0,
            characters: Characters::default(),
        }
    }

    /// Takes `packet`, of number `seq`, that arrived at `now`, and gives `sink` the text that is now known.
    ///
    /// Plain packets are read in the redundant format too.
    ///
    /// # Errors
    ///
    /// [`DepayloadError`] when the packet is of another format. `sink` has then seen nothing.
    pub fn receive(
        &mut self,
        now: Instant,
        seq: SeqNo,
        packet: &Packet<'_>,
        sink: &mut dyn FnMut(char),
    ) -> Result<(), DepayloadError> {
        let (t140, payload) = (self.format.t140(), packet.payload());
        if packet.payload_type() == t140 {
            self.make_room(seq.get(), sink);
            self.place(now, seq.get(), payload, sink);
            return Ok(());
        }
        if packet.payload_type() != self.format.payload_type() {
            return Err(DepayloadError::Unsupported);
        }
        let red = Red::parse(payload).map_err(|_| DepayloadError::Malformed)?;
        if red.primary().payload_type != t140 {
            return Err(DepayloadError::Unsupported);
        }
        self.make_room(seq.get(), sink);
        // No more than can wait together with the primary.
        let redundant = red.redundant();
        let skipped = (redundant.len() + 1).saturating_sub(self.slots.len());
        let distances = (1..=(redundant.len() - skipped) as u64).rev();
        for (distance, block) in distances.zip(redundant.skip(skipped)) {
            if let (Some(number), true) = (seq.get().checked_sub(distance), block.payload_type == t140) {
                self.place(now, number, block.data, sink);
            }
        }
        self.place(now, seq.get(), red.primary().data, sink);
        Ok(())
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to tell; `None` while no text waits.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let since = self.slots.iter().flatten().map(|waiting| waiting.since).min();
        since.map(|since| since + self.config.patience)
    }

    /// Gives `sink` what has waited long enough, with marks for what is missing before it.
    pub fn handle_timeout(&mut self, now: Instant, sink: &mut dyn FnMut(char)) {
        while self.poll_timeout().is_some_and(|due| now >= due) {
            self.skip_gap(sink);
        }
    }

    /// Begins anew, as the stream did. Text that waits is told first.
    pub fn clear(&mut self, sink: &mut dyn FnMut(char)) {
        while self.slots.iter().any(Option::is_some) {
            self.skip_gap(sink);
        }
        (self.next, self.missing, self.characters) = (None, 0, Characters::default());
    }

    /// Tells what cannot wait together with block `number`.
    fn make_room(&mut self, number: u64, sink: &mut dyn FnMut(char)) {
        let first = number.saturating_add(1).saturating_sub(self.slots.len() as u64);
        self.advance(first, sink);
        self.tell_waiting(sink);
    }

    /// Tells block `number`, or lets it wait. The first of all begins the stream.
    fn place(&mut self, now: Instant, number: u64, block: &[u8], sink: &mut dyn FnMut(char)) {
        let next = self.next.get_or_insert(number);
        if number == *next {
            *next = next.saturating_add(1);
            self.missing = 0;
            self.characters.read(block, sink);
            return self.tell_waiting(sink);
        }
        if number < *next {
            return;
        }
        let (slot, bytes) = self.slot(number);
        if let (Some(empty @ None), Some(place)) = (slot, bytes.get_mut(..block.len())) {
            place.copy_from_slice(block);
            *empty = Some(Waiting { since: now, len: block.len() });
        }
    }

    /// Tells the blocks that wait for nothing.
    fn tell_waiting(&mut self, sink: &mut dyn FnMut(char)) {
        while self.tell_next(sink) == Told::Text {}
    }

    /// Gives up what is missing before the first block that waits.
    fn skip_gap(&mut self, sink: &mut dyn FnMut(char)) {
        let Some(next) = self.next else { return };
        let within = next..next.saturating_add(self.slots.len() as u64);
        if let Some(first) = within.into_iter().find(|&number| matches!(self.slot(number).0, Some(Some(_)))) {
            self.advance(first, sink);
            self.tell_waiting(sink);
        }
    }

    /// Tells all blocks before `end`, with marks for those that are missing.
    fn advance(&mut self, end: u64, sink: &mut dyn FnMut(char)) {
        while let Some(next) = self.next.filter(|&next| next < end) {
            // Where nothing waits, all is missing at once.
            let missing = if self.slots.iter().any(Option::is_some) { 1 } else { end - next };
            if self.tell_next(sink) == Told::Nothing {
                self.next = Some(next + missing);
                let marks = missing.min(self.slots.len() as u64 - self.missing);
                self.missing += marks;
                (0..marks).for_each(|_| self.characters.lose(sink));
            }
        }
    }

    /// Tells the next block if it waits.
    fn tell_next(&mut self, sink: &mut dyn FnMut(char)) -> Told {
        let Some(number) = self.next else { return Told::Nothing };
        let index = self.index(number);
        let start = index * self.config.bytes_per_block;
        let Some(Waiting { len, .. }) = self.slots.get_mut(index).and_then(Option::take) else {
            return Told::Nothing;
        };
        self.next = Some(number.saturating_add(1));
        self.missing = 0;
        self.characters.read(self.bytes.get(start..start + len).unwrap_or_default(), sink);
        Told::Text
    }

    fn slot(&mut self, number: u64) -> (Option<&mut Option<Waiting>>, &mut [u8]) {
        let index = self.index(number);
        let start = index * self.config.bytes_per_block;
        let bytes = self.bytes.get_mut(start..start + self.config.bytes_per_block);
        (self.slots.get_mut(index), bytes.unwrap_or_default())
    }

    #[allow(clippy::cast_possible_truncation, reason = "less than the number of slots")]
    const fn index(&self, number: u64) -> usize {
        (number % self.slots.len() as u64) as usize
    }
}

/// Whether the next block was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Text,
    Nothing,
}

impl fmt::Debug for TextReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextReceiver")
            .field("format", &self.format)
            .field("config", &self.config)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
