//! Comfort noise (RFC 3389): how the background sounds while nobody speaks.
//!
//! For codecs that have no such thing themselves, as G.711 and G.722. A packet of it takes the place of the sound that
//! is not sent, under the same source and numbers, and lasts until the next packet of either kind.

use super::whole;
use super::{DepayloadError, Depayloader, Extent, Fragment, PayloadError, Payloader, Piece};
use crate::{BuildError, Packet, PayloadType};
use moim_media::ClockRate;

/// The name in `a=rtpmap`.
pub const ENCODING_NAME: &str = "CN";
/// The RTP clock of the static payload type. Beside a codec of another clock, comfort noise has that one's, and a payload
/// type made for it (RFC 3389, section 4).
pub const CLOCK_RATE: ClockRate = ClockRate::HZ_8000;
/// One.
pub const CHANNELS: u8 = 1;
/// What follows the payload type in `a=rtpmap`.
pub const RTPMAP: &str = "CN/8000";
/// Known without `a=rtpmap`.
pub const PAYLOAD_TYPE: PayloadType = PayloadType::new(13).unwrap();

/// The level and the colour of a noise, as a view over a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComfortNoise<'a> {
    level: NoiseLevel,
    reflections: &'a [u8],
}

impl<'a> ComfortNoise<'a> {
    /// Reads a payload; `None` when it is empty.
    ///
    /// The model of the noise ends before a coefficient that is none.
    #[must_use]
    pub fn parse(payload: &'a [u8]) -> Option<Self> {
        let (&level, rest) = payload.split_first()?;
        let order = rest.iter().take_while(|&&index| Reflection::new(index).is_some()).count();
        // The first bit is to be zero, and says nothing.
        Some(Self { level: NoiseLevel(level & NoiseLevel::SILENCE.0), reflections: rest.get(..order)? })
    }

    /// How loud it is.
    #[must_use]
    pub const fn level(&self) -> NoiseLevel {
        self.level
    }

    /// The reflection coefficients of an all-pole model of the noise, the first one first; none when it is white.
    pub fn reflections(&self) -> impl ExactSizeIterator<Item = Reflection> + use<'a> {
        self.reflections.iter().map(|&index| Reflection(index))
    }
}

/// Writes a noise into the beginning of `into` and returns its length: a byte, and one for each coefficient.
///
/// # Errors
///
/// [`BuildError::BufferTooSmall`].
pub fn write(level: NoiseLevel, reflections: &[Reflection], into: &mut [u8]) -> Result<usize, BuildError> {
    let (needed, actual) = (1 + reflections.len(), into.len());
    let Some((first, rest)) = into.get_mut(..needed).and_then(<[u8]>::split_first_mut) else {
        return Err(BuildError::BufferTooSmall { needed, actual });
    };
    *first = level.0;
    rest.iter_mut().zip(reflections).for_each(|(place, reflection)| *place = reflection.0);
    Ok(needed)
}

/// A level in steps of −1 dBov: 0 is as loud as there is, 127 is silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoiseLevel(u8);

impl NoiseLevel {
    /// The least there is.
    pub const SILENCE: Self = Self(127);

    /// `below` decibels below overload; `None` above 127.
    #[must_use]
    pub const fn new(below: u8) -> Option<Self> {
        if below <= Self::SILENCE.0 { Some(Self(below)) } else { None }
    }

    /// Decibels below overload.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A reflection coefficient between −1 and 1, in 255 steps (RFC 3389, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reflection(u8);

/// The index that stands for zero.
const CENTRE: u8 = 127;
/// From one index to the next.
const STEP: f32 = 258.0 / 32_768.0;

impl Reflection {
    /// By its index, 0 … 254, where 127 is zero; `None` for 255.
    #[must_use]
    pub const fn new(index: u8) -> Option<Self> {
        if index <= 2 * CENTRE { Some(Self(index)) } else { None }
    }

