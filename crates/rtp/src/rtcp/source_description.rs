//! Source descriptions (RFC 3550, section 6.5).

use super::writer::text_len;
use super::{WriteError, Writer, packet_type};
use crate::Ssrc;
use core::num::NonZeroU8;

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

/// What to say about one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described<'a> {
    /// The source.
    pub ssrc: Ssrc,
    /// What is said, in its order.
    pub items: &'a [Item<'a>],
}

/// One thing said about a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// What it is.
    pub kind: ItemKind,
    /// Up to 255 bytes; UTF-8 by the standard, but not checked.
    pub text: &'a [u8],
}

/// A private extension: the text of an item of the kind [`ItemKind::PRIV`] (RFC 3550, section 6.5.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Private<'a> {
    /// Which extension; at most 254 bytes together with the value.
    pub prefix: &'a [u8],
    /// What it says.
    pub value: &'a [u8],
}

/// What an item says (RFC 3550, section 12.2): 1 … 255, for 0 ends a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKind(NonZeroU8);

/// How a chunk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// As it should: with at least one zero, up to the next whole word.
    Zeros,
    /// Within an item, or without a zero.
    Break,
}

impl ItemKind {
    /// The name that stays when the source identifier changes, and that streams of one sender share.
    pub const CNAME: Self = Self(NonZeroU8::new(1).unwrap());
    /// The user's name.
    pub const NAME: Self = Self(NonZeroU8::new(2).unwrap());
    /// The user's electronic mail address.
    pub const EMAIL: Self = Self(NonZeroU8::new(3).unwrap());
    /// The user's telephone number.
    pub const PHONE: Self = Self(NonZeroU8::new(4).unwrap());
    /// Where the user is.
    pub const LOC: Self = Self(NonZeroU8::new(5).unwrap());
    /// The program's name and version.
    pub const TOOL: Self = Self(NonZeroU8::new(6).unwrap());
    /// What the user wants to be known for now.
    pub const NOTE: Self = Self(NonZeroU8::new(7).unwrap());
    /// A private extension; see [`Private`].
    pub const PRIV: Self = Self(NonZeroU8::new(8).unwrap());
    /// Which of a sender's streams this is (RFC 8852).
    pub const RTP_STREAM_ID: Self = Self(NonZeroU8::new(12).unwrap());
    /// Which of a sender's streams this one repairs (RFC 8852).
    pub const REPAIRED_RTP_STREAM_ID: Self = Self(NonZeroU8::new(13).unwrap());
    /// Which media description the stream belongs to (RFC 9143).
    pub const MID: Self = Self(NonZeroU8::new(15).unwrap());

    /// `None` for 0.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match NonZeroU8::new(number) {
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
    /// Without even one source nothing is described.
    #[inline]
    pub(super) fn read(body: &'a [u8], count: usize) -> Option<Self> {
        (count == 0 || body.len() >= 4).then_some(Self { chunks: body, count })
    }

    /// The sources, at most 31. One that breaks off is the last, with the items before the break.
    #[inline]
    pub fn chunks(&self) -> impl Iterator<Item = Chunk<'a>> + use<'a> {
        self.endings().map(|(chunk, _)| chunk)
    }

