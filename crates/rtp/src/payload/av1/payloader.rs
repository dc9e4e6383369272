//! From temporal units to payloads.

use super::aggregation::Aggregation;
use super::layout::{COUNTED, Layout, Load, Outgoing};
use super::leb128::Leb128;
use super::obu::{ObuKind, obus};
use super::sequence::Opening;
use crate::Layer;
use crate::payload::{Fragment, PayloadError, Payloader};
use alloc::vec::Vec;

/// Sends temporal units: small OBUs side by side in a packet, long ones in fragments, each without its size.
///
/// * The last payload of a unit is marked (section 4.2); the first says so when a coded video sequence begins with it.
/// * A packet holds OBUs of one layer and of one frame alone (sections 1, 5 and 6), and one sequence header at most, as
///   its first. What may share packets is spread over as few as the limit allows, all nearly of one size.
/// * Elements are counted where there are three at most, which saves the last one's size.
/// * Temporal delimiters, tile lists and padding stay here: a receiver needs none of them.
///
/// The last element of a payload is a part of the unit; what is before it is copied. Allocates nothing after the first
/// units of a stream.
#[derive(Clone, Debug)]
pub struct Av1Payloader {
    outgoing: Vec<Outgoing>,
    /// What is ahead of the last element of a packet.
    prefix: Vec<u8>,
}

impl Av1Payloader {
    /// For a stream that is about to begin.
    #[must_use]
    pub fn new() -> Self {
        Self { outgoing: Vec::with_capacity(64), prefix: Vec::with_capacity(1_500) }
    }

    /// Finds what is to be sent of `unit`.
    fn read(&mut self, unit: &[u8]) -> Result<Opening, PayloadError> {
        if unit.is_empty() {
            return Err(PayloadError::Empty);
        }
        self.outgoing.clear();
        let mut opening = Opening::Before;
        let mut walk = obus(unit);
        let mut is_first = true;
        while let Some((payload, obu)) = walk.next_with_range() {
            match obu.header.kind() {
                // Another unit begins.
                ObuKind::TemporalDelimiter if !is_first => return Err(PayloadError::Malformed),
                ObuKind::TemporalDelimiter | ObuKind::TileList | ObuKind::Padding => {}
                _ => self.outgoing.push(Outgoing { header: obu.header, payload }),
            }
            is_first = false;
            opening = opening.then(obu);
        }
        match (walk.remainder(), self.outgoing.is_empty()) {
            ([_, ..], _) => Err(PayloadError::Malformed),
            (_, true) => Err(PayloadError::Empty),
            _ => Ok(opening),
        }
    }
}

impl Default for Av1Payloader {
    fn default() -> Self {
        Self::new()
    }
}

impl Payloader for Av1Payloader {
    fn packetize(
        &mut self,
        unit: &[u8],
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError> {
        let opening = self.read(unit)?;
        let needed = self.outgoing.iter().map(|obu| 1 + obu.shortest_start()).max().unwrap_or_default();
        if needed > limit {
            return Err(PayloadError::TooLong { needed, limit });
        }
        let mut opening = opening;
        let mut rest = &self.outgoing[..];
        while !rest.is_empty() {
            let (run, behind) = rest.split_at(run_len(rest));
            rest = behind;
            let mut loads = Layout::even(run, limit).peekable();
            while let Some(load) = loads.next() {
                let mut aggregation = aggregation(run, load);
                if opening == Opening::Sequence {
                    aggregation = aggregation.beginning_sequence();
                    opening = Opening::Other;
                }
                self.prefix.clear();
                self.prefix.push(aggregation.to_byte());
                let body = fill(&mut self.prefix, unit, run, load);
                let marker = rest.is_empty() && loads.peek().is_none();
                sink(Fragment { prefix: &self.prefix, body, marker });
            }
        }
        Ok(())
    }
}

/// How many of the first OBUs may share packets.
fn run_len(outgoing: &[Outgoing]) -> usize {
    let mut run = Run::default();
    // The first one always goes.
    outgoing.iter().enumerate().position(|(at, obu)| !run.takes(obu) && at > 0).unwrap_or(outgoing.len())
}

/// What a run of OBUs holds so far.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    layer: Option<Layer>,
    frame: Frame,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Frame {
    #[default]
    Awaited,
    Begun,
}

impl Run {
    /// Takes note of `obu`; returns whether it may be in a packet with those before it.
    fn takes(&mut self, obu: &Outgoing) -> bool {
        let layer = obu.header.layer();
        let same_layer = layer == self.layer || self.layer.is_none();
        self.layer = layer.or(self.layer);
        let same_frame = match obu.header.kind() {
            ObuKind::SequenceHeader => false,
            ObuKind::TileGroup | ObuKind::RedundantFrameHeader => true,
            _ => self.frame == Frame::Awaited,
        };
        if let ObuKind::Frame | ObuKind::FrameHeader | ObuKind::TileGroup = obu.header.kind() {
            self.frame = Frame::Begun;
        }
        same_layer && same_frame
    }
}

fn aggregation(run: &[Outgoing], load: Load) -> Aggregation {
    let mut aggregation = Aggregation::of(load.elements());
    if load.first.offset > 0 {
        aggregation = aggregation.continuing();
    }
    if run.get(load.last.obu).is_some_and(|obu| load.last.offset < obu.len()) {
        aggregation = aggregation.continued();
    }
    aggregation
}

/// Appends all of `load` to `prefix` but for the end, which it returns.
fn fill<'a>(prefix: &mut Vec<u8>, unit: &'a [u8], run: &[Outgoing], load: Load) -> &'a [u8] {
    let mut body: &[u8] = &[];
    for (index, obu) in run.iter().enumerate().take(load.last.obu + 1).skip(load.first.obu) {
        prefix.extend_from_slice(body);
        let from = if index == load.first.obu { load.first.offset } else { 0 };
        let to = if index == load.last.obu { load.last.offset } else { obu.len() };
        if index < load.last.obu || load.elements() > COUNTED {
            prefix.extend_from_slice(Leb128::new(to - from).as_bytes());
        }
        if from == 0 {
            prefix.push(obu.header.first_without_size());
            prefix.extend(obu.header.extension());
        }
        // The header is never split.
        let header = obu.header.len();
        let payload = unit.get(obu.payload.clone()).unwrap_or_default();
        body = payload.get(from.saturating_sub(header)..to - header).unwrap_or_default();
    }
    body
}
