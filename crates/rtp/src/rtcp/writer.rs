//! Writing a compound packet into the caller's buffer.

use super::report::BLOCK;
use super::transport_feedback::pack::{Packed, Status, reference};
use super::{ArrivalTime, FirEntry, ItemKind, NackPair, Pli, ReportBlock, SenderInfo, format, packet_type};
use crate::Ssrc;
use moim_media::Seq;

/// What the five-bit count of a part can say.
const MOST: usize = 31;

/// Bytes of feedback on arrivals before its chunks and after its first word.
const ARRIVALS_HEAD: usize = 16;

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
    /// A part holds at most 31 report blocks or sources, reports at most 65 535 packets, and is not longer than its
    /// 16-bit length can say.
    #[error("{count} entries do not fit into one part")]
    Count {
        /// How many were given.
        count: usize,
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

    /// Appends a sender report of `ssrc`, with how it receives others.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`], or [`WriteError::Count`] above 31 blocks.
    pub fn sender_report(
        &mut self,
        ssrc: Ssrc,
        info: SenderInfo,
        blocks: &[ReportBlock],
    ) -> Result<(), WriteError> {
        let mut part = self.part(packet_type::SENDER_REPORT, blocks.len(), 24 + blocks.len() * BLOCK)?;
        part.word(ssrc.0);
        part.words(info.words());
        blocks.iter().for_each(|block| part.words(block.words()));
        Ok(())
    }

    /// Appends a receiver report of `ssrc`.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`], or [`WriteError::Count`] above 31 blocks.
    pub fn receiver_report(&mut self, ssrc: Ssrc, blocks: &[ReportBlock]) -> Result<(), WriteError> {
        let mut part = self.part(packet_type::RECEIVER_REPORT, blocks.len(), 4 + blocks.len() * BLOCK)?;
        part.word(ssrc.0);
        blocks.iter().for_each(|block| part.words(block.words()));
        Ok(())
    }

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

    /// Appends a goodbye of `ssrcs`.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`], or [`WriteError::Count`] above 31 sources.
    pub fn goodbye(&mut self, ssrcs: &[Ssrc]) -> Result<(), WriteError> {
        let mut part = self.part(packet_type::GOODBYE, ssrcs.len(), ssrcs.len() * 4)?;
        ssrcs.iter().for_each(|ssrc| part.word(ssrc.0));
        Ok(())
    }

    /// Appends a goodbye of `ssrcs` that says why.
    ///
    /// # Errors
    ///
    /// As [`goodbye`](Self::goodbye), and [`WriteError::Text`] above 255 bytes.
    pub fn goodbye_because(&mut self, ssrcs: &[Ssrc], reason: &str) -> Result<(), WriteError> {
        let len = text_len(reason)?;
        let body = ssrcs.len() * 4 + (1 + reason.len()).next_multiple_of(4);
        let mut part = self.part(packet_type::GOODBYE, ssrcs.len(), body)?;
        ssrcs.iter().for_each(|ssrc| part.word(ssrc.0));
        part.bytes(&[len]);
        part.bytes(reason.as_bytes());
        part.fill_with_zeros();
        Ok(())
    }

    /// Appends a NACK in which `sender` asks for packets of `media`; see [`NackPair::pack`].
    ///
    /// # Errors
    ///
    /// [`WriteError::NothingNamed`] without a pair, [`WriteError::BufferTooSmall`], or [`WriteError::Count`].
    pub fn nack(&mut self, sender: Ssrc, media: Ssrc, pairs: &[NackPair]) -> Result<(), WriteError> {
        if pairs.is_empty() {
            return Err(WriteError::NothingNamed);
        }
        if pairs.len() > usize::from(u16::MAX) - 2 {
            return Err(WriteError::Count { count: pairs.len() });
        }
        let mut part =
            self.part(packet_type::TRANSPORT_FEEDBACK, usize::from(format::NACK), 8 + pairs.len() * 4)?;
        part.word(sender.0);
        part.word(media.0);
        for pair in pairs {
            part.bytes(&pair.first.0.to_be_bytes());
            part.bytes(&pair.following.to_be_bytes());
        }
        Ok(())
    }

    /// Appends a picture loss indication.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`].
    pub fn pli(&mut self, pli: Pli) -> Result<(), WriteError> {
        let mut part = self.part(packet_type::PAYLOAD_FEEDBACK, usize::from(format::PLI), 8)?;
        part.words([pli.sender.0, pli.media.0]);
        Ok(())
    }

    /// Appends a full intra request of `sender`.
    ///
    /// # Errors
    ///
    /// [`WriteError::NothingNamed`] without an entry, [`WriteError::BufferTooSmall`], or [`WriteError::Count`].
    pub fn fir(&mut self, sender: Ssrc, entries: &[FirEntry]) -> Result<(), WriteError> {
        if entries.is_empty() {
            return Err(WriteError::NothingNamed);
        }
        if entries.len() > usize::from(u16::MAX) / 2 - 1 {
            return Err(WriteError::Count { count: entries.len() });
        }
        let mut part =
            self.part(packet_type::PAYLOAD_FEEDBACK, usize::from(format::FIR), 8 + entries.len() * 8)?;
        part.words([sender.0, 0]);
        for entry in entries {
            part.words([entry.media.0, u32::from(entry.number) << 24]);
        }
        Ok(())
    }

    /// Appends feedback of `sender`, its `number`th, on when packets arrived: the one whose transport-wide number is
    /// `first`, and those that follow it; `None` for one that did not arrive until now.
    ///
    /// # Errors
    ///
    /// [`WriteError::NothingNamed`] without a packet, [`WriteError::Apart`], [`WriteError::BufferTooSmall`], or
    /// [`WriteError::Count`].
    pub fn transport_feedback<I>(
        &mut self,
        sender: Ssrc,
        media: Ssrc,
        number: u8,
        first: Seq,
        arrivals: I,
    ) -> Result<(), WriteError>
    where
        I: IntoIterator<Item = Option<ArrivalTime>, IntoIter: Clone>,
    {
        let arrivals = arrivals.into_iter();
        let reference = reference(arrivals.clone());
        let place = self.len + 4 + ARRIVALS_HEAD;
        let (actual, room) = (self.buffer.len(), self.buffer.len().saturating_sub(place));
        // Deltas follow chunks whose number is not known before: they are written behind the most there can be, and
        // moved. Without room for that, all is packed once to measure it and once more to write it.
        let mut gap = Packed::most_chunks(arrivals.size_hint().1);
        if Packed::most_len(arrivals.size_hint().1) > room {
            let measured = Packed::pack(reference, arrivals.clone(), |_| (), |_| ())?;
            if measured.len() > room {
                return Err(WriteError::BufferTooSmall { needed: place + measured.len(), actual });
            }
            gap = measured.chunks;
        }
        let body = self.buffer.get_mut(place..).unwrap_or_default();
        let (chunks, deltas) = body.split_at_mut(gap * 2);
        let (mut chunks, mut deltas) = (Part(chunks), Part(deltas));
        let packed = Packed::pack(
            reference,
            arrivals,
            |chunk| chunks.bytes(&chunk),
            |status| match status {
                Status::NotReceived => {}
                Status::Small(delta) => deltas.bytes(&[delta]),
                Status::Large(delta) => deltas.bytes(&delta.to_be_bytes()),
            },
        )?;
        body.copy_within(gap * 2..gap * 2 + packed.deltas, packed.chunks * 2);
        let mut part = self.part(
            packet_type::TRANSPORT_FEEDBACK,
            usize::from(format::ARRIVALS),
            ARRIVALS_HEAD + packed.len(),
        )?;
        part.words([sender.0, media.0]);
        part.bytes(&first.0.to_be_bytes());
        part.bytes(&packed.count.to_be_bytes());
        part.word(reference.0 | u32::from(number));
        // Zeros, and no count of them: those that must be counted may stand at the end of a compound packet only.
        let (_, padding) = part.0.split_at_mut(packed.chunks * 2 + packed.deltas);
        padding.fill(0);
        Ok(())
    }

    /// Reserves a part of `body` bytes after its first word, a whole number of words, and writes that word.
    fn part(&mut self, packet_type: u8, count: usize, body: usize) -> Result<Part<'_>, WriteError> {
        let Some(head) = u8::try_from(count).ok().filter(|_| count <= MOST).map(|count| 0x80 | count) else {
            return Err(WriteError::Count { count });
        };
        let actual = self.buffer.len();
        let (needed, words) = (self.len + 4 + body, body / 4);
        let Some(place) = self.buffer.get_mut(self.len..needed) else {
            return Err(WriteError::BufferTooSmall { needed, actual });
        };
        self.len = needed;
        let mut part = Part(place);
        part.bytes(&[head, packet_type]);
        // At most 65 535: 31 blocks, 31 sources with a text, or the pairs of a NACK counted above.
        part.bytes(&u16::try_from(words).unwrap_or(u16::MAX).to_be_bytes());
        Ok(part)
    }
}

fn text_len(text: &str) -> Result<u8, WriteError> {
    u8::try_from(text.len()).map_err(|_| WriteError::Text { len: text.len() })
}

/// What is still to be written of a part whose length was computed before: it always fits.
struct Part<'a>(&'a mut [u8]);

impl Part<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        let (place, rest) = core::mem::take(&mut self.0).split_at_mut(bytes.len());
        place.copy_from_slice(bytes);
        self.0 = rest;
    }

    fn word(&mut self, word: u32) {
        self.bytes(&word.to_be_bytes());
    }

    fn words<const N: usize>(&mut self, words: [u32; N]) {
        words.into_iter().for_each(|word| self.word(word));
    }

    fn fill_with_zeros(&mut self) {
        self.0.fill(0);
    }
}
