//! The sender's side: sums of the packets that go by.

mod plan;
mod sum;

pub use plan::Protection;

use super::flexfec::{self, SOURCES};
use super::parity::split;
use super::{HeaderError, Mask, Pattern, Protected, flexfec03, ulpfec};
use crate::{BuildError, Header, Packet, PacketBuilder, ParseError, Ssrc};
use alloc::boxed::Box;
use moim_media::Seq;
use plan::Plan;
use sum::Sum;

/// Bytes before the sum, at most: 15 sources with the longest masks.
const HEADER: usize = 8 + SOURCES * 16;

/// In which format sums travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// RFC 8627.
    #[default]
    FlexFec,
    /// The draft that browsers speak; always as masks.
    FlexFec03,
    /// RFC 5109, one level that protects packets whole.
    UlpFec,
}

/// What an [`Encoder`] protects, and how.
#[derive(Clone, Debug)]
pub struct EncoderConfig {
    /// In which format.
    pub format: Format,
    /// Which packets are summed up.
    pub protection: Protection,
    /// The longest packet that can be protected, in bytes.
    pub bytes_per_packet: usize,
}

impl Default for EncoderConfig {
    /// Every ten packets by one of FlexFEC.
    fn default() -> Self {
        let columns = const { core::num::NonZeroU8::new(10).unwrap() };
        Self { format: Format::FlexFec, protection: Protection::Rows { columns }, bytes_per_packet: 1_500 }
    }
}

/// Why a configuration makes no encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncoderError {
    /// A column has at least two packets.
    #[error("{rows} rows make no column")]
    Rows {
        /// How many were given.
        rows: u8,
    },
    /// The format's masks do not reach over a whole block.
    #[error("a sum over {packets} packets is more than the format's {most}")]
    Reach {
        /// From the first packet of a sum to its last.
        packets: u32,
        /// How many the format reaches.
        most: u16,
    },
    /// Masks that choose nothing.
    #[error("no mask, or one without packets")]
    Nothing,
}

/// What became of a packet offered to [`Encoder::protect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is part of what will be sent.
    Protected,
    /// It does not follow the packet before, so it begins a new block; sums that were unfinished are given up.
    Afresh,
    /// The masks choose it for no sum.
    Skipped,
    /// At least one sum cannot name it, being too far from the first one or of one source too many, and goes on
    /// without it.
    OutOfReach,
}

/// Why a packet cannot be protected. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtectError {
    /// It is no packet.
    #[error(transparent)]
    Packet(#[from] ParseError),
    /// It is longer than the encoder was made for.
    #[error("a packet of {len} bytes is longer than {most}")]
    TooLong {
        /// Bytes of the packet.
        len: usize,
        /// Bytes there may be.
        most: usize,
    },
}

/// Sums up packets as they go by, without keeping them.
///
/// All memory is allocated by [`new`](Self::new).
#[derive(Clone, Debug)]
pub struct Encoder {
    format: Format,
    plan: Plan,
    sums: Box<[Sum]>,
    bytes_per_packet: usize,
    /// The place in its block of the packet that comes next.
    position: u16,
    expected: Option<(Ssrc, Seq)>,
    header: [u8; HEADER],
}

/// The payload of a repair packet, in two parts, and what its packet must say.
#[derive(Clone, Copy, Debug)]
pub struct RepairPayload<'a> {
    csrcs: [Ssrc; SOURCES],
    sources: usize,
    header: &'a [u8],
    body: &'a [u8],
}

impl Encoder {
    /// For a stream that is about to begin.
    ///
    /// # Errors
    ///
    /// [`EncoderError`] when the format cannot say what is to be protected.
    pub fn new(config: EncoderConfig) -> Result<Self, EncoderError> {
        let EncoderConfig { format, protection, bytes_per_packet } = config;
        let plan = Plan::new(format, protection)?;
        let tail = bytes_per_packet.saturating_sub(12).min(usize::from(u16::MAX));
        let sums = (0..plan.sums()).map(|_| Sum::new(tail)).collect();
        Ok(Self {
            format,
            plan,
            sums,
            bytes_per_packet: tail + 12,
            position: 0,
            expected: None,
            header: [0; HEADER],
        })
    }

