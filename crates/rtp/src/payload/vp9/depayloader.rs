//! From payloads to pictures.

use super::{Descriptor, Payload};
use crate::Packet;
use crate::payload::{DepayloadError, Depayloader, Extent, PictureId, Piece, Prefix};
use moim_media::{Seq, Timestamp};

/// Takes pictures out of payloads without copying: the frames of all spatial layers that come, behind one another and
/// without an index, as libvpx decodes them.
///
/// A picture begins with the first payload of its timestamp and picture id that begins a frame: one of the lowest
/// spatial layer – or of a higher one that builds on none below, where no packet before is missing: a forwarder may
/// have left out the lower ones. Any other payload is taken only right behind the one before it: what comes out of a
/// picture has no hole. [`Extent::ends`] is the marker.
#[derive(Clone, Debug, Default)]
pub struct Vp9Depayloader {
    last: Option<Last>,
}

/// The payload taken last.
#[derive(Clone, Copy, Debug)]
struct Last {
    /// The first packet of the picture.
    first: Seq,
    /// The packet behind it.
    next: Seq,
    time: Timestamp,
    picture_id: Option<PictureId>,
    stage: Stage,
}

/// What may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// More of the frame.
    Frame,
    /// Another frame of the picture.
    Picture,
    /// Another picture.
    Stream,
}

impl Vp9Depayloader {
    /// For a stream of which nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: None }
    }

    /// The first packet of the picture that `packet` is of, which is that one when the picture begins.
    fn place(&self, packet: &Packet<'_>, descriptor: &Descriptor<'_>) -> Result<Seq, DepayloadError> {
        let is_next = self.last.is_some_and(|last| last.next == packet.seq());
        match self.last.filter(|last| last.has(packet, descriptor.picture_id)) {
            None if descriptor.begins_frame && (is_lowest(descriptor) || is_next) => Ok(packet.seq()),
            Some(last) if is_next => match (last.stage, descriptor.begins_frame) {
                (Stage::Frame, false) | (Stage::Picture, true) => Ok(last.first),
                // The frame before was never finished: what holds it must not pass for whole.
                (Stage::Frame, true) => Err(DepayloadError::Malformed),
                _ => Err(DepayloadError::Headless),
            },
            _ => Err(DepayloadError::Headless),
        }
    }
}

impl Depayloader for Vp9Depayloader {
    fn depacketize<'a>(
        &mut self,
        packet: &Packet<'a>,
        sink: &mut dyn FnMut(Piece<'a>),
    ) -> Result<Extent, DepayloadError> {
        let Payload { descriptor, body } = Payload::parse(packet.payload())?;
        let first = self.place(packet, &descriptor)?;
        let stage = match (packet.marker(), descriptor.ends_frame) {
            (true, _) => Stage::Stream,
            (false, true) => Stage::Picture,
            (false, false) => Stage::Frame,
        };
        let next = Seq(packet.seq().0.wrapping_add(1));
        let (time, picture_id) = (packet.timestamp(), descriptor.picture_id);
        self.last = Some(Last { first, next, time, picture_id, stage });
        sink(Piece { prefix: Prefix::EMPTY, body });
        Ok(Extent { begins: first == packet.seq(), ends: packet.marker() })
    }
}

impl Last {
    /// Whether `packet` is of the same picture, which has not ended. Who gives the packets of a picture again, from the
    /// first on, begins it anew.
    fn has(&self, packet: &Packet<'_>, picture_id: Option<PictureId>) -> bool {
        let behind = packet.seq().0.wrapping_sub(self.first.0).cast_signed();
        let is_same = self.time == packet.timestamp() && self.picture_id == picture_id;
        behind > 0 && is_same && self.stage != Stage::Stream
    }
}

/// Whether the frame can be the first of its picture wherever it comes.
fn is_lowest(descriptor: &Descriptor<'_>) -> bool {
    descriptor.spatial().get() == 0
}
