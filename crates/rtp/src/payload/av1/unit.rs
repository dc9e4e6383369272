//! A temporal unit while it is put together.
//!
//! An OBU that came in fragments is as long as they are together, which nobody knows before the last. Until then the
//! first byte of its header stands without the size bit, and behind it each fragment behind a mark and its own length.
//! [`finish`] moves the fragments together and writes the size. No OBU can be taken for a fragment: a mark has the bit
//! that is forbidden in the header of an OBU. So all that is to be known is in the unit, and nothing in between may
//! be forgotten or belong to another unit.

use super::leb128::Leb128;
use super::obu::{Obu, ObuHeader};
use crate::payload::Prefix;
use core::ops::Range;

/// What is ahead of a fragment: that it is one, and its length.
const MARK_LEN: usize = 5;
const MARK: u8 = 0x80;

/// What is ahead of the payload of a whole OBU.
pub(super) fn whole(obu: &Obu<'_>) -> Prefix {
    let size = Leb128::new(obu.payload.len());
    let extension = obu.header.extension();
    prefix(&[&[obu.header.first_with_size()], extension.as_slice(), size.as_bytes()])
}

/// What is ahead of an OBU's first fragment: the first byte of the header, without the size bit, and what else of it
/// is not in `fragment`.
pub(super) fn start(first: u8, extension: &[u8], fragment: &[u8]) -> Prefix {
    prefix(&[&[first], &mark(extension.len() + fragment.len()), extension])
}

/// What is ahead of any other fragment.
pub(super) fn continuation(fragment: &[u8]) -> Prefix {
    prefix(&[&mark(fragment.len())])
}

fn mark(len: usize) -> [u8; MARK_LEN] {
    // No packet is as long as that.
    let [a, b, c, d] = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
    [MARK, a, b, c, d]
}

fn prefix(parts: &[&[u8]]) -> Prefix {
    let mut bytes = [0; 8];
    let mut places = bytes.iter_mut();
    for (&byte, place) in parts.iter().copied().flatten().zip(&mut places) {
        *place = byte;
    }
    let len = 8 - places.len();
    bytes.get(..len).and_then(Prefix::new).unwrap_or_default()
}

/// Gives every OBU of `unit` its size and returns how long the unit is then: never longer. An OBU whose last
/// fragments are missing gets the size of what is there. What was not put together here ends the unit.
pub(super) fn finish(unit: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    while let Some(&first) = unit.get(from) {
        let done = if ObuHeader::says_size(first) { keep(unit, from, to) } else { join(unit, from, to) };
        let Some(done) = done else { break };
        (from, to) = done;
    }
    to
}

/// Moves the whole OBU that begins at `from` to `to`; returns where each of them ends.
fn keep(unit: &mut [u8], from: usize, to: usize) -> Option<(usize, usize)> {
    let (_, behind) = Obu::split_first(unit.get(from..)?)?;
    let end = unit.len() - behind.len();
    if from != to {
        unit.copy_within(from..end, to);
    }
    Some((end, to + end - from))
}

/// Makes the fragments of the OBU that begins at `from` one OBU at `to`; returns where each of them ends.
fn join(unit: &mut [u8], from: usize, to: usize) -> Option<(usize, usize)> {
    let first = *unit.get(from).filter(|&&first| ObuHeader::may_begin_with(first))?;
    let (mut end, mut len) = (from + 1, 0);
    while let Some(fragment) = fragment_at(unit, end) {
        end = fragment.end;
        len += fragment.len();
    }
    let extension = ObuHeader::extension_len(first);
    let Some(payload) = len.checked_sub(extension) else { return Some((end, to)) };
    let size = Leb128::new(payload);
    // The first mark is as long as any size of the standard, so that nothing is written over what is still to be read.
    if end == from + 1 || size.as_bytes().len() > MARK_LEN {
        return None;
    }
    let behind_size = to + 1 + size.as_bytes().len();
    let (mut at, mut written) = (from + 1, behind_size);
    while at < end {
        let fragment = fragment_at(unit, at)?;
        at = fragment.end;
        let len = fragment.len();
        unit.copy_within(fragment, written);
        written += len;
    }
    // The second byte of the header came with the first fragment, and is behind the place of the size now.
    let second = [unit.get(behind_size).copied().unwrap_or_default()];
    let head = prefix(&[&[first | ObuHeader::SIZE], second.get(..extension)?, size.as_bytes()]);
    unit.get_mut(to..)?.get_mut(..head.as_bytes().len())?.copy_from_slice(head.as_bytes());
    Some((end, written))
}

