//! Boxes one after the other (ISO/IEC 14496-12, 4.2).
//!
//! We walk the tree ourselves, to a depth that is ours, and have `mp4-atom` read the leaves: its own walk follows
//! boxes into boxes as deep as a hostile file likes.

use crate::Mp4ReadError;
use mp4_atom::Atom;

/// A box and what is in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Box4<'a> {
    pub(super) kind: [u8; 4],
    pub(super) body: &'a [u8],
}

/// Something that is no box, or not all of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotWhole;

/// The boxes in `bytes`; ends behind the first [`NotWhole`].
#[derive(Clone, Debug)]
pub(super) struct Boxes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Boxes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Where the next box begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn split(&self) -> Option<(Box4<'a>, usize)> {
        let rest = self.bytes.get(self.at..)?;
        let (size, behind) = rest.split_first_chunk()?;
        let (&kind, body) = behind.split_first_chunk()?;
        let (size, header) = match u32::from_be_bytes(*size) {
            0 => (rest.len(), 8),
            1 => (usize::try_from(u64::from_be_bytes(*body.first_chunk()?)).ok()?, 16),
            size => (size as usize, 8),
        };
        // A hole in a file reads as zeros.
        if kind == [0; 4] {
            return None;
        }
        Some((Box4 { kind, body: rest.get(header..size)? }, self.at + size))
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<Box4<'a>, NotWhole>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let Some((next, end)) = self.split() else {
            self.at = self.bytes.len();
            return Some(Err(NotWhole));
        };
        self.at = end;
        Some(Ok(next))
    }
}

/// The whole boxes inside of another one. A rest that is no box is passed over, as QuickTime's terminators must be.
pub(super) fn children(body: &[u8]) -> impl Iterator<Item = Box4<'_>> {
    Boxes::new(body).map_while(Result::ok)
}

/// The first box of `kind` in `body`.
pub(super) fn find(body: &[u8], kind: [u8; 4]) -> Result<Box4<'_>, Mp4ReadError> {
    children(body).find(|child| child.kind == kind).ok_or(Mp4ReadError::Missing { kind })
}

/// Reads `found`, a box without boxes inside.
pub(super) fn leaf<A: Atom>(found: Box4<'_>) -> Result<A, Mp4ReadError> {
    A::decode_body(&mut { found.body }).map_err(|_| Mp4ReadError::Malformed { kind: found.kind })
}

/// Reads the first box of this kind in `body`, if there is one.
pub(super) fn optional<A: Atom>(body: &[u8]) -> Result<Option<A>, Mp4ReadError> {
    let kind: [u8; 4] = A::KIND.into();
    children(body).find(|child| child.kind == kind).map(leaf).transpose()
}

/// Reads the first box of this kind in `body`.
pub(super) fn required<A: Atom>(body: &[u8]) -> Result<A, Mp4ReadError> {
    optional(body)?.ok_or(Mp4ReadError::Missing { kind: A::KIND.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(bytes: &[u8]) -> Vec<Result<[u8; 4], NotWhole>> {
        Boxes::new(bytes).map(|next| next.map(|next| next.kind)).collect()
    }

    #[test]
    fn sizes_of_32_and_64_bits_and_to_the_end() {
        let bytes = b"\0\0\0\x09free!\0\0\0\x01mdat\0\0\0\0\0\0\0\x11?\0\0\0\0tail and all";
        assert_eq!(kinds(bytes), [Ok(*b"free"), Ok(*b"mdat"), Ok(*b"tail")]);
        let bodies: Vec<_> = children(bytes).map(|child| child.body).collect();
        assert_eq!(bodies, [&b"!"[..], b"?", b" and all"]);
    }

    #[test]
    fn what_is_no_box_ends_the_walk() {
        for bytes in [
            &b"\0\0\0"[..],
            b"\0\0\0\x07free",
            b"\0\0\0\x09free",
            b"\0\0\0\x01free\0\0\0\0\0\0\0\x0f",
            &[0; 64],
        ] {
            assert_eq!(kinds(bytes), [Err(NotWhole)]);
        }
    }
}
