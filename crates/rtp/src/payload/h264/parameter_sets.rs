//! The parameter sets of a stream as last sent, ready to be sent again.

use super::aggregate::split_first;
use super::nal::{NalKind, NalUnit};
use alloc::vec::Vec;

/// Bytes set aside for them, the two bytes of length each takes included. Encoders send some forty bytes.
const CAPACITY: usize = 4_096;

/// Sequence parameter sets and behind them picture parameter sets, each behind its length: any run of them is what
/// follows the first byte of a STAP-A (RFC 6184, section 5.7.1).
#[derive(Clone, Debug)]
pub(super) struct ParameterSets {
    bytes: Vec<u8>,
}

/// Neighbours among the parameter sets, to travel together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run<'a> {
    /// The first of them.
    pub(super) first: NalUnit<'a>,
    /// All of them, each behind its length.
    pub(super) aggregate: &'a [u8],
    /// The importance of the most important (`nal_ref_idc`).
    pub(super) ref_idc: u8,
    pub(super) count: usize,
}

impl ParameterSets {
    /// None yet; room for all there will be.
    pub(super) fn new() -> Self {
        Self { bytes: Vec::with_capacity(CAPACITY) }
    }

    /// Takes the place of the set of the same kind and number. Whether it is remembered: not when there is no room, or
    /// when it is too short to say its number.
    pub(super) fn remember(&mut self, set: NalUnit<'_>) -> bool {
        let (Some(id), Ok(len)) = (set.parameter_set_id(), u16::try_from(set.as_bytes().len())) else {
            return false;
        };
        let mut at = 0;
        // Where a new one goes: in front of the first picture parameter set, or to the end.
        let mut place = None;
        let mut old = None;
        for known in self.iter() {
            let entry = at..at + 2 + known.as_bytes().len();
            at = entry.end;
            if known.kind() == set.kind() && known.parameter_set_id() == Some(id) {
                if known == set {
                    return true;
                }
                old = Some(entry);
            } else if known.kind() == NalKind::PictureParameters && set.kind() != known.kind() {
                place = place.or(Some(entry.start));
            }
        }
        let mut place = place.unwrap_or(at);
        if let Some(old) = old {
            // It stands with those of its kind, before the place.
            place -= old.len();
            self.bytes.drain(old);
        }
        let entry = len.to_be_bytes().into_iter().chain(set.as_bytes().iter().copied());
        if self.bytes.len() + 2 + usize::from(len) > CAPACITY {
            return false;
        }
        self.bytes.splice(place..place, entry);
        true
    }

    /// All of them, the sequence parameter sets first.
    pub(super) fn iter(&self) -> impl Iterator<Item = NalUnit<'_>> {
        let mut rest = &self.bytes[..];
        core::iter::from_fn(move || {
            let (nal, behind) = split_first(rest)?;
            rest = behind;
            Some(nal)
        })
    }

    /// All of them in runs, each of as many as `limit` bytes hold behind the first byte of a STAP-A; at least one.
    pub(super) fn runs(&self, limit: usize) -> impl Iterator<Item = Run<'_>> {
        let mut rest = &self.bytes[..];
        core::iter::from_fn(move || {
            let (first, mut behind) = split_first(rest)?;
            let (mut ref_idc, mut count) = (first.ref_idc(), 1);
            while let Some((nal, further)) = split_first(behind)
                && 1 + rest.len() - further.len() <= limit
            {
                ref_idc = ref_idc.max(nal.ref_idc());
                count += 1;
                behind = further;
            }
            let (aggregate, _) = rest.split_at(rest.len() - behind.len());
            rest = behind;
            Some(Run { first, aggregate, ref_idc, count })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const SPS: [u8; 5] = [0x67, 0x42, 0xe0, 0x1f, 0x80];
    const OTHER_SPS: [u8; 5] = [0x47, 0x42, 0xe0, 0x1f, 0x50];
    const PPS: [u8; 2] = [0x68, 0x80];

    fn remember(sets: &mut ParameterSets, set: &[u8]) -> bool {
        sets.remember(NalUnit::new(set).unwrap())
    }

    fn all(sets: &ParameterSets) -> Vec<&[u8]> {
        sets.iter().map(NalUnit::as_bytes).collect()
    }

    #[test]
    fn sequences_come_before_pictures_and_each_number_once() {
        let mut sets = ParameterSets::new();
        for set in [&PPS[..], &SPS, &OTHER_SPS, &PPS, &SPS] {
            assert!(remember(&mut sets, set));
        }
        assert_eq!(all(&sets), [&SPS[..], &OTHER_SPS, &PPS]);
        // A longer one in the place of an old one, of either kind.
        let (sps, pps) = ([&SPS[..], &[1, 2, 3]].concat(), [&PPS[..], &[9; 9]].concat());
        assert!(remember(&mut sets, &sps) && remember(&mut sets, &pps));
        assert_eq!(all(&sets), [&OTHER_SPS[..], &sps, &pps]);
        assert!(remember(&mut sets, &OTHER_SPS));
        assert_eq!(all(&sets), [&OTHER_SPS[..], &sps, &pps], "nothing new");
    }

    #[test]
    fn what_cannot_be_told_apart_or_does_not_fit_is_not_remembered() {
        let mut sets = ParameterSets::new();
        assert!(!remember(&mut sets, &[0x68]));
        assert!(!remember(&mut sets, &[0x65, 0x80]));
        let long = [&SPS[..], &[1; CAPACITY]].concat();
        assert!(!remember(&mut sets, &long[..CAPACITY - 1]));
        assert!(remember(&mut sets, &long[..CAPACITY - 2]));
        assert!(!remember(&mut sets, &PPS), "no room");
        assert!(!remember(&mut sets, &long), "and the one it was to replace is out of date");
        assert!(all(&sets).is_empty());
        assert_eq!(sets.bytes.capacity(), CAPACITY);
    }

    #[test]
    fn runs_are_as_long_as_the_limit_allows() {
        let mut sets = ParameterSets::new();
        for set in [&SPS[..], &OTHER_SPS, &PPS] {
            assert!(remember(&mut sets, set));
        }
        let runs = |limit| sets.runs(limit).map(|run| (run.count, run.aggregate.len())).collect::<Vec<_>>();
        assert_eq!(runs(19), [(3, 18)]);
        assert_eq!(runs(18), [(2, 14), (1, 4)]);
        assert_eq!(runs(14), [(1, 7), (2, 11)]);
        assert_eq!(runs(0), [(1, 7), (1, 7), (1, 4)]);
        let run = sets.runs(100).next().unwrap();
        assert_eq!((run.first.as_bytes(), run.ref_idc), (&SPS[..], 3));
        assert_eq!(run.aggregate, [&[0, 5][..], &SPS, &[0, 5], &OTHER_SPS, &[0, 2], &PPS].concat());
    }
}
