//! Goodbye (RFC 3550, section 6.6).

use super::writer::text_len;
use super::{WriteError, Writer, packet_type};
use crate::Ssrc;

/// Which sources leave, and why.
#[derive(Clone, Copy, Debug)]
pub struct Goodbye<'a> {
    ssrcs: &'a [[u8; 4]],
    reason: Option<&'a [u8]>,
}

impl<'a> Goodbye<'a> {
    #[inline]
    pub(super) fn read(body: &'a [u8], count: usize) -> Option<Self> {
        let (ssrcs, behind) = body.split_at_checked(count * 4)?;
        let reason = match behind.split_first() {
            None => None,
            Some((&len, text)) => Some(text.get(..usize::from(len))?),
        };
        Some(Self { ssrcs: ssrcs.as_chunks().0, reason })
    }

    /// The sources that leave, at most 31.
    #[inline]
    pub fn ssrcs(&self) -> impl ExactSizeIterator<Item = Ssrc> + use<'a> {
        self.ssrcs.iter().map(|&ssrc| Ssrc(u32::from_be_bytes(ssrc)))
    }

    /// Why, when the sender says; up to 255 bytes, UTF-8 by the standard, but not checked.
    #[must_use]
    pub const fn reason(&self) -> Option<&'a [u8]> {
        self.reason
    }
}

impl Writer<'_> {
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
        let len = text_len(reason.as_bytes())?;
        let text = (1 + reason.len()).next_multiple_of(4);
        let mut part = self.part(packet_type::GOODBYE, ssrcs.len(), ssrcs.len() * 4 + text)?;
        ssrcs.iter().for_each(|ssrc| part.word(ssrc.0));
        part.bytes(&[len]);
        part.bytes(reason.as_bytes());
        part.fill_with_zeros();
        Ok(())
    }
}