/// Where the fragment lies whose mark is at `at`.
fn fragment_at(unit: &[u8], at: usize) -> Option<Range<usize>> {
    let (&[mark, len @ ..], fragments) = unit.get(at..)?.split_first_chunk::<MARK_LEN>()?;
    let len = usize::try_from(u32::from_be_bytes(len)).ok()?;
    let start = at + MARK_LEN;
    (mark == MARK && len <= fragments.len()).then_some(start..start + len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    fn finished(mut unit: Vec<u8>) -> Vec<u8> {
        let len = finish(&mut unit);
        unit.truncate(len);
        unit
    }

    /// As a depayloader appends an OBU in `fragments`, the first without the first byte of the header.
    fn fragmented(header: u8, fragments: &[&[u8]]) -> Vec<u8> {
        let mut unit = vec![];
        for (index, fragment) in fragments.iter().enumerate() {
            let ahead = if index == 0 { start(header, &[], fragment) } else { continuation(fragment) };
            unit.extend_from_slice(ahead.as_bytes());
            unit.extend_from_slice(fragment);
        }
        unit
    }

    #[test]
    fn fragments_become_one_obu_between_whole_ones() {
        let whole = [0x0a, 2, 5, 6];
        let unit = [&whole[..], &fragmented(0x30, &[&[1, 2], &[3], &[4]]), &[0x22, 1, 9]].concat();
        assert_eq!(finished(unit), [0x0a, 2, 5, 6, 0x32, 4, 1, 2, 3, 4, 0x22, 1, 9]);
    }

    #[test]
    fn the_second_byte_of_a_header_may_come_late_or_never() {
        let joined = [0x36, 0x28, 2, 7, 8];
        for fragments in [&[&[0x28, 7, 8][..]][..], &[&[0x28], &[7, 8]], &[&[], &[0x28, 7], &[8]]] {
            assert_eq!(finished(fragmented(0x34, fragments)), joined, "{fragments:?}");
        }
        assert_eq!(finished([&fragmented(0x34, &[&[]])[..], &[0x22, 0]].concat()), [0x22, 0]);
    }

    #[test]
    fn a_long_obu_leaves_room_for_a_long_size() {
        let fragment = [0xaa; 70_000];
        let unit = fragmented(0x30, &[&fragment, &fragment]);
        let joined = finished(unit);
        assert_eq!(joined[..4], [0x32, 0xe0, 0xc5, 0x08]);
        assert_eq!(Obu::parse(&joined).unwrap().payload, [fragment, fragment].concat());
    }

    #[test]
    fn nothing_behind_what_is_not_ours_counts() {
        for foreign in
            [&[0x30][..], &[0x30, 1, 2], &[0x80, 0, 0, 0, 0], &[0x32, 9, 1], &[0x30, 0x80, 0, 0, 0, 9]]
        {
            assert_eq!(finished([&[0x22, 1, 9], foreign].concat()), [0x22, 1, 9], "{foreign:x?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_become_whole_obus_and_no_more_than_they_were(
            unit in proptest::collection::vec(prop_oneof![Just(0x80), Just(0), 0_u8..9, any::<u8>()], 0..200),
        ) {
            let len = unit.len();
            let unit = finished(unit);
            prop_assert!(unit.len() <= len);
            let mut walk = super::super::obu::obus(&unit);
            prop_assert!(walk.by_ref().all(|obu| obu.header.has_size()));
            prop_assert!(walk.remainder().is_empty());
        }
    }
}
