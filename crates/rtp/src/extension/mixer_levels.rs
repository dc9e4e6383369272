//! How loud each contributing source is: mixer-to-client audio levels (RFC 6465).

use super::HeaderExtension;
use super::audio_level::Level;

/// A packet names at most 15 contributing sources.
const MOST: usize = 15;

/// The levels of the sources mixed into a packet, in the order of [`Packet::csrcs`].
///
/// There should be as many as sources (RFC 6465, section 3): zip the two.
///
/// [`Packet::csrcs`]: crate::Packet::csrcs
#[derive(Clone, Copy, Debug)]
pub struct MixerLevels<'a>(&'a [u8]);

impl<'a> MixerLevels<'a> {
    /// The levels in the low 7 bits of `bytes`; `None` for no level and for more than 15.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Option<Self> {
        if bytes.is_empty() || bytes.len() > MOST { None } else { Some(Self(bytes)) }
    }

    /// The levels, 1 … 15 of them.
    #[inline]
    pub fn levels(self) -> impl ExactSizeIterator<Item = Level> + use<'a> {
        self.0.iter().map(|&byte| Level::of_byte(byte))
    }
}

impl PartialEq for MixerLevels<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.levels().eq(other.levels())
    }
}

impl Eq for MixerLevels<'_> {}

impl<'a> HeaderExtension<'a> for MixerLevels<'a> {
    const URI: &'static str = "urn:ietf:params:rtp-hdrext:csrc-audio-level";

    #[inline]
    fn read(value: &'a [u8]) -> Option<Self> {
        Self::new(value)
    }

    #[inline]
    fn value_len(&self) -> usize {
        self.0.len()
    }

    fn write(&self, into: &mut [u8]) -> Option<usize> {
        let into = into.get_mut(..self.0.len())?;
        into.iter_mut().zip(self.levels()).for_each(|(place, level)| *place = level.get());
        Some(into.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn each_byte_is_a_level_and_its_high_bit_nothing() {
        let levels = MixerLevels::read(&[0x00, 0x7f, 0x9e]).unwrap();
        assert_eq!(levels.levels().map(Level::get).collect::<Vec<_>>(), [0, 127, 30]);
        let mut bytes = [0xff; 4];
        assert_eq!((levels.write(&mut bytes), bytes), (Some(3), [0, 127, 30, 0xff]));
        assert_eq!(levels.write(&mut bytes[..2]), None);
        assert_eq!(MixerLevels::new(&[0x80, 0xff, 0x1e]), Some(levels));
    }

    #[test]
    fn there_are_as_many_as_a_packet_has_sources() {
        let bytes = [1; 16];
        assert!(MixerLevels::read(&bytes[..1]).is_some() && MixerLevels::read(&bytes[..15]).is_some());
        assert_eq!((MixerLevels::read(&[]), MixerLevels::read(&bytes)), (None, None));
    }
}
