//! Where a frame is among layers, and what it builds on (RFC 9628, section 4.2).

use crate::payload::narrow::narrow;

narrow! {
    /// A temporal layer (TID): 0 is the base layer, each one above adds pictures.
    pub struct TemporalId: 3;

    /// A spatial layer (SID): 0 is the base layer, each one above adds a frame of higher resolution to a picture.
    pub struct SpatialId: 3;
}

/// The place of a frame among layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// The temporal layer of its picture.
    pub temporal: TemporalId,
    /// Whether no picture behind this one builds on a picture before it of a higher temporal layer than this (U): who
    /// watches up to this layer can watch higher ones from here on.
    pub switching_up: bool,
    /// The spatial layer.
    pub spatial: SpatialId,
    /// Whether it builds on the frame of the spatial layer below in the same picture (D).
    pub inter_layer: bool,
}

/// The highest layers that a receiver watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Of the temporal ones.
    pub temporal: TemporalId,
    /// Of the spatial ones.
    pub spatial: SpatialId,
}

impl Layers {
    /// Whatever there is.
    pub const ALL: Self = Self { temporal: TemporalId::MAX, spatial: SpatialId::MAX };
}

/// How many pictures before a frame's own each picture is that it builds on (P_DIFF): up to three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct References {
    differences: [u8; 3],
    len: u8,
}

impl References {
    /// No picture.
    pub const NONE: Self = Self { differences: [0; 3], len: 0 };
    /// The picture before.
    pub const PREVIOUS: Self = Self { differences: [1, 0, 0], len: 1 };

    /// `None` for more than three.
    #[must_use]
    pub fn new(differences: &[u8]) -> Option<Self> {
        let mut references = Self::NONE;
        differences.iter().try_for_each(|&difference| references.push(difference))?;
        Some(references)
    }

    /// The differences, in the order in which they travel.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.differences.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// `None` when there are three already.
    pub(super) fn push(&mut self, difference: u8) -> Option<()> {
        *self.differences.get_mut(usize::from(self.len))? = difference;
        self.len += 1;
        Some(())
    }
}
