//! What is in front of the frame in each payload (RFC 9628, section 4.2).

use super::layer::{Layer, Layers, References, SpatialId, TemporalId};
use super::{FrameHeader, ScalabilityStructure};
use crate::payload::{DepayloadError, PictureId, Tl0PicIdx};

/// One payload, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// What it says of itself.
    pub descriptor: Descriptor<'a>,
    /// A part of a frame, at least one byte.
    pub body: &'a [u8],
}

/// Which part of which frame a payload holds, and who needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descriptor<'a> {
    /// The number of the picture that the frame is of. Flexible mode is of no use without.
    pub picture_id: Option<PictureId>,
    /// How it is told what the frame builds on.
    pub mode: Mode,
    /// Whether the frame of this layer begins with the payload (B).
    pub begins_frame: bool,
    /// Whether the frame of this layer ends with the payload (E).
    pub ends_frame: bool,
    /// Whether no frame of a higher spatial layer builds on this one, nor any in the pictures to come (Z).
    pub unused_by_higher: bool,
    /// The layers from here on.
    pub structure: Option<ScalabilityStructure<'a>>,
}

/// How it is told on which pictures before its own a frame builds (F).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Ahead, by the group of the [`ScalabilityStructure`].
    NonFlexible {
        /// Whether it builds on any (P).
        inter_picture: bool,
        /// The frame's layers, and the base layer's last picture, or this one.
        layer: Option<(Layer, Tl0PicIdx)>,
    },
    /// In each frame.
    Flexible {
        /// Those that it builds on.
        references: References,
        /// The frame's layers.
        layer: Option<Layer>,
    },
}

mod bits {
    /// Of the first byte.
    pub(super) const PICTURE_ID: u8 = 0x80;
    pub(super) const INTER_PICTURE: u8 = 0x40;
    pub(super) const LAYER: u8 = 0x20;
    pub(super) const FLEXIBLE: u8 = 0x10;
    pub(super) const BEGIN: u8 = 0x08;
    pub(super) const END: u8 = 0x04;
    pub(super) const STRUCTURE: u8 = 0x02;
    pub(super) const UNUSED_BY_HIGHER: u8 = 0x01;
    /// Of the layers.
    pub(super) const SWITCHING_UP: u8 = 0x10;
    pub(super) const INTER_LAYER: u8 = 0x01;
    /// Of a reference: another one follows.
    pub(super) const MORE: u8 = 0x01;
}

impl<'a> Payload<'a> {
    /// Takes `payload` apart.
    ///
    /// # Errors
    ///
    /// * [`DepayloadError::Empty`]: there is nothing.
    /// * [`DepayloadError::Malformed`]: the descriptor breaks off, has nothing behind it, or has more than three
    ///   references.
    #[inline]
    pub fn parse(payload: &'a [u8]) -> Result<Self, DepayloadError> {
        if payload.is_empty() {
            return Err(DepayloadError::Empty);
        }
        let mut body = payload;
        match Descriptor::read(&mut body) {
            Some(descriptor) if !body.is_empty() => Ok(Self { descriptor, body }),
            _ => Err(DepayloadError::Malformed),
        }
    }

    /// The header of the frame, when the frame begins with this payload and that is how a frame of VP9 begins.
    #[must_use]
    pub fn frame_header(&self) -> Option<FrameHeader> {
        if self.descriptor.begins_frame { FrameHeader::parse(self.body) } else { None }
    }
}

impl<'a> Descriptor<'a> {
    /// The most bytes a descriptor has without a structure.
    pub const MAX_LEN: usize = 7;

    fn read(rest: &mut &'a [u8]) -> Option<Self> {
        let &first = rest.split_off_first()?;
        let has = |bit: u8| first & bit != 0;
        let picture_id = if has(bits::PICTURE_ID) { Some(PictureId::read(rest)?) } else { None };
        let layer = if has(bits::LAYER) { Some(read_layer(rest)?) } else { None };
        let mode = if has(bits::FLEXIBLE) {
            let references = if has(bits::INTER_PICTURE) { read_references(rest)? } else { References::NONE };
            Mode::Flexible { references, layer }
        } else {
            let layer = match layer {
                Some(layer) => Some((layer, Tl0PicIdx(*rest.split_off_first()?))),
                None => None,
            };
            Mode::NonFlexible { inter_picture: has(bits::INTER_PICTURE), layer }
        };
        let structure = if has(bits::STRUCTURE) { Some(ScalabilityStructure::read(rest)?) } else { None };
        Some(Self {
            picture_id,
            mode,
            begins_frame: has(bits::BEGIN),
            ends_frame: has(bits::END),
            unused_by_higher: has(bits::UNUSED_BY_HIGHER),
            structure,
        })
    }

