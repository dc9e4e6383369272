//! Asking for a picture that needs no other: picture loss indication (RFC 4585, section 6.3.1) and full intra
//! request (RFC 5104, section 4.3.1).

use super::{WriteError, Writer, format, packet_type};
use crate::Ssrc;

/// A picture was lost; what comes next should not build on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pli {
    /// Who lost it.
    pub sender: Ssrc,
    /// The stream it belongs to.
    pub media: Ssrc,
}

/// Streams that are to send a key frame, for somebody who begins to watch.
#[derive(Clone, Copy, Debug)]
pub struct Fir<'a> {
    /// Who asks.
    pub sender: Ssrc,
    entries: &'a [[u8; 8]],
}

/// One stream asked for a key frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirEntry {
    /// The stream.
    pub media: Ssrc,
    /// Counts the requests to this stream, modulo 256: the same number again is the same request, repeated in case
    /// it was lost.
    pub number: u8,
}

impl Pli {
    #[inline]
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let (words, []) = body.as_chunks() else { return None };
        let &[sender, media] = words else { return None };
        Some(Self { sender: Ssrc(u32::from_be_bytes(sender)), media: Ssrc(u32::from_be_bytes(media)) })
    }
}

impl<'a> Fir<'a> {
    #[inline]
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let (sender, body) = body.split_first_chunk()?;
        // The media source means nothing here: the entries name the streams.
        let (_media, body) = body.split_first_chunk::<4>()?;
        let (entries, rest) = body.as_chunks();
        let whole = rest.is_empty() && !entries.is_empty();
        whole.then_some(Self { sender: Ssrc(u32::from_be_bytes(*sender)), entries })
    }

    /// The streams asked, at least one.
    #[inline]
    pub fn entries(&self) -> impl ExactSizeIterator<Item = FirEntry> + use<'a> {
        self.entries.iter().map(|&[s0, s1, s2, s3, number, ..]| FirEntry {
            media: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])),
            number,
        })
    }
}

impl Writer<'_> {
    /// Appends a picture loss indication.
    ///
    /// # Errors
    ///
    /// [`WriteError::BufferTooSmall`].
    pub fn pli(&mut self, pli: Pli) -> Result<(), WriteError> {
        self.feedback(packet_type::PAYLOAD_FEEDBACK, format::PLI, [pli.sender, pli.media], 0).map(drop)
    }

    /// Appends a full intra request of `sender`.
    ///
    /// # Errors
    ///
    /// [`WriteError::NothingNamed`] without an entry, [`WriteError::Long`], or [`WriteError::BufferTooSmall`].
    pub fn fir(&mut self, sender: Ssrc, entries: &[FirEntry]) -> Result<(), WriteError> {
        if entries.is_empty() {
            return Err(WriteError::NothingNamed);
        }
        let ssrcs = [sender, Ssrc(0)];
        let mut part = self.feedback(packet_type::PAYLOAD_FEEDBACK, format::FIR, ssrcs, entries.len() * 8)?;
        for entry in entries {
            part.words([entry.media.0, u32::from(entry.number) << 24]);
        }
        Ok(())
    }
}
