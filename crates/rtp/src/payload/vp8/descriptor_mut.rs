//! Rewriting a descriptor where it lies.

use super::{Descriptor, KeyIdx, Payload};
use crate::Patched;
use crate::payload::{DepayloadError, Tl0PicIdx};
use moim_media::codec::FrameKind;

/// A payload whose descriptor can be renumbered in place. Its length and layout stay.
#[derive(Debug)]
pub struct DescriptorMut<'a> {
    payload: &'a mut [u8],
    descriptor: Descriptor,
}

/// Where the picture id is when there is one.
const PICTURE_ID: usize = 2;

impl<'a> DescriptorMut<'a> {
    /// Checks `payload` as [`Payload::parse`] does.
    ///
    /// # Errors
    ///
    /// As [`Payload::parse`].
    pub fn parse(payload: &'a mut [u8]) -> Result<Self, DepayloadError> {
        let descriptor = Payload::parse(payload)?.descriptor;
        Ok(Self { payload, descriptor })
    }

    /// What the payload says of itself, as it is now.
    #[must_use]
    pub const fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Whether a key frame begins with the payload.
    pub(super) fn begins_key_frame(&self) -> bool {
        let header = Payload::parse(self.payload).ok().and_then(|payload| payload.frame_header());
        header.is_some_and(|header| header.kind == FrameKind::Key)
    }

    /// Renumbers the frame, in as many bits as its number has: the bits above are dropped.
    pub fn set_picture_id(&mut self, number: u16) -> Patched {
        let Some(id) = &mut self.descriptor.picture_id else { return Patched::Absent };
        *id = id.with_number(number);
        let place = self.payload.iter_mut().skip(PICTURE_ID).take(id.width().bytes());
        place.zip(id.to_bytes()).for_each(|(place, byte)| *place = byte);
        Patched::Written
    }

    /// Renumbers the base layer's picture.
    pub fn set_tl0_pic_idx(&mut self, number: Tl0PicIdx) -> Patched {
        let at = self.behind_picture_id();
        let known = self.descriptor.layer.as_mut().and_then(|layer| layer.tl0_pic_idx.as_mut());
        match (known, self.payload.get_mut(at)) {
            (Some(known), Some(place)) => {
                (*known, *place) = (number, number.0);
                Patched::Written
            }
            _ => Patched::Absent,
        }
    }

    /// Renumbers the key frame.
    pub fn set_key_idx(&mut self, number: KeyIdx) -> Patched {
        let has_tl0_pic_idx = self.descriptor.layer.is_some_and(|layer| layer.tl0_pic_idx.is_some());
        let at = self.behind_picture_id() + usize::from(has_tl0_pic_idx);
        match (&mut self.descriptor.key_idx, self.payload.get_mut(at)) {
            (Some(known), Some(place)) => {
                *known = number;
                *place = *place & !KeyIdx::MAX.get() | number.get();
                Patched::Written
            }
            _ => Patched::Absent,
        }
    }

    fn behind_picture_id(&self) -> usize {
        PICTURE_ID + self.descriptor.picture_id.map_or(0, |id| id.width().bytes())
    }
}
