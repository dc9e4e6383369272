//! The head of a slice (ITU-T H.264, 7.3.3), up to what tells which picture it belongs to.

use crate::bits::Bits;
use crate::parameters::PICTURES;

/// How the macroblocks of a slice are predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prediction {
    /// From pictures before (P, SP).
    Forward,
    /// From pictures before and after (B).
    Bidirectional,
    /// From nothing but the slice (I, SI).
    Intra,
}

/// What a slice header begins with; it reads without any parameter set.
#[derive(Clone, Debug)]
pub(crate) struct SliceHead<'a> {
    /// The macroblock it begins with, in raster order.
    pub(crate) first: u32,
    pub(crate) prediction: Prediction,
    /// Its picture parameter set, below [`PICTURES`].
    pub(crate) parameters: usize,
    rest: Bits<'a>,
}

impl<'a> SliceHead<'a> {
    /// Reads what follows the header byte of a NAL unit; `None` when it breaks off or holds what the standard forbids.
    pub(crate) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut bits = Bits::new(body);
        let first = bits.unsigned()?;
        let prediction = match bits.unsigned()? {
            0 | 3 | 5 | 8 => Prediction::Forward,
            1 | 6 => Prediction::Bidirectional,
            2 | 4 | 7 | 9 => Prediction::Intra,
            _ => return None,
        };
        let parameters = bits.unsigned()? as usize;
        (parameters < PICTURES).then_some(Self { first, prediction, parameters, rest: bits })
    }

    /// `frame_num`, of which the sequence parameters tell the width.
    pub(crate) fn frame_num(&self, width: u32) -> Option<u32> {
        self.rest.clone().bits(width)
    }
}
