//! From payloads to frames.

use super::Payload;
use crate::Packet;
use crate::payload::{DepayloadError, Depayloader, Extent, PictureId, Piece, Prefix};
use moim_media::{Seq, Timestamp};

/// Takes frames out of payloads without copying.
///
/// A frame begins with the first payload of its timestamp and picture id that starts partition 0; a payload that says
/// so once more in the same frame continues it. Any other payload is taken only right behind the one before it: what
/// comes out of a frame has no hole. [`Extent::ends`] is the marker.
#[derive(Clone, Debug, Default)]
pub struct Vp8Depayloader {
    frame: Option<Open>,
}

/// A frame that has begun and not ended.
#[derive(Clone, Copy, Debug)]
struct Open {
    first: Seq,
    next: Seq,
    time: Timestamp,
    picture_id: Option<PictureId>,
}

impl Vp8Depayloader {
    /// For a stream of which nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { frame: None }
    }
}

impl Depayloader for Vp8Depayloader {
    fn depacketize<'a>(
        &mut self,
        packet: &Packet<'a>,
        sink: &mut dyn FnMut(Piece<'a>),
    ) -> Result<Extent, DepayloadError> {
        let Payload { descriptor, body } = Payload::parse(packet.payload())?;
        let open = self.frame.filter(|open| open.has(packet, descriptor.picture_id));
        let first = match open {
            None if descriptor.begins_frame() => packet.seq(),
            Some(open) if open.next == packet.seq() => open.first,
            _ => return Err(DepayloadError::Headless),
        };
        self.frame = if packet.marker() {
            None
        } else {
            let next = Seq(packet.seq().0.wrapping_add(1));
            Some(Open { first, next, time: packet.timestamp(), picture_id: descriptor.picture_id })
        };
        sink(Piece { prefix: Prefix::EMPTY, body });
        Ok(Extent { begins: first == packet.seq(), ends: packet.marker() })
    }
}

impl Open {
    /// Whether `packet` is of this frame. Who gives the packets of a frame again, from the first on, begins it anew.
    fn has(&self, packet: &Packet<'_>, picture_id: Option<PictureId>) -> bool {
        let behind = packet.seq().0.wrapping_sub(self.first.0).cast_signed();
        behind > 0 && self.time == packet.timestamp() && self.picture_id == picture_id
    }
}
