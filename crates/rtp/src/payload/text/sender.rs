//! When to send how much of what was typed (RFC 4103, section 5).

use super::rate::Rate;
use super::{BYTE_ORDER_MARK, CLOCK_RATE, Format, INTERVAL, Parameters};
use crate::red::{MAX_BLOCK, RedSender, Unit};
use crate::{BuildError, PayloadType};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use moim_media::{Instant, Timestamp};

/// How text is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderConfig {
    /// How much time lies between packets, at least: 20 to 500 ms.
    pub interval: Duration,
    /// How fast the other side can receive, as its description says.
    pub receiver: Parameters,
    /// The most text in a block, in bytes: 4 to 1 023.
    pub bytes_per_block: usize,
    /// How many bytes of text can wait to be sent: at least a block.
    pub bytes_waiting: usize,
}

impl Default for SenderConfig {
    /// A packet every 300 ms, blocks of 240 bytes, 16 kB waiting.
    fn default() -> Self {
        Self {
            interval: INTERVAL,
            receiver: Parameters::default(),
            bytes_per_block: 240,
            bytes_waiting: 16 << 10,
        }
    }
}

/// Sends what is typed, block by block, and each again as often as was agreed.
///
/// * Text goes out at once after a silence, and then every interval while there is some.
/// * After the last text, empty blocks carry the repetitions until all are sent; then there is silence.
/// * The first packet, and the first after a silence, is marked.
/// * A session begins with a byte order mark, which also lets the receiver miss the first text if it is lost.
/// * In no ten seconds there are more characters than the receiver has asked for; the rest waits.
///
/// All memory is allocated by [`new`](Self::new).
#[derive(Clone, Debug)]
pub struct TextSender {
    format: Format,
    config: SenderConfig,
    start: Timestamp,
    waiting: String,
    red: RedSender,
    rate: Rate,
    last: Option<Instant>,
    /// How many packets the last text is still to be repeated in.
    owed: u8,
    flow: Flow,
}

/// Whether the next packet follows one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// It is the first after a silence.
    Begins,
    Goes,
}

/// A packet to be sent, with the next sequence number of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextPacket {
    /// Which format it has.
    pub payload_type: PayloadType,
    /// Whether it is marked.
    pub marker: bool,
    /// When the text was typed.
    pub timestamp: Timestamp,
    /// Bytes of the payload. There may be none, but not in the redundant format.
    pub len: usize,
}

impl TextSender {
    /// A session in which the epoch of the caller's clock has the timestamp `start`, chosen at random. Values of
    /// `config` beyond their limits are taken as the limits.
    #[must_use]
    pub fn new(format: Format, start: Timestamp, config: SenderConfig) -> Self {
        let bytes_per_block = config.bytes_per_block.clamp(4, MAX_BLOCK);
        let config = SenderConfig {
            interval: config.interval.clamp(Duration::from_millis(20), Duration::from_millis(500)),
            bytes_per_block,
            bytes_waiting: config.bytes_waiting.max(bytes_per_block),
            ..config
        };
        let mut waiting = String::with_capacity(config.bytes_waiting);
        waiting.push(BYTE_ORDER_MARK);
        let distances: Vec<u8> = (1..=format.generations()).collect();
        Self {
            format,
            config,
            start,
            waiting,
            red: RedSender::new(&distances, bytes_per_block),
            rate: Rate::new(config.receiver.cps, config.interval),
            last: None,
            owed: 0,
            flow: Flow::Begins,
        }
    }

    /// Takes text that was typed at `now`, and returns how many bytes of it found room to wait: the rest is to be
    /// offered again, or to be given up.
    #[must_use]
    pub fn push(&mut self, now: Instant, text: &str) -> usize {
        if self.waiting.is_empty() && self.owed == 0 && self.next().is_some_and(|next| now > next) {
            self.flow = Flow::Begins;
        }
        let room = self.config.bytes_waiting - self.waiting.len();
        let (taken, _) = first(text, room, usize::MAX);
        self.waiting.push_str(taken);
        taken.len()
    }

    /// Bytes of text that wait to be sent.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// When [`poll_transmit`](Self::poll_transmit) will have something; `None` while nothing is typed. Changes with
    /// every other call.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let next = self.next().unwrap_or(Instant::EPOCH);
        match (self.owed, self.waiting.is_empty()) {
            (1.., _) => Some(next),
            (0, false) => Some(next.max(self.rate.open())),
            (0, true) => None,
        }
    }

    /// Writes the next payload to be sent at `now` into the beginning of `into`; `None` when none is due. Repetitions
    /// that find no room are left out.
    ///
    /// # Errors
    ///
    /// [`BuildError::BufferTooSmall`]: a block and a byte must find room. Nothing has then changed.
    pub fn poll_transmit(&mut self, now: Instant, into: &mut [u8]) -> Result<Option<TextPacket>, BuildError> {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return Ok(None);
        }
        let (block, characters) = first(&self.waiting, self.config.bytes_per_block, self.rate.allowed(now));
        let taken = block.len();
        #[allow(clippy::cast_possible_truncation, reason = "timestamps wrap")]
        let ticks = CLOCK_RATE.ticks(now.since_epoch()) as u32;
        let timestamp = Timestamp(self.start.0.wrapping_add(ticks));
        let len = match self.format {
            Format::Plain { .. } => {
                let (needed, actual) = (taken, into.len());
                let place = into.get_mut(..needed).ok_or(BuildError::BufferTooSmall { needed, actual })?;
                place.copy_from_slice(block.as_bytes());
                needed
            }
            Format::Redundant { t140, .. } => {
                let unit = Unit { payload_type: t140, timestamp, data: block.as_bytes() };
                self.red.write(unit, into)?.len
            }
        };
        self.waiting.drain(..taken);
        self.owed = if taken > 0 { self.format.generations() } else { self.owed.saturating_sub(1) };
        self.rate.note(now, characters);
        self.last = Some(now);
        let marker = core::mem::replace(&mut self.flow, Flow::Goes) == Flow::Begins;
        Ok(Some(TextPacket { payload_type: self.format.payload_type(), marker, timestamp, len }))
    }

    /// When the interval is over; `None` before the first packet.
    fn next(&self) -> Option<Instant> {
        self.last.map(|last| last + self.config.interval)
    }
}

/// The beginning of `text`, with at most so many bytes and characters, and how many characters it has.
fn first(text: &str, bytes: usize, most: usize) -> (&str, usize) {
    let ends = text.char_indices().map(|(start, character)| start + character.len_utf8());
    let fitting = ends.take_while(|&end| end <= bytes).take(most);
    let (end, characters) = fitting.fold((0, 0), |(_, count), end| (end, count + 1));
    (text.get(..end).unwrap_or_default(), characters)
}
