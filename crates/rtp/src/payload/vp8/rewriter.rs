//! One stream out of several.

use super::{DescriptorMut, KeyIdx, Payload};
use crate::payload::renumbering::{Count, PictureIds, Place};
use crate::payload::{DepayloadError, Renumbered, Tl0PicIdx};

/// Renumbers what a forwarder sends to one receiver, who then sees one stream without a break: whichever source it
/// comes from, and whatever is left out of it on purpose.
///
/// Every packet of the source goes either to [`Vp8Rewriter::rewrite`] or to [`Vp8Rewriter::leave_out`], all packets of
/// a frame to the same, in whatever order they come. What the network lost leaves the gap that it is.
///
/// Numbers are continued where a source has them; none is added. A key frame far behind all before it begins anew, as
/// after [`switch`](Self::switch): the source has, or a number before was a lie. Nothing is allocated.
#[derive(Clone, Debug, Default)]
pub struct Vp8Rewriter {
    pictures: PictureIds,
    base: Count<8>,
    keys: Count<5>,
}

impl Vp8Rewriter {
    /// For a stream that is about to begin. The first frame keeps its numbers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What comes next is of another source, or of the same one much later: it begins with a key frame, and goes on
    /// with the numbers behind the last one sent.
    pub const fn switch(&mut self) {
        self.pictures.switch();
        self.base.switch();
        self.keys.switch();
    }

    /// Renumbers a payload in place.
    ///
    /// # Errors
    ///
    /// As [`Payload::parse`]. The payload is then as it was.
    pub fn rewrite(&mut self, payload: &mut [u8]) -> Result<Renumbered, DepayloadError> {
        let mut payload = DescriptorMut::parse(payload)?;
        let descriptor = *payload.descriptor();
        if let Some(id) = descriptor.picture_id {
            let number = match self.pictures.place(id) {
                Place::Number(number) => number,
                Place::TooOld if payload.begins_key_frame() => {
                    self.switch();
                    self.pictures.begin(id)
                }
                Place::LeftOut | Place::TooOld => return Ok(Renumbered::LeftOut),
            };
            let _ = payload.set_picture_id(number);
        }
        if let Some(Tl0PicIdx(number)) = descriptor.layer.and_then(|layer| layer.tl0_pic_idx) {
            let _ = payload.set_tl0_pic_idx(Tl0PicIdx(self.base.number(number)));
        }
        if let Some(number) = descriptor.key_idx {
            let _ = payload.set_key_idx(KeyIdx::of_low_bits(self.keys.number(number.get())));
        }
        Ok(Renumbered::Written)
    }

    /// Takes note that a payload is not sent, nor any other of its frame: the frames behind it close the gap.
    ///
    /// # Errors
    ///
    /// As [`Payload::parse`].
    pub fn leave_out(&mut self, payload: &[u8]) -> Result<(), DepayloadError> {
        if let Some(id) = Payload::parse(payload)?.descriptor.picture_id {
            self.pictures.leave_out(id);
        }
        Ok(())
    }
}