    /// The nearest one to `coefficient`: the last there is beyond ±1, and zero for what is not a number.
    #[must_use]
    pub fn nearest(coefficient: f32) -> Self {
        if coefficient.is_nan() {
            return Self(CENTRE);
        }
        let index = coefficient / STEP + f32::from(CENTRE) + 0.5;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, as it should")]
        Self((index as u8).min(2 * CENTRE))
    }

    /// Its index, 0 … 254.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The coefficient: more than −1, less than 1.
    #[must_use]
    pub fn coefficient(self) -> f32 {
        (f32::from(self.0) - f32::from(CENTRE)) * STEP
    }
}

/// Sends each noise, [written](write()) before, as it is and unmarked. Tell the payloader of the sound that it pauses.
#[derive(Clone, Copy, Debug, Default)]
pub struct ComfortNoisePayloader;

impl Payloader for ComfortNoisePayloader {
    fn packetize(
        &mut self,
        unit: &[u8],
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError> {
        whole::check(unit, limit)?;
        sink(Fragment { prefix: &[], body: unit, marker: false });
        Ok(())
    }
}

/// Takes each payload as a noise, for [`ComfortNoise::parse`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ComfortNoiseDepayloader;

impl Depayloader for ComfortNoiseDepayloader {
    fn depacketize<'a>(
        &mut self,
        packet: &Packet<'a>,
        sink: &mut dyn FnMut(Piece<'a>),
    ) -> Result<Extent, DepayloadError> {
        whole::take(packet, sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn a_noise_is_written_and_read() {
        let colour = [0.5, -0.25, 0.0].map(Reflection::nearest);
        let mut payload = [0xff; 8];
        assert_eq!(write(NoiseLevel::new(60).unwrap(), &colour, &mut payload), Ok(4));
        assert_eq!(payload[..4], [60, 191, 95, 127]);
        let noise = ComfortNoise::parse(&payload[..4]).unwrap();
        assert_eq!(noise.level().get(), 60);
        assert!(noise.reflections().eq(colour));
        let small = write(NoiseLevel::SILENCE, &colour, &mut payload[..3]);
        assert_eq!(small, Err(BuildError::BufferTooSmall { needed: 4, actual: 3 }));
    }

    #[test]
    fn white_noise_is_one_byte_whose_first_bit_says_nothing() {
        let noise = ComfortNoise::parse(&[0x80 | 30]).unwrap();
        assert_eq!((noise.level().get(), noise.reflections().len()), (30, 0));
        assert_eq!(ComfortNoise::parse(&[]), None);
        let cut: Vec<_> = ComfortNoise::parse(&[0, 1, 255, 2]).unwrap().reflections().collect();
        assert_eq!(cut, [Reflection(1)], "255 is no coefficient");
    }

    #[test]
    fn coefficients_are_the_nearest_there_are() {
        for index in 0..=254 {
            let reflection = Reflection::new(index).unwrap();
            assert!(reflection.coefficient().abs() < 1.0);
            assert_eq!(Reflection::nearest(reflection.coefficient()), reflection);
            assert_eq!(Reflection::nearest(reflection.coefficient() + STEP * 0.49), reflection);
        }
        assert_eq!(Reflection::new(255), None);
        let extremes = [-2.0, f32::NEG_INFINITY, 2.0, f32::INFINITY, f32::NAN, -0.0];
        assert_eq!(extremes.map(|extreme| Reflection::nearest(extreme).get()), [0, 0, 254, 254, 127, 127]);
    }

    #[test]
    fn noise_is_never_marked() {
        let mut sent = None;
        ComfortNoisePayloader.packetize(&[30, 127], 2, &mut |payload| sent = Some(payload.marker)).unwrap();
        assert_eq!(sent, Some(false));
        let packet = Packet::parse(&[0x80, 13, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 30]).unwrap();
        let mut noise = None;
        ComfortNoiseDepayloader
            .depacketize(&packet, &mut |piece| noise = ComfortNoise::parse(piece.body))
            .unwrap();
        assert_eq!(noise.map(|noise| noise.level().get()), Some(30));
    }
}
