//! FlexFEC (RFC 8627): repair packets in a stream of their own, which name the packets they protect.
//!
//! A repair packet names its sources in its list of contributing sources, in the order of its header.

mod parameters;

pub use parameters::{Parameters, ProtectionType};

use super::header::{Continuation, Reader, Sink};
use super::{Block, HeaderError, Pattern, Protected, Recovery, RepairError};
use crate::{Packet, Ssrc};
use core::num::NonZeroU8;
use moim_media::Seq;

/// The name in `a=rtpmap`; its clock rate should be that of the stream that is protected.
pub const ENCODING_NAME: &str = "flexfec";
/// As many sources as a packet can name as contributing.
pub const SOURCES: usize = 15;

/// That the packets are rows and columns of a block (F), and not those of masks.
pub(super) const FIXED_BLOCK: u8 = 0x40;
/// That the payload is a packet sent again (R), and no sum.
pub(super) const RETRANSMISSION: u8 = 0x80;

/// What a packet of a repair stream is.
#[derive(Clone, Copy, Debug)]
pub enum Received<'a> {
    /// The sum of some packets.
    Repair(Repair<'a>),
    /// A packet sent again as it was, and its bytes (section 4.2.2.3). To write one, its bytes are the payload.
    Retransmission(Packet<'a>, &'a [u8]),
}

/// The sum of some packets: a view over the bytes it came in, checked by [`read`] or [`super::flexfec03::read`].
#[derive(Clone, Copy, Debug)]
pub struct Repair<'a> {
    recovery: Recovery,
    sources: Sources<'a>,
    body: &'a [u8],
}

/// The sources and patterns of a header, in whichever form it has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sources<'a> {
    /// Named by the packet around; patterns only.
    Around(Packet<'a>, Form, &'a [u8]),
    /// Each before its pattern.
    Within(u8, Form, &'a [u8]),
}

/// How a header says which packets it protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Masks(Continuation),
    Blocks,
}

/// Reads a packet of a repair stream (section 4.2.2).
///
/// # Errors
///
/// [`RepairError`] when it is neither a sum nor a packet sent again.
pub fn read<'a>(packet: &Packet<'a>) -> Result<Received<'a>, RepairError> {
    let payload = packet.payload();
    let mut reader = Reader::new(payload);
    let &flags = payload.first().ok_or(RepairError::Truncated { needed: 1, actual: 0 })?;
    let form = match flags & (RETRANSMISSION | FIXED_BLOCK) {
        0 => Form::Masks(Continuation::Set),
        FIXED_BLOCK => Form::Blocks,
        RETRANSMISSION => return Ok(Received::Retransmission(Packet::parse(payload)?, payload)),
        flags => return Err(RepairError::Undefined { flags }),
    };
    let recovery = reader.recovery()?;
    let fields = reader.rest();
    if packet.csrcs().len() == 0 {
        return Err(RepairError::Sources { count: 0 });
    }
    for source in packet.csrcs() {
        form.read(source, &mut reader)?;
    }
    let sources = Sources::Around(*packet, form, fields);
    Ok(Received::Repair(Repair { recovery, sources, body: reader.rest() }))
}

/// Writes the header of a repair packet into the beginning of `into` and returns its length. The sources are to be
/// named as contributing ones in the same order.
///
/// # Errors
///
/// [`HeaderError`] when there are not 1 to 15 sources, their patterns are of both kinds, or the header does not fit.
pub fn write_header(
    recovery: Recovery,
    protected: &[Protected],
    into: &mut [u8],
) -> Result<usize, HeaderError> {
    let mut sink = Sink::new(into);
    sink.put(&head(recovery, protected)?);
    for source in protected {
        write_pattern(source, Continuation::Set, &mut sink)?;
    }
    sink.finish()
}

/// What a header begins with, in either version.
pub(super) fn head(recovery: Recovery, protected: &[Protected]) -> Result<[u8; 8], HeaderError> {
    if !(1..=SOURCES).contains(&protected.len()) {
        return Err(HeaderError::Sources { count: protected.len() });
    }
    let mut head = recovery.bytes();
    let blocks = protected.iter().filter(|source| matches!(source.pattern, Pattern::Block(_))).count();
    if blocks == protected.len() {
        head[0] |= FIXED_BLOCK;
    } else if blocks > 0 {
        return Err(HeaderError::Mixed);
    }
    Ok(head)
}

pub(super) fn write_pattern(
    source: &Protected,
    masks: Continuation,
    sink: &mut Sink<'_>,
) -> Result<(), HeaderError> {
    sink.put(&source.base.0.to_be_bytes());
    match source.pattern {
        Pattern::Mask(mask) => masks.write(mask, sink)?,
        Pattern::Block(Block { columns, rows }) => sink.put(&[columns.get(), rows]),
    }
    Ok(())
}

impl Form {
    pub(super) fn read(self, source: Ssrc, reader: &mut Reader<'_>) -> Result<Protected, RepairError> {
        let base = Seq(u16::from_be_bytes(reader.array()?));
        let pattern = match self {
            Self::Masks(masks) => Pattern::Mask(masks.read(reader)?),
            Self::Blocks => {
                let [columns, rows] = reader.array()?;
                let columns = NonZeroU8::new(columns).ok_or(RepairError::NoColumns { rows })?;
                Pattern::Block(Block { columns, rows })
            }
        };
        Ok(Protected { source, base, pattern })
    }
}

impl<'a> Repair<'a> {
    pub(super) const fn new(recovery: Recovery, sources: Sources<'a>, body: &'a [u8]) -> Self {
        Self { recovery, sources, body }
    }

    /// Which packets are summed up: at least one source.
    pub fn protected(&self) -> impl Iterator<Item = Protected> + use<'a> {
        // All was read once before.
        let (around, within, form, fields) = match self.sources {
            Sources::Around(packet, form, fields) => (Some(packet.csrcs()), 0, form, fields),
            Sources::Within(count, form, fields) => (None, count, form, fields),
        };
        let mut reader = Reader::new(fields);
        let around = around.into_iter().flatten().map(Some).chain((0..within).map(|_| None));
        around.map_while(move |source| {
            let source = match source {
                Some(source) => source,
                None => Ssrc(u32::from_be_bytes(reader.array().ok()?)),
            };
            form.read(source, &mut reader).ok()
        })
    }

    /// The sum of the fixed headers.
    #[must_use]
    pub const fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// The sum of all that is behind the fixed headers, as long as the longest.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }
}

#[cfg(test)]
mod tests;
