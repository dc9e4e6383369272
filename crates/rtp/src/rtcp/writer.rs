//! Writing a compound packet into the caller's buffer.

use crate::Ssrc;

/// What the five-bit count of a part can say.
const MOST: usize = 31;

/// Why a part was not written. The packet is then as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The caller's buffer is too small for one more part.
    #[error("the packet needs {needed} bytes with this part, the buffer has {actual}")]
    BufferTooSmall {
        /// Bytes the packet needs with this part.
        needed: usize,
        /// Bytes the buffer has.
        actual: usize,
    },
    /// More than the part, or one of its counts, can say: 31 report blocks or sources, 255 streams of an estimate,
    /// 65 535 packets of feedback, 16 384 of one stream in it; or not as many as the range of a block has packets.
    #[error("{count} entries do not fit into one part")]
    Count {
        /// How many were given.
        count: usize,
    },
    /// A part has at most 262 140 bytes after its first word.
    #[error("a part of {len} bytes is longer than 262 140")]
    Long {
        /// Bytes after its first word.
        len: usize,
    },
    /// What an application writes is a whole number of 32-bit words.
    #[error("{len} bytes are not a whole number of words")]
    Unaligned {
        /// Its bytes.
        len: usize,
    },
    /// A text has at most 255 bytes.
    #[error("a text of {len} bytes is longer than 255")]
    Text {
        /// Its bytes.
        len: usize,
    },
    /// Feedback must be about something.
    #[error("feedback that names no packet or stream")]
    NothingNamed,
    /// Two packets that arrived one after the other are more than eight seconds apart.
    #[error("packet {index} of the feedback arrived too long before or after the one before it")]
    Apart {
        /// The second of them, counted from the first that is reported.
        index: usize,
    },
}

/// Appends parts to a compound packet.
///
/// Each call writes a whole part or none. A compound packet begins with a report and holds a canonical name
/// (RFC 3550, section 6.1), unless both sides agreed to reduced size (RFC 5506): the order is the caller's.
#[derive(Debug)]
pub struct Writer<'a> {
    buffer: &'a mut [u8],
    len: usize,
}

impl<'a> Writer<'a> {
    /// An empty packet at the beginning of `buffer`.
    #[must_use]
    pub const fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// Bytes written so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was written yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The packet so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// Reserves a part of `body` bytes after its first word, a whole number of words, and writes that word.
    #[inline]
    pub(super) fn part(
        &mut self,
        packet_type: u8,
        count: usize,
        body: usize,
    ) -> Result<Unwritten<'_>, WriteError> {
        let Some(head) = u8::try_from(count).ok().filter(|_| count <= MOST).map(|count| 0x80 | count) else {
            return Err(WriteError::Count { count });
        };
        let Ok(words) = u16::try_from(body / 4) else {
            return Err(WriteError::Long { len: body });
        };
        let (needed, actual) = (self.len + 4 + body, self.buffer.len());
        let Some(place) = self.buffer.get_mut(self.len..needed) else {
            return Err(WriteError::BufferTooSmall { needed, actual });
        };
        self.len = needed;
        let mut part = Unwritten(place);
        let [high, low] = words.to_be_bytes();
        part.bytes(&[head, packet_type, high, low]);
        Ok(part)
    }

    /// Reserves feedback (RFC 4585, section 6.1) with `control` bytes of control information, and writes what is
    /// before them.
    #[inline]
    pub(super) fn feedback(
        &mut self,
        packet_type: u8,
        format: u8,
        ssrcs: [Ssrc; 2],
        control: usize,
    ) -> Result<Unwritten<'_>, WriteError> {
        let mut part = self.part(packet_type, usize::from(format), 8 + control)?;
        part.words(ssrcs.map(|ssrc| ssrc.0));
        Ok(part)
    }

    /// The buffer, of which what is written is the beginning.
    pub(super) const fn whole_buffer(&mut self) -> &mut [u8] {
        self.buffer
    }

    /// What the buffer has behind the packet so far and `bytes` more.
    pub(super) fn room_behind(&mut self, bytes: usize) -> &mut [u8] {
        self.buffer.get_mut(self.len + bytes..).unwrap_or_default()
    }

    /// Why a part of `len` bytes finds no room.
    pub(super) const fn too_small(&self, len: usize) -> WriteError {
        WriteError::BufferTooSmall { needed: self.len + len, actual: self.buffer.len() }
    }
}

/// The length of a text, which travels in one byte.
pub(super) fn text_len(text: &[u8]) -> Result<u8, WriteError> {
    u8::try_from(text.len()).map_err(|_| WriteError::Text { len: text.len() })
}

/// What is still to be written of a part whose length was computed before: it always fits.
pub(super) struct Unwritten<'a>(pub(super) &'a mut [u8]);

impl Unwritten<'_> {
    #[inline]
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let (place, rest) = core::mem::take(&mut self.0).split_at_mut(bytes.len());
        place.copy_from_slice(bytes);
        self.0 = rest;
    }

    #[inline]
    pub(super) fn word(&mut self, word: u32) {
        self.bytes(&word.to_be_bytes());
    }

    #[inline]
    pub(super) fn words<const N: usize>(&mut self, words: [u32; N]) {
        words.into_iter().for_each(|word| self.word(word));
    }

    /// Passes over bytes that were written before.
    #[inline]
    pub(super) fn skip(&mut self, count: usize) {
        (_, self.0) = core::mem::take(&mut self.0).split_at_mut(count);
    }

    #[inline]
    pub(super) fn fill_with_zeros(&mut self) {
        self.0.fill(0);
    }

    #[inline]
    pub(super) fn zeros(&mut self, count: usize) {
        let (place, rest) = core::mem::take(&mut self.0).split_at_mut(count);
        place.fill(0);
        self.0 = rest;
    }
}
