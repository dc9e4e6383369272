//! Gains, and how they change within a block.

use core::ops::Neg;

/// A linear factor, finite and of magnitude [`Gain::MAX`] at most. Negative factors turn the phase.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Gain(f32);

impl Gain {
    /// Nothing is heard.
    pub const SILENT: Self = Self(0.0);
    /// Sound as it is.
    pub const UNITY: Self = Self(1.0);
    /// The largest gain: 1024, about 60 dB.
    pub const MAX: Self = Self(1024.0);

    /// The gain `factor`; `None` unless it is finite and within −1024 … 1024.
    #[must_use]
    pub const fn new(factor: f32) -> Option<Self> {
        // A NaN is in no range.
        if -Self::MAX.0 <= factor && factor <= Self::MAX.0 { Some(Self(factor)) } else { None }
    }

    /// The gain nearest to `factor`; NaN is silent.
    #[must_use]
    pub const fn saturating(factor: f32) -> Self {
        if factor.is_nan() { Self::SILENT } else { Self(factor.clamp(-Self::MAX.0, Self::MAX.0)) }
    }

    /// The linear factor.
    #[must_use]
    pub const fn factor(self) -> f32 {
        self.0
    }
}

/// What was added comes out again: a listener's own voice from the sum of all.
impl Neg for Gain {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// A gain that moves along a straight line over a block.
///
/// Sample *i* of *n* has the gain `from + i · (to − from) / n`: the first has `from`, and `to` is where the next
/// block begins. Consecutive ramps join without a step, which would be heard as zipper noise. Interleaved channels
/// share the line, sample by sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    /// Gain of the block's first sample.
    pub from: Gain,
    /// Gain of the sample that follows the block.
    pub to: Gain,
}

impl Ramp {
    /// The same gain throughout.
    #[must_use]
    pub const fn constant(gain: Gain) -> Self {
        Self { from: gain, to: gain }
    }

    /// The line over a block of `len` samples.
    pub(crate) fn over(self, len: usize) -> Line {
        Line { from: self.from.0, step: (self.to.0 - self.from.0) / len.max(1) as f32 }
    }
}

impl From<Gain> for Ramp {
    fn from(gain: Gain) -> Self {
        Self::constant(gain)
    }
}

/// A ramp whose length is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    from: f32,
    step: f32,
}

impl Line {
    /// The gain of sample `index`.
    #[inline(always)]
    pub(crate) fn at(self, index: usize) -> f32 {
        // By way of `i32`, the one integer that every level converts in vectors. Blocks are short enough for it.
        let index = index as i32 as f32;
        // Never accumulated and never fused, so that every level computes the same number.
        self.from + self.step * index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_is_finite_and_bounded() {
        assert_eq!(Gain::new(f32::NAN), None);
        assert_eq!(Gain::new(f32::INFINITY), None);
        assert_eq!(Gain::new(1024.1), None);
        assert_eq!(Gain::new(-1024.0), Some(-Gain::MAX));
        assert_eq!(Gain::saturating(f32::NEG_INFINITY), -Gain::MAX);
        assert_eq!(Gain::saturating(f32::NAN), Gain::SILENT);
    }

    #[test]
    fn ramps_join() {
        let [low, high] = [0.25, 0.5].map(|factor| Gain::new(factor).unwrap());
        let line = Ramp { from: low, to: high }.over(4);
        let gains = [0, 1, 2, 3, 4].map(|index| line.at(index));
        assert_eq!(gains, [0.25, 0.3125, 0.375, 0.4375, 0.5]);
        assert_eq!(Ramp::from(low).over(0).at(0), 0.25);
    }
}
