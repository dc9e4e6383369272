//! The scalability structure: the layers of the pictures to come (RFC 9628, section 4.2.1).

use super::layer::{References, SpatialId, TemporalId};
use moim_media::VideoSize;

/// The layers of the pictures from here on, read where they lie. It was checked, so that all of it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalabilityStructure<'a> {
    highest: SpatialId,
    sizes: &'a [[u8; 4]],
    pictures: u8,
    group: &'a [u8],
}

/// A picture of the group that the stream repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupPicture {
    /// Its temporal layer.
    pub temporal: TemporalId,
    /// As [`Layer::switching_up`](super::Layer::switching_up).
    pub switching_up: bool,
    /// The pictures that it builds on.
    pub references: References,
}

mod bits {
    /// Of the first byte.
    pub(super) const SIZES: u8 = 0x10;
    pub(super) const GROUP: u8 = 0x08;
    /// Of a picture's first.
    pub(super) const SWITCHING_UP: u8 = 0x10;
}

impl<'a> ScalabilityStructure<'a> {
    /// Takes a structure off the front; `None` when it breaks off.
    pub(super) fn read(rest: &mut &'a [u8]) -> Option<Self> {
        let &first = rest.split_off_first()?;
        let highest = SpatialId::of_low_bits(first >> 5);
        let mut structure = Self { highest, sizes: &[], pictures: 0, group: &[] };
        if first & bits::SIZES != 0 {
            let sizes = rest.split_off(..4 * (usize::from(highest.get()) + 1))?;
            (structure.sizes, _) = sizes.as_chunks();
        }
        if first & bits::GROUP != 0 {
            structure.pictures = *rest.split_off_first()?;
            let mut behind = *rest;
            for _ in 0..structure.pictures {
                read_picture(&mut behind)?;
            }
            structure.group = rest.split_off(..rest.len() - behind.len())?;
        }
        Some(structure)
    }

    /// The highest spatial layer.
    #[must_use]
    pub const fn highest(&self) -> SpatialId {
        self.highest
    }

    /// The size of the frames of each spatial layer from the base on, when they are told; one without extent is `None`.
    pub fn sizes(&self) -> impl ExactSizeIterator<Item = Option<VideoSize>> + 'a {
        self.sizes.iter().map(|&[width, width_low, height, height_low]| {
            VideoSize::new(u16::from_be_bytes([width, width_low]), u16::from_be_bytes([height, height_low]))
        })
    }

    /// The group of pictures that the stream repeats, beginning with the one that carries this; empty when that is not
    /// told. In the mode that is not flexible, a picture builds on what its place in the group says.
    pub fn group(&self) -> impl Iterator<Item = GroupPicture> + 'a {
        let mut rest = self.group;
        core::iter::from_fn(move || read_picture(&mut rest))
    }

    /// Writes the structure to the front of `into` and returns its length; `None` when it does not fit.
    #[must_use]
    pub fn write(&self, into: &mut [u8]) -> Option<usize> {
        let has_sizes = if self.sizes.is_empty() { 0 } else { bits::SIZES };
        let has_group = if self.pictures == 0 { 0 } else { bits::GROUP };
        let (first, mut rest) = into.split_first_mut()?;
        *first = self.highest.get() << 5 | has_sizes | has_group;
        let mut len = 1;
        let count = core::slice::from_ref(&self.pictures);
        let count = if self.pictures == 0 { &[] } else { count };
        for part in [self.sizes.as_flattened(), count, self.group] {
            rest.split_off_mut(..part.len())?.copy_from_slice(part);
            len += part.len();
        }
        Some(len)
    }

    /// Writes a structure anew: `sizes` of each spatial layer from the base on, and the `group` of pictures; without
    /// sizes there is one layer. `None` for more than 8 sizes or 255 pictures, and when it does not fit into `into`.
    #[must_use]
    pub fn build(sizes: &[VideoSize], group: &[GroupPicture], into: &'a mut [u8]) -> Option<Self> {
        let highest = SpatialId::new(u8::try_from(sizes.len().saturating_sub(1)).ok()?)?;
        let pictures = u8::try_from(group.len()).ok()?;
        let mut places = into.iter_mut();
        let mut len = 0;
        let mut put = |byte: u8| {
            *places.next()? = byte;
            len += 1;
            Some(())
        };
        for size in sizes {
            for side in [size.width(), size.height()] {
                u16::try_from(side).ok()?.to_be_bytes().into_iter().try_for_each(&mut put)?;
            }
        }
        for picture in group {
            let references = picture.references.as_slice();
            let switching_up = if picture.switching_up { bits::SWITCHING_UP } else { 0 };
            let count = u8::try_from(references.len()).ok()?;
            put(picture.temporal.get() << 5 | switching_up | count << 2)?;
            references.iter().copied().try_for_each(&mut put)?;
        }
        let (sizes, group) = into.get(..len)?.split_at_checked(4 * sizes.len())?;
        Some(Self { highest, sizes: sizes.as_chunks().0, pictures, group })
    }
}

fn read_picture(rest: &mut &[u8]) -> Option<GroupPicture> {
    let &first = rest.split_off_first()?;
    let references = References::new(rest.split_off(..usize::from(first >> 2 & 3))?)?;
    let temporal = TemporalId::of_low_bits(first >> 5);
    Some(GroupPicture { temporal, switching_up: first & bits::SWITCHING_UP != 0, references })
}
