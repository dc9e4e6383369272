//! Generic NACK: packets asked for again (RFC 4585, section 6.2.1).

use super::{WriteError, Writer, format, packet_type};
use crate::Ssrc;
use core::iter::FusedIterator;
use moim_media::{Seq, SeqNo};

/// Which packets of a stream are missing.
#[derive(Clone, Copy, Debug)]
pub struct Nack<'a> {
    /// Who misses them.
    pub sender: Ssrc,
    /// The stream they belong to.
    pub media: Ssrc,
    pairs: &'a [[u8; 4]],
}

/// A missing packet, and which of the 16 after it are missing too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NackPair {
    /// The first one.
    pub first: Seq,
    /// Bit `n` is set when packet `first + n + 1` is missing as well.
    pub following: u16,
}

impl<'a> Nack<'a> {
    #[inline]
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let (sender, body) = body.split_first_chunk()?;
        let (media, body) = body.split_first_chunk()?;
        let (pairs, rest) = body.as_chunks();
        let whole = rest.is_empty() && !pairs.is_empty();
        let (sender, media) = (Ssrc(u32::from_be_bytes(*sender)), Ssrc(u32::from_be_bytes(*media)));
        whole.then_some(Self { sender, media, pairs })
    }

    /// The pairs, at least one.
    #[inline]
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = NackPair> + use<'a> {
        self.pairs.iter().map(|&[s0, s1, f0, f1]| NackPair {
            first: Seq(u16::from_be_bytes([s0, s1])),
            following: u16::from_be_bytes([f0, f1]),
        })
    }

    /// Every missing packet, in the order in which they are named.
    #[inline]
    pub fn seqs(&self) -> impl Iterator<Item = Seq> + use<'a> {
        self.pairs().flat_map(NackPair::seqs)
    }
}

impl NackPair {
    /// The packets this pair names, 1 … 17, in the stream's order.
    #[inline]
    pub fn seqs(self) -> impl FusedIterator<Item = Seq> {
        // One bit for each packet, the first included.
        let mut missing = u32::from(self.following) << 1 | 1;
        core::iter::from_fn(move || {
            let offset = missing.trailing_zeros();
            missing &= missing.wrapping_sub(1);
            let offset = u16::try_from(offset).ok().filter(|&offset| offset <= 16)?;
            Some(Seq(self.first.0.wrapping_add(offset)))
        })
        .fuse()
    }

    /// The fewest pairs that name `missing`, which ascends; repetitions are named once.
    pub fn pack(missing: impl IntoIterator<Item = SeqNo>) -> impl Iterator<Item = Self> {
        let mut missing = missing.into_iter().peekable();
        core::iter::from_fn(move || {
            let first = missing.next()?;
            let mut following = 0;
            while let Some(next) = missing.next_if(|&next| (first..=first + 16).contains(&next)) {
                following |= 1_u32 << next.since(first) >> 1;
            }
            // Bits 0 … 15.
            Some(Self { first: first.wire(), following: u16::try_from(following).unwrap_or(u16::MAX) })
        })
    }
}

impl Writer<'_> {
    /// Appends a NACK in which `sender` asks for packets of `media`; see [`NackPair::pack`].
    ///
    /// # Errors
    ///
    /// [`WriteError::NothingNamed`] without a pair, [`WriteError::Long`], or [`WriteError::BufferTooSmall`].
    pub fn nack(&mut self, sender: Ssrc, media: Ssrc, pairs: &[NackPair]) -> Result<(), WriteError> {
        if pairs.is_empty() {
            return Err(WriteError::NothingNamed);
        }
        let ssrcs = [sender, media];
        let mut part =
            self.feedback(packet_type::TRANSPORT_FEEDBACK, format::NACK, ssrcs, pairs.len() * 4)?;
        for pair in pairs {
            part.bytes(&pair.first.0.to_be_bytes());
            part.bytes(&pair.following.to_be_bytes());
        }
        Ok(())
    }
}
