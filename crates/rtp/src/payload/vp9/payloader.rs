//! From frames to payloads.

use super::layer::{Layer, References, SpatialId};
use super::structure::{GroupPicture, ScalabilityStructure};
use super::{Coding, Descriptor, FrameHeader, Mode};
use crate::payload::split::Split;
use crate::payload::{Fragment, PayloadError, Payloader, PictureId, Tl0PicIdx};
use alloc::vec;
use alloc::vec::Vec;
use moim_media::VideoSize;

/// How a stream is described.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vp9Config {
    /// How it is told what a frame builds on.
    pub mode: Vp9Mode,
    /// The id of the first picture, from which they count up in as many bits.
    pub picture_id: PictureId,
    /// The number of the first picture of the temporal base layer.
    pub tl0_pic_idx: Tl0PicIdx,
    /// What every key picture says of the pictures to come; `None` where there is one layer: the size is then the key
    /// frame's, and each picture builds on the one before.
    pub structure: Option<Structure>,
}

/// How it is told on which pictures a frame builds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Vp9Mode {
    /// Ahead, for a group of pictures that repeats. What all browsers understand.
    #[default]
    NonFlexible,
    /// In each frame.
    Flexible,
}

/// A scalability structure to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    bytes: Vec<u8>,
}

/// What only the encoder knows of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameInfo {
    /// The layers; `None` when there are none, and then nothing is said of them.
    pub layer: Option<Layer>,
    /// The pictures it builds on. In the mode that is not flexible only whether there are any is sent.
    pub references: References,
    /// Whether no frame of a higher spatial layer builds on it, nor any in the pictures to come.
    pub unused_by_higher: bool,
    /// Whether a frame of a higher spatial layer follows in the same picture.
    pub position: Position,
}

/// Where a frame is in its picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Position {
    /// A frame of a higher spatial layer follows.
    Inner,
    /// It is the last.
    #[default]
    Last,
}

/// Sends frames without copying them: payloads are parts of the frame behind a descriptor.
///
/// * The payloads of a frame are as few as fit and of even size; the last of a picture is marked (RFC 9628, section 4.1).
/// * The first payload of a key picture has the scalability structure.
/// * [`Payloader::packetize`] sends a frame or superframe as a picture of one layer that builds on the picture before,
///   unless it begins with a key frame. Only key frames begin anew: an intra-only frame refreshes not all that those
///   behind it build on.
/// * Frames of layers go through [`Vp9Payloader::packetize_frame`], each spatial layer's by itself.
///
/// Allocates when it is made only.
#[derive(Clone, Debug)]
pub struct Vp9Payloader {
    mode: Vp9Mode,
    numbers: Numbers,
    structure: Option<Structure>,
    prefix: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Numbers {
    /// Of the present picture.
    picture_id: PictureId,
    /// Of the next picture of the base layer, or the present one.
    tl0_pic_idx: Tl0PicIdx,
    /// The highest spatial layer of which the present picture has a frame already, and whether it is of the temporal
    /// base layer.
    begun: Option<(SpatialId, bool)>,
}

/// Of one layer: the first byte, the size, the count, one picture of two bytes.
const OWN_STRUCTURE: usize = 8;

impl Vp9Payloader {
    /// For a stream that is about to begin.
    #[must_use]
    pub fn new(config: Vp9Config) -> Self {
        let Vp9Config { mode, picture_id, tl0_pic_idx, structure } = config;
        let longest = structure.as_ref().map_or(0, |structure| structure.bytes.len()).max(OWN_STRUCTURE);
        let prefix = vec![0; Descriptor::MAX_LEN + longest];
        Self { mode, numbers: Numbers { picture_id, tl0_pic_idx, begun: None }, structure, prefix }
    }