    /// Writes the descriptor to the front of `into` and returns its length; `None` when it does not fit, or a
    /// reference is more than 127 pictures back.
    #[must_use]
    pub fn write(&self, into: &mut [u8]) -> Option<usize> {
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        let (layer, references) = (self.layer(), self.references());
        let is_flexible = matches!(self.mode, Mode::Flexible { .. });
        let mut places = into.iter_mut();
        let mut len = 0;
        let mut put = |byte: u8| {
            *places.next()? = byte;
            len += 1;
            Some(())
        };
        put(bit(self.picture_id.is_some(), bits::PICTURE_ID)
            | bit(self.is_inter_picture(), bits::INTER_PICTURE)
            | bit(layer.is_some(), bits::LAYER)
            | bit(is_flexible, bits::FLEXIBLE)
            | bit(self.begins_frame, bits::BEGIN)
            | bit(self.ends_frame, bits::END)
            | bit(self.structure.is_some(), bits::STRUCTURE)
            | bit(self.unused_by_higher, bits::UNUSED_BY_HIGHER))?;
        if let Some(id) = self.picture_id {
            id.to_bytes().into_iter().take(id.width().bytes()).try_for_each(&mut put)?;
        }
        if let Some(layer) = layer {
            put(layer.temporal.get() << 5
                | bit(layer.switching_up, bits::SWITCHING_UP)
                | layer.spatial.get() << 1
                | bit(layer.inter_layer, bits::INTER_LAYER))?;
        }
        if let Some(Tl0PicIdx(number)) = self.tl0_pic_idx() {
            put(number)?;
        }
        let mut differences = references.as_slice().iter().peekable();
        while let Some(&difference) = differences.next() {
            if difference > 127 {
                return None;
            }
            put(difference << 1 | bit(differences.peek().is_some(), bits::MORE))?;
        }
        match &self.structure {
            Some(structure) => Some(len + structure.write(into.get_mut(len..)?)?),
            None => Some(len),
        }
    }

    /// The frame's layers; without them it is of the base layers.
    #[must_use]
    pub const fn layer(&self) -> Option<Layer> {
        match self.mode {
            Mode::NonFlexible { layer: Some((layer, _)), .. } => Some(layer),
            Mode::NonFlexible { layer: None, .. } => None,
            Mode::Flexible { layer, .. } => layer,
        }
    }

    /// The number of the base layer's last picture, or of this one.
    #[must_use]
    pub const fn tl0_pic_idx(&self) -> Option<Tl0PicIdx> {
        match self.mode {
            Mode::NonFlexible { layer: Some((_, number)), .. } => Some(number),
            _ => None,
        }
    }

    /// The pictures the frame builds on, where each frame tells.
    #[must_use]
    pub const fn references(&self) -> References {
        match self.mode {
            Mode::NonFlexible { .. } => References::NONE,
            Mode::Flexible { references, .. } => references,
        }
    }

    /// Whether the frame builds on pictures before its own (P).
    ///
    /// One that does not is where a receiver of the spatial layer below can begin to watch this one. Of the lowest
    /// spatial layer it begins a key picture, as a rule: [`Payload::frame_header`] knows.
    #[must_use]
    pub const fn is_inter_picture(&self) -> bool {
        match self.mode {
            Mode::NonFlexible { inter_picture, .. } => inter_picture,
            Mode::Flexible { references, .. } => !references.is_empty(),
        }
    }

    /// The frame's spatial layer.
    #[must_use]
    pub fn spatial(&self) -> SpatialId {
        self.layer().map(|layer| layer.spatial).unwrap_or_default()
    }

    /// The temporal layer of the frame's picture.
    #[must_use]
    pub fn temporal(&self) -> TemporalId {
        self.layer().map(|layer| layer.temporal).unwrap_or_default()
    }

    /// Whether a receiver who watches the layers up to `highest` needs the frame.
    ///
    /// A forwarder changes `highest` between pictures: lowers it at any, raises it at a key picture; the temporal
    /// layer also behind a picture that it forwards with [`Layer::switching_up`], the spatial one by one also with a
    /// frame of the layer above that [builds on no picture before](Descriptor::is_inter_picture).
    #[must_use]
    pub fn is_needed(&self, highest: Layers) -> bool {
        let is_passed_over = self.unused_by_higher && self.spatial() < highest.spatial;
        self.temporal() <= highest.temporal && self.spatial() <= highest.spatial && !is_passed_over
    }

    /// Whether the payload is the last of its picture for a receiver who watches the spatial layers up to `highest`:
    /// the packet is then to be marked. That of a picture without this layer is marked already.
    #[must_use]
    pub fn ends_picture(&self, highest: SpatialId) -> bool {
        self.ends_frame && self.spatial() == highest
    }
}

fn read_layer(rest: &mut &[u8]) -> Option<Layer> {
    let &byte = rest.split_off_first()?;
    Some(Layer {
        temporal: TemporalId::of_low_bits(byte >> 5),
        switching_up: byte & bits::SWITCHING_UP != 0,
        spatial: SpatialId::of_low_bits(byte >> 1),
        inter_layer: byte & bits::INTER_LAYER != 0,
    })
}

fn read_references(rest: &mut &[u8]) -> Option<References> {
    let mut references = References::NONE;
    loop {
        let &byte = rest.split_off_first()?;
        references.push(byte >> 1)?;
        if byte & bits::MORE == 0 {
            return Some(references);
        }
    }
}
