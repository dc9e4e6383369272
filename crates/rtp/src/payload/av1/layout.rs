//! How OBUs are laid out over packets.

use super::leb128;
use super::obu::ObuHeader;
use core::ops::Range;

/// An OBU to be sent, and where its payload lies in the unit.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) header: ObuHeader,
    pub(super) payload: Range<usize>,
}

impl Outgoing {
    /// Bytes without a size.
    pub(super) fn len(&self) -> usize {
        self.header.len() + self.payload.len()
    }

    /// Bytes of the shortest fragment it can begin with: its header stays in one piece.
    pub(super) fn shortest_start(&self) -> usize {
        self.len().min(self.header.len() + 1)
    }
}

/// A place in a run of OBUs: which one, and how many of its bytes are before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) obu: usize,
    pub(super) offset: usize,
}

/// What one packet holds of a run: the OBUs from `first` up to the one `last` is in, which goes as far as that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) first: Place,
    pub(super) last: Place,
}

impl Load {
    /// How many elements the packet has.
    pub(super) fn elements(self) -> usize {
        self.last.obu - self.first.obu + 1
    }
}

/// The packets of a run of OBUs that may share packets: each as full as `limit` allows. The limit is to hold the
/// shortest start of every OBU, behind the aggregation header.
pub(super) struct Layout<'a> {
    run: &'a [Outgoing],
    limit: usize,
    at: Place,
}

impl<'a> Layout<'a> {
    pub(super) fn new(run: &'a [Outgoing], limit: usize) -> Self {
        Self { run, limit, at: Place::default() }
    }

    /// Over as few packets as `limit` allows, and all nearly of one size.
    pub(super) fn even(run: &'a [Outgoing], limit: usize) -> Self {
        let fewest = Self::new(run, limit).count();
        let least = run.iter().map(Outgoing::shortest_start).max().unwrap_or_default() + 1;
        let bytes: usize = run.iter().map(Outgoing::len).sum();
        // What sizes and ragged ends add is found by trying.
        let (mut share, mut step) = ((bytes.div_ceil(fewest.max(1)) + 1).max(least), 1);
        while share < limit && Self::new(run, share).take(fewest + 1).count() > fewest {
            share += step;
            step *= 2;
        }
        Self::new(run, share.min(limit))
    }
}

/// How many elements the aggregation header can count.
pub(super) const COUNTED: usize = 3;

impl Iterator for Layout<'_> {
    type Item = Load;

    fn next(&mut self) -> Option<Load> {
        let first = self.at;
        let mut load = None;
        // The aggregation header.
        let mut used = 1;
        // Bytes of the last element, while it has no size.
        let mut unsized_len = None;
        let mut elements = 0;
        for (index, obu) in self.run.iter().enumerate().skip(first.obu) {
            let offset = self.at.offset;
            let len = obu.len() - offset;
            used += unsized_len.take().map_or(0, leb128::len);
            elements += 1;
            let room = self.limit.saturating_sub(used);
            let taken = if elements <= COUNTED { len } else { len + leb128::len(len) };
            if taken > room {
                let piece = if elements <= COUNTED { room } else { longest_with_size(room) };
                let shortest = if offset == 0 { obu.shortest_start() } else { 1 };
                if piece >= shortest {
                    self.at = Place { obu: index, offset: offset + piece };
                    load = Some(Load { first, last: self.at });
                }
                return load;
            }
            used += taken;
            if elements <= COUNTED {
                unsized_len = Some(len);
            }
            load = Some(Load { first, last: Place { obu: index, offset: obu.len() } });
            self.at = Place { obu: index + 1, offset: 0 };
        }
        load
    }
}

/// How many bytes fit into `room` behind their size.
fn longest_with_size(room: usize) -> usize {
    let size = leb128::len(room);
    // Fewer bytes may need less of a size: where it grows, one more fits than it seems.
    (room.saturating_sub(size)..room).rev().find(|&len| len + leb128::len(len) <= room).unwrap_or_default()
}