    /// Gives `sink` the payloads of `frame`, the next one of its picture or the first of the next picture, of which the
    /// encoder told `info`; else as [`Payloader::packetize`].
    ///
    /// # Errors
    ///
    /// As [`Payloader::packetize`]; [`PayloadError::Malformed`] also for a reference more than 127 pictures back in
    /// flexible mode.
    pub fn packetize_frame(
        &mut self,
        frame: &[u8],
        info: FrameInfo,
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError> {
        let header = header(frame)?;
        self.send(frame, header, info, limit, sink)
    }

    fn send(
        &mut self,
        frame: &[u8],
        header: FrameHeader,
        info: FrameInfo,
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError> {
        let numbers = self.numbers.of_frame(info.layer);
        let mut own = [0; OWN_STRUCTURE];
        let structure = match &self.structure {
            _ if !info.references.is_empty() || spatial(info.layer) > SpatialId::default() => None,
            Some(structure) => structure.view(),
            None => own_structure(self.mode, header, &mut own),
        };
        let mut descriptor = Descriptor {
            picture_id: Some(numbers.picture_id),
            mode: numbers.mode(self.mode, info),
            begins_frame: true,
            ends_frame: false,
            unused_by_higher: info.unused_by_higher,
            structure,
        };
        let first = descriptor.write(&mut self.prefix).ok_or(PayloadError::Malformed)?;
        let others = Descriptor { structure: None, ..descriptor }.write(&mut self.prefix).unwrap_or_default();
        let mut parts = Split::new(frame, limit, others, first - others)?;
        self.numbers = numbers.behind(info);
        while let Some(body) = parts.next() {
            descriptor.ends_frame = parts.is_done();
            let len = descriptor.write(&mut self.prefix).unwrap_or_default();
            let prefix = self.prefix.get(..len).unwrap_or_default();
            sink(Fragment { prefix, body, marker: parts.is_done() && info.position == Position::Last });
            (descriptor.begins_frame, descriptor.structure) = (false, None);
        }
        Ok(())
    }
}

impl Default for Vp9Payloader {
    fn default() -> Self {
        Self::new(Vp9Config::default())
    }
}

impl Payloader for Vp9Payloader {
    fn packetize(
        &mut self,
        unit: &[u8],
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError> {
        let header = header(unit)?;
        let references = match header.coding {
            Coding::Key { .. } => References::NONE,
            _ => References::PREVIOUS,
        };
        let layer = match self.mode {
            Vp9Mode::NonFlexible => Some(Layer { switching_up: true, ..Layer::default() }),
            Vp9Mode::Flexible => None,
        };
        let info = FrameInfo { layer, references, ..FrameInfo::default() };
        self.send(unit, header, info, limit, sink)
    }
}

impl Structure {
    /// For frames of these `sizes`, one for each spatial layer from the base on, in pictures that repeat `group`. Without
    /// sizes there is one layer, of unknown size. `None` above 8 layers or 255 pictures.
    #[must_use]
    pub fn new(sizes: &[VideoSize], group: &[GroupPicture]) -> Option<Self> {
        let mut bytes = vec![0; 4 * sizes.len() + 4 * group.len()];
        let built = ScalabilityStructure::build(sizes, group, &mut bytes)?;
        let mut written = vec![0; 2 + 4 * sizes.len() + 4 * group.len()];
        let len = built.write(&mut written)?;
        written.truncate(len);
        Some(Self { bytes: written })
    }

    fn view(&self) -> Option<ScalabilityStructure<'_>> {
        ScalabilityStructure::read(&mut self.bytes.as_slice())
    }
}

impl Numbers {
    /// Those of the frame that comes next. One of a layer that the present picture has already is of the next picture.
    fn of_frame(self, layer: Option<Layer>) -> Self {
        match self.begun {
            Some((highest, _)) if spatial(layer) <= highest => self.next_picture(),
            _ => self,
        }
    }

    fn behind(self, info: FrameInfo) -> Self {
        let is_base = info.layer.is_none_or(|layer| layer.temporal.get() == 0);
        let begun = Self { begun: Some((spatial(info.layer), is_base)), ..self };
        match info.position {
            Position::Inner => begun,
            Position::Last => begun.next_picture(),
        }
    }

    fn next_picture(self) -> Self {
        let is_base = self.begun.is_some_and(|(_, is_base)| is_base);
        Self {
            picture_id: self.picture_id.next(),
            tl0_pic_idx: if is_base { self.tl0_pic_idx.next() } else { self.tl0_pic_idx },
            begun: None,
        }
    }

    fn mode(self, mode: Vp9Mode, info: FrameInfo) -> Mode {
        let FrameInfo { layer, references, .. } = info;
        match mode {
            Vp9Mode::Flexible => Mode::Flexible { references, layer },
            Vp9Mode::NonFlexible => {
                let layer = layer.map(|layer| match layer.temporal.get() {
                    0 => (layer, self.tl0_pic_idx),
                    _ => (layer, Tl0PicIdx(self.tl0_pic_idx.0.wrapping_sub(1))),
                });
                Mode::NonFlexible { inter_picture: !references.is_empty(), layer }
            }
        }
    }
}

fn spatial(layer: Option<Layer>) -> SpatialId {
    layer.map(|layer| layer.spatial).unwrap_or_default()
}

fn header(frame: &[u8]) -> Result<FrameHeader, PayloadError> {
    if frame.is_empty() {
        return Err(PayloadError::Empty);
    }
    FrameHeader::parse(frame).ok_or(PayloadError::Malformed)
}

/// Of one layer: the size the header tells, and where the mode wants it that each picture builds on the one before.
fn own_structure(mode: Vp9Mode, header: FrameHeader, into: &mut [u8]) -> Option<ScalabilityStructure<'_>> {
    let size = match header.coding {
        Coding::Key { size } | Coding::IntraOnly { size } => size,
        Coding::Inter | Coding::Existing => None,
    };
    let picture =
        GroupPicture { switching_up: true, references: References::PREVIOUS, ..GroupPicture::default() };
    let group = match mode {
        Vp9Mode::NonFlexible => &[picture][..],
        Vp9Mode::Flexible => &[],
    };
    ScalabilityStructure::build(size.as_slice(), group, into)
}
