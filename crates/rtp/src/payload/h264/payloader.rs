//! From access units to payloads.

use super::nal::{NalKind, NalUnit, nal_units};
use super::parameter_sets::ParameterSets;
use super::{PacketizationMode, fragment, header, structure};
use crate::payload::{Fragment, PayloadError, Payloader};
use alloc::vec::Vec;
use core::ops::Range;

/// Sends access units without copying them: payloads are parts of the unit behind one or two bytes.
///
/// * The last payload of a unit is marked (RFC 6184, section 5.1).
/// * A NAL unit longer than the limit travels in fragments of even size; in mode 0 it cannot.
/// * Parameter sets are remembered. With an instantaneous refresh (IDR), and with a unit that brings one, all of them go
///   out first, once each, together where the mode and the limit allow; so who joins or lost some can always begin there.
/// * Delimiters, filler and NAL units of unspecified type stay here: a receiver needs none of them.
///
/// Remembers 4 kB of parameter sets, and allocates nothing after the first units of a stream. Sets beyond that
/// are sent where they stand.
#[derive(Clone, Debug)]
pub struct H264Payloader {
    mode: PacketizationMode,
    sets: ParameterSets,
    /// Where the NAL units of the present unit are that are not sent from `sets`.
    nals: Vec<Range<usize>>,
}

/// What goes out ahead of a unit's own NAL units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ahead {
    Nothing,
    ParameterSets,
}

impl H264Payloader {
    /// For a stream that is about to begin.
    #[must_use]
    pub fn new(mode: PacketizationMode) -> Self {
        Self { mode, sets: ParameterSets::new(), nals: Vec::with_capacity(64) }
    }

    /// Finds what is to be sent of `unit` and takes note of its parameter sets.
    fn read(&mut self, unit: &[u8]) -> Result<Ahead, PayloadError> {
        if unit.is_empty() {
            return Err(PayloadError::Empty);
        }
        self.nals.clear();
        let mut ahead = Ahead::Nothing;
        let mut units = nal_units(unit);
        let mut end = 0;
        while let Some((range, nal)) = units.next_with_range() {
            // Before the first start code there may be zeros only.
            if nal.is_forbidden() || (end == 0 && unit.iter().take(range.start - 1).any(|&byte| byte != 0)) {
                return Err(PayloadError::Malformed);
            }
            end = range.end;
            match nal.kind() {
                NalKind::Delimiter | NalKind::Filler | NalKind::Unspecified(_) => continue,
                NalKind::Idr | NalKind::SequenceParameters | NalKind::PictureParameters => {
                    ahead = Ahead::ParameterSets;
                }
                _ => {}
            }
            self.nals.push(range);
        }
        match (end, self.nals.is_empty()) {
            (0, _) => return Err(PayloadError::Malformed),
            (_, true) => return Err(PayloadError::Empty),
            _ => {}
        }
        if ahead == Ahead::ParameterSets {
            let sets = &mut self.sets;
            self.nals.retain(|range| match nal_at(unit, range) {
                Some(nal) => !sets.remember(nal),
                None => false,
            });
        }
        Ok(ahead)
    }

    /// Whether every NAL unit to be sent can be.
    fn check(&self, unit: &[u8], ahead: Ahead, limit: usize) -> Result<(), PayloadError> {
        let ahead = match ahead {
            Ahead::ParameterSets => self.sets.iter().map(|set| set.as_bytes().len()).max(),
            Ahead::Nothing => None,
        };
        let own = self.nals.iter().filter_map(|range| nal_at(unit, range)).map(|nal| nal.as_bytes().len());
        let longest = own.max().max(ahead).unwrap_or_default();
        let needed = match self.mode {
            PacketizationMode::SingleNal => longest,
            // A fragment of one byte.
            PacketizationMode::NonInterleaved => longest.min(3),
        };
        if needed > limit { Err(PayloadError::TooLong { needed, limit }) } else { Ok(()) }
    }
}

impl Payloader for H264Payloader {
    fn packetize(
        &mut self,
        unit: &[u8],
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError> {
        let ahead = self.read(unit)?;
        self.check(unit, ahead, limit)?;
        if ahead == Ahead::ParameterSets {
            let together = match self.mode {
                PacketizationMode::SingleNal => 0,
                PacketizationMode::NonInterleaved => limit,
            };
            let mut runs = self.sets.runs(together).peekable();
            while let Some(run) = runs.next() {
                let marker = self.nals.is_empty() && runs.peek().is_none();
                if run.count == 1 {
                    send(run.first.as_bytes(), limit, marker, sink);
                    continue;
                }
                let prefix = [run.ref_idc << 5 | structure::STAP_A];
                sink(Fragment { prefix: &prefix, body: run.aggregate, marker });
            }
        }
        let mut nals = self.nals.iter().peekable();
        while let Some(range) = nals.next() {
            let nal = unit.get(range.clone()).unwrap_or_default();
            send(nal, limit, nals.peek().is_none(), sink);
        }
        Ok(())
    }
}

fn nal_at<'a>(unit: &'a [u8], range: &Range<usize>) -> Option<NalUnit<'a>> {
    unit.get(range.clone()).and_then(NalUnit::new)
}

/// One NAL unit, whole if it fits and otherwise in as few fragments as possible, all of the same size within one byte.
fn send(nal: &[u8], limit: usize, marker: bool, sink: &mut dyn FnMut(Fragment<'_>)) {
    if nal.len() <= limit {
        return sink(Fragment { prefix: &[], body: nal, marker });
    }
    let Some((&first, mut rest)) = nal.split_first() else { return };
    let indicator = first & !header::TYPE | structure::FU_A;
    let mut position = fragment::START;
    for left in (1..=rest.len().div_ceil(limit.saturating_sub(2).max(1))).rev() {
        let (body, behind) = rest.split_at(rest.len().div_ceil(left));
        rest = behind;
        if left == 1 {
            position |= fragment::END;
        }
        let prefix = [indicator, position | first & header::TYPE];
        sink(Fragment { prefix: &prefix, body, marker: marker && left == 1 });
        position = 0;
    }
}
