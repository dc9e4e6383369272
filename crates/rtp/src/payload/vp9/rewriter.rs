//! One stream out of several.

use super::DescriptorMut;
use crate::payload::renumbering::{Count, PictureIds, Place};
use crate::payload::{DepayloadError, Renumbered, Tl0PicIdx};

/// Renumbers what a forwarder sends to one receiver, who then sees one stream whichever source it comes from.
///
/// Pictures that are left out leave a gap: it is by the distance of numbers that a frame says what it builds on, in
/// both modes, and by its layers a receiver knows that it misses nothing.
///
/// Numbers are continued where a source has them; none is added. A key picture far behind all before it begins anew, as
/// after [`switch`](Self::switch): the source has, or a number before was a lie. Nothing is allocated.
#[derive(Clone, Debug, Default)]
pub struct Vp9Rewriter {
    pictures: PictureIds,
    base: Count<8>,
}

impl Vp9Rewriter {
    /// For a stream that is about to begin. The first picture keeps its numbers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What comes next is of another source, or of the same one much later: it begins with a key picture, and goes on
    /// with the numbers behind the last one sent.
    pub const fn switch(&mut self) {
        self.pictures.switch();
        self.base.switch();
    }

    /// Renumbers a payload in place.
    ///
    /// # Errors
    ///
    /// As [`Payload::parse`](super::Payload::parse). The payload is then as it was.
    pub fn rewrite(&mut self, payload: &mut [u8]) -> Result<Renumbered, DepayloadError> {
        let mut payload = DescriptorMut::parse(payload)?;
        if let Some(id) = payload.picture_id() {
            let number = match self.pictures.place(id) {
                Place::Number(number) => number,
                Place::TooOld if payload.begins_key_picture() => {
                    self.switch();
                    self.pictures.begin(id)
                }
                Place::LeftOut | Place::TooOld => return Ok(Renumbered::LeftOut),
            };
            let _ = payload.set_picture_id(number);
        }
        if let Some(Tl0PicIdx(number)) = payload.tl0_pic_idx() {
            let _ = payload.set_tl0_pic_idx(Tl0PicIdx(self.base.number(number)));
        }
        Ok(Renumbered::Written)
    }
}
