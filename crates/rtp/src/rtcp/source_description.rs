//! Source descriptions (RFC 3550, section 6.5).

use super::writer::text_len;
use super::{WriteError, Writer, packet_type};
use crate::Ssrc;

/// Who the sources are.
#[derive(Clone, Copy, Debug)]
pub struct SourceDescription<'a> {
    chunks: &'a [u8],
    count: usize,
}

/// What is said about one source.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// The source.
    pub ssrc: Ssrc,
    items: &'a [u8],
}

/// One thing said about a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// What it is.
    pub kind: ItemKind,
    /// Up to 255 bytes; UTF-8 by the standard, but not checked.
    pub text: &'a [u8],
}

/// What an item says (RFC 3550, section 12.2): 1 … 255, for 0 ends a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKind(core::num::NonZeroU8);

impl ItemKind {
    /// The name that stays when the source identifier changes, and that streams of one sender share.
    pub const CNAME: Self = Self(core::num::NonZeroU8::new(1).unwrap());
    /// The user's name.
    pub const NAME: Self = Self(core::num::NonZeroU8::new(2).unwrap());
    /// The program's name and version.
    pub const TOOL: Self = Self(core::num::NonZeroU8::new(6).unwrap());

    /// `None` for 0.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match core::num::NonZeroU8::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, 1 … 255.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0.get()
    }
}

impl<'a> SourceDescription<'a> {
    /// Every chunk and item is walked once here, so that the iterators cannot fail later.
    #[inline]
    pub(super) fn read(body: &'a [u8], count: usize) -> Option<Self> {
        let mut rest = body;
        for _ in 0..count {
            (_, rest) = split_chunk(rest)?;
        }
        Some(Self { chunks: body, count })
    }

    /// The sources, at most 31.
    #[inline]
    pub fn chunks(&self) -> impl Iterator<Item = Chunk<'a>> + use<'a> {
        let mut rest = self.chunks;
        (0..self.count).map_while(move |_| {
            let (chunk, behind) = split_chunk(rest)?;
            rest = behind;
            Some(chunk)
        })
    }
}

impl<'a> Chunk<'a> {
    /// What is said, in its order.
    #[inline]
    pub fn items(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let mut rest = self.items;
        core::iter::from_fn(move || {
            let (item, behind) = split_item(rest)?;
            rest = behind;
            Some(item)
        })
    }

    /// The canonical name, which every chunk should have.
    #[must_use]
    #[inline]
    pub fn cname(&self) -> Option<&'a [u8]> {
        self.items().find(|item| item.kind == ItemKind::CNAME).map(|item| item.text)
    }
}

impl Writer<'_> {
    /// Appends a source description that gives `ssrc` its canonical name.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`], or [`WriteError::Text`] above 255 bytes.
    pub fn cname(&mut self, ssrc: Ssrc, name: &str) -> Result<(), WriteError> {
        let len = text_len(name)?;
        let mut part = self.part(
            packet_type::SOURCE_DESCRIPTION,
            1,
            // A zero ends the items, more of them fill the word.
            4 + (2 + name.len() + 1).next_multiple_of(4),
        )?;
        part.word(ssrc.0);
        part.bytes(&[ItemKind::CNAME.get(), len]);
        part.bytes(name.as_bytes());
        part.fill_with_zeros();
        Ok(())
    }
}

/// A chunk and what follows it. Its items end with at least one zero, up to the next whole word.
#[inline]
fn split_chunk(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let (ssrc, behind) = bytes.split_first_chunk()?;
    let mut rest = behind;
    while let Some((_, behind)) = split_item(rest) {
        rest = behind;
    }
    // An item that is cut off is not a zero either.
    rest.first().filter(|&&end| end == 0)?;
    let items = behind.len() - rest.len();
    let (items, padded) = behind.split_at_checked(items)?;
    let (_, rest) = padded.split_at_checked((items.len() + 1).next_multiple_of(4) - items.len())?;
    Some((Chunk { ssrc: Ssrc(u32::from_be_bytes(*ssrc)), items }, rest))
}

#[inline]
fn split_item(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (&[kind, len], behind) = bytes.split_first_chunk::<2>()?;
    let kind = ItemKind::new(kind)?;
    let (text, rest) = behind.split_at_checked(usize::from(len))?;
    Some((Item { kind, text }, rest))
}