    /// Whether all sources announced are there, and each to its end.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.endings().filter(|&(_, ending)| ending == Ending::Zeros).count() == self.count
    }

    #[inline]
    fn endings(&self) -> impl Iterator<Item = (Chunk<'a>, Ending)> + use<'a> {
        let mut rest = self.chunks;
        (0..self.count).map_while(move |_| {
            let (chunk, ending, behind) = split_chunk(rest)?;
            rest = behind;
            Some((chunk, ending))
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

impl<'a> Item<'a> {
    /// The private extension that it is, if it is one.
    #[must_use]
    pub fn private(&self) -> Option<Private<'a>> {
        let (&len, behind) = self.text.split_first().filter(|_| self.kind == ItemKind::PRIV)?;
        let (prefix, value) = behind.split_at_checked(usize::from(len))?;
        Some(Private { prefix, value })
    }
}

impl Private<'_> {
    /// Writes it into the beginning of `text`, and gives the item that it is there.
    ///
    /// # Errors
    ///
    /// [`WriteError::Text`] above 255 bytes, one of which is the length of the prefix;
    /// [`WriteError::BufferTooSmall`].
    pub fn write<'b>(&self, text: &'b mut [u8]) -> Result<Item<'b>, WriteError> {
        let needed = 1 + self.prefix.len() + self.value.len();
        let prefix = u8::try_from(self.prefix.len())
            .ok()
            .filter(|_| needed <= 255)
            .ok_or(WriteError::Text { len: needed })?;
        let actual = text.len();
        let Some((first, rest)) = text.get_mut(..needed).and_then(<[u8]>::split_first_mut) else {
            return Err(WriteError::BufferTooSmall { needed, actual });
        };
        *first = prefix;
        let (place, rest) = rest.split_at_mut(self.prefix.len());
        place.copy_from_slice(self.prefix);
        rest.copy_from_slice(self.value);
        Ok(Item { kind: ItemKind::PRIV, text: text.get(..needed).unwrap_or_default() })
    }
}

impl Described<'_> {
    /// Bytes on the wire: the source, and its items with at least one zero behind them, up to the next whole word.
    fn len(&self) -> Result<usize, WriteError> {
        let mut items = 0;
        for item in self.items {
            items += 2 + usize::from(text_len(item.text)?);
        }
        Ok(4 + (items + 1).next_multiple_of(4))
    }
}

impl Writer<'_> {
    /// Appends a source description that gives `ssrc` its canonical name.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`], or [`WriteError::Text`] above 255 bytes.
    pub fn cname(&mut self, ssrc: Ssrc, name: &str) -> Result<(), WriteError> {
        let items = &[Item { kind: ItemKind::CNAME, text: name.as_bytes() }];
        self.source_description(&[Described { ssrc, items }])
    }

    /// Appends a description of `sources`.
    ///
    /// # Errors
    ///
    /// [`WriteError::Count`] above 31 sources, [`WriteError::Text`] above 255 bytes in one item,
    /// [`WriteError::Long`], or [`WriteError::BufferTooSmall`].
    pub fn source_description(&mut self, sources: &[Described<'_>]) -> Result<(), WriteError> {
        let mut body = 0;
        for source in sources {
            body += source.len()?;
        }
        let mut part = self.part(packet_type::SOURCE_DESCRIPTION, sources.len(), body)?;
        for source in sources {
            part.word(source.ssrc.0);
            let mut items = 0;
            for item in source.items {
                part.bytes(&[item.kind.get(), text_len(item.text)?]);
                part.bytes(item.text);
                items += 2 + item.text.len();
            }
            part.zeros((items + 1).next_multiple_of(4) - items);
        }
        Ok(())
    }
}

/// A chunk, how it ends, and what follows it: nothing behind a break.
#[inline]
fn split_chunk(bytes: &[u8]) -> Option<(Chunk<'_>, Ending, &[u8])> {
    let (ssrc, behind) = bytes.split_first_chunk()?;
    let mut rest = behind;
    while let Some((_, behind)) = split_item(rest) {
        rest = behind;
    }
    let (items, padded) = behind.split_at_checked(behind.len() - rest.len())?;
    let chunk = Chunk { ssrc: Ssrc(u32::from_be_bytes(*ssrc)), items };
    let zeros = (items.len() + 1).next_multiple_of(4) - items.len();
    // An item that is cut off is not a zero either.
    match padded.split_at_checked(zeros) {
        Some(([0, ..], rest)) => Some((chunk, Ending::Zeros, rest)),
        _ => Some((chunk, Ending::Break, &[])),
    }
}

#[inline]
fn split_item(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (&[kind, len], behind) = bytes.split_first_chunk::<2>()?;
    let kind = ItemKind::new(kind)?;
    let (text, rest) = behind.split_at_checked(usize::from(len))?;
    Some((Item { kind, text }, rest))
}
