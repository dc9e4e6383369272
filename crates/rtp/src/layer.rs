//! Layers of a scalable picture.

/// Which layer of a scalable stream something is of: it builds on layers of smaller or equal numbers alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layer {
    /// How fine the picture is, from 0.
    pub spatial: u8,
    /// How often there is a picture, from 0.
    pub temporal: u8,
}
