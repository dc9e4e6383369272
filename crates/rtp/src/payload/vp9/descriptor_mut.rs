//! Rewriting a descriptor where it lies.

use super::{Coding, Payload};
use crate::Patched;
use crate::payload::{DepayloadError, PictureId, Tl0PicIdx};

/// A payload whose descriptor can be renumbered in place. Its length and layout stay.
#[derive(Debug)]
pub struct DescriptorMut<'a> {
    payload: &'a mut [u8],
    picture_id: Option<PictureId>,
    tl0_pic_idx: Option<Tl0PicIdx>,
}

/// Where the picture id is when there is one.
const PICTURE_ID: usize = 1;

impl<'a> DescriptorMut<'a> {
    /// Checks `payload` as [`Payload::parse`] does.
    ///
    /// # Errors
    ///
    /// As [`Payload::parse`].
    pub fn parse(payload: &'a mut [u8]) -> Result<Self, DepayloadError> {
        let descriptor = Payload::parse(payload)?.descriptor;
        let (picture_id, tl0_pic_idx) = (descriptor.picture_id, descriptor.tl0_pic_idx());
        Ok(Self { payload, picture_id, tl0_pic_idx })
    }

    /// The picture's number, as it is now.
    #[must_use]
    pub const fn picture_id(&self) -> Option<PictureId> {
        self.picture_id
    }

    /// The number of the base layer's picture, as it is now.
    #[must_use]
    pub const fn tl0_pic_idx(&self) -> Option<Tl0PicIdx> {
        self.tl0_pic_idx
    }

    /// Whether a key picture begins with the payload.
    pub(super) fn begins_key_picture(&self) -> bool {
        let header = Payload::parse(self.payload).ok().and_then(|payload| payload.frame_header());
        header.is_some_and(|header| matches!(header.coding, Coding::Key { .. }))
    }

    /// Renumbers the picture, in as many bits as its number has: the bits above are dropped.
    pub fn set_picture_id(&mut self, number: u16) -> Patched {
        let Some(id) = &mut self.picture_id else { return Patched::Absent };
        *id = id.with_number(number);
        let place = self.payload.iter_mut().skip(PICTURE_ID).take(id.width().bytes());
        place.zip(id.to_bytes()).for_each(|(place, byte)| *place = byte);
        Patched::Written
    }

    /// Renumbers the base layer's picture.
    pub fn set_tl0_pic_idx(&mut self, number: Tl0PicIdx) -> Patched {
        // Behind the layers, which are one byte.
        let at = PICTURE_ID + self.picture_id.map_or(0, |id| id.width().bytes()) + 1;
        match (&mut self.tl0_pic_idx, self.payload.get_mut(at)) {
            (Some(known), Some(place)) => {
                (*known, *place) = (number, number.0);
                Patched::Written
            }
            _ => Patched::Absent,
        }
    }
}