    /// Adds `packet` as it is sent to the sums it belongs to. Those that it completes are what
    /// [`poll_repair`](Self::poll_repair) gives until a packet of their next block takes their place.
    ///
    /// # Errors
    ///
    /// [`ProtectError`] when it is no packet or too long.
    pub fn protect(&mut self, packet: &[u8]) -> Result<Taken, ProtectError> {
        let parsed = Packet::parse(packet)?;
        let too_long = ProtectError::TooLong { len: packet.len(), most: self.bytes_per_packet };
        let (recovery, tail) =
            split(packet).filter(|_| packet.len() <= self.bytes_per_packet).ok_or(too_long)?;
        let (source, seq) = (parsed.ssrc(), parsed.seq());
        let breaks = self.plan.is_regular() && self.position > 0 && self.expected != Some((source, seq));
        if breaks {
            self.restart();
        }
        let mut taken = if breaks { Taken::Afresh } else { Taken::Skipped };
        self.expected = Some((source, Seq(seq.0.wrapping_add(1))));
        let position = self.position;
        self.position = (position + 1) % self.plan.packets();
        let reach = self.plan.reach(self.format);
        for (index, sum) in self.sums.iter_mut().enumerate() {
            if self.plan.has(index, position) {
                taken = match (sum.add(source, seq, reach, recovery, tail), taken) {
                    (None, _) => Taken::OutOfReach,
                    (Some(()), Taken::Skipped) => Taken::Protected,
                    (Some(()), taken) => taken,
                };
            }
            if self.plan.completes(index, position) {
                sum.complete();
            }
        }
        Ok(taken)
    }

    /// Ends the block before it is full: at the end of a picture, or when nothing more is sent for a while. All sums
    /// that have packets are what [`poll_repair`](Self::poll_repair) gives next.
    pub fn finish(&mut self) {
        self.position = 0;
        self.sums.iter_mut().for_each(Sum::complete);
    }

    /// Forgets the sums that are not complete, for a stream that starts afresh.
    pub fn restart(&mut self) {
        self.position = 0;
        self.expected = None;
        self.sums.iter_mut().for_each(Sum::give_up);
    }

    /// The next sum that is complete; `None` until [`protect`](Self::protect) or [`finish`](Self::finish) complete
    /// another.
    #[must_use]
    pub fn poll_repair(&mut self) -> Option<RepairPayload<'_>> {
        let (index, sum) =
            self.sums.iter_mut().enumerate().find_map(|(index, sum)| Some((index, sum.take()?)))?;
        let mut protected =
            [Protected { source: Ssrc(0), base: Seq(0), pattern: Pattern::Mask(Mask::EMPTY) }; SOURCES];
        let sources = sum.protected(self.plan.block(self.format, index), &mut protected);
        let protected = protected.get(..sources)?;
        let (recovery, body) = (sum.parity().recovery(), sum.parity().body());
        let written = match self.format {
            Format::FlexFec => flexfec::write_header(recovery, protected, &mut self.header),
            Format::FlexFec03 => flexfec03::write_header(recovery, protected, &mut self.header),
            Format::UlpFec => protected.first().map_or(Err(HeaderError::Sources { count: 0 }), |source| {
                let Pattern::Mask(mask) = source.pattern else { return Err(HeaderError::Mixed) };
                ulpfec::write_header(recovery, source.base, mask, body.len(), &mut self.header)
            }),
        };
        // What was added was within reach.
        let header = self.header.get(..written.ok()?)?;
        let mut csrcs = [Ssrc(0); SOURCES];
        if self.format == Format::FlexFec {
            csrcs.iter_mut().zip(protected).for_each(|(csrc, source)| *csrc = source.source);
        }
        let sources = if self.format == Format::FlexFec { sources } else { 0 };
        Some(RepairPayload { csrcs, sources, header, body })
    }
}

impl<'a> RepairPayload<'a> {
    /// What the packet must name as contributing sources: those it protects. None where the format has them inside.
    #[must_use]
    pub fn csrcs(&self) -> &[Ssrc] {
        self.csrcs.get(..self.sources).unwrap_or_default()
    }

    /// The first part: the FEC header.
    #[must_use]
    pub const fn header(&self) -> &'a [u8] {
        self.header
    }

    /// The second part: the sum.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Writes the repair packet into the beginning of `into` and returns its length. `header` is of the repair
    /// stream: its own numbers and source, the time of sending (RFC 8627, section 4.2.1).
    ///
    /// # Errors
    ///
    /// [`BuildError::BufferTooSmall`].
    pub fn write(&self, header: Header, into: &mut [u8]) -> Result<usize, BuildError> {
        PacketBuilder::new(header).csrcs(self.csrcs()).write(&[self.header, self.body], into)
    }
}

#[cfg(test)]
mod tests;
