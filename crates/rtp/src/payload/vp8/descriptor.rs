//! What is in front of the frame in each payload (RFC 7741, section 4.2).

use super::FrameHeader;
use crate::payload::narrow::narrow;
use crate::payload::{DepayloadError, PictureId, Tl0PicIdx};

narrow! {
    /// A temporal layer (TID): 0 is the base layer, each one above adds pictures.
    pub struct TemporalId: 2;

    /// The running number of a key frame, which wraps. It has no meaningful order.
    pub struct KeyIdx: 5;

    /// A part of a frame that is coded by itself (PID): 0 holds the modes and motion vectors. Many senders leave it at 0.
    pub struct Partition: 3;
}

/// One payload, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// What it says of itself.
    pub descriptor: Descriptor,
    /// A part of a frame, at least one byte.
    pub body: &'a [u8],
}

/// Which part of which frame a payload holds, and who needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Descriptor {
    /// Whether no other frame builds on this one (N).
    pub non_reference: bool,
    /// Whether a partition begins with this payload (S).
    pub starts_partition: bool,
    /// The partition the payload begins in (PID).
    pub partition: Partition,
    /// The frame's number.
    pub picture_id: Option<PictureId>,
    /// The frame's place among temporal layers.
    pub layer: Option<TemporalLayer>,
    /// The number of the last key frame.
    pub key_idx: Option<KeyIdx>,
}

/// The place of a frame among temporal layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TemporalLayer {
    /// The layer it is of.
    pub id: TemporalId,
    /// Whether the frame builds on the base layer's picture `tl0_pic_idx` alone, and no frame behind it on a picture
    /// above the base layer that is older than that one (Y).
    pub sync: bool,
    /// The base layer's last picture, or this one.
    pub tl0_pic_idx: Option<Tl0PicIdx>,
}

mod bits {
    /// Of the first byte.
    pub(super) const EXTENDED: u8 = 0x80;
    pub(super) const NON_REFERENCE: u8 = 0x20;
    pub(super) const START: u8 = 0x10;
    /// Of the second.
    pub(super) const PICTURE_ID: u8 = 0x80;
    pub(super) const TL0_PIC_IDX: u8 = 0x40;
    pub(super) const TEMPORAL_ID: u8 = 0x20;
    pub(super) const KEY_IDX: u8 = 0x10;
    /// Of the last.
    pub(super) const SYNC: u8 = 0x20;
}

impl<'a> Payload<'a> {
    /// Takes `payload` apart.
    ///
    /// # Errors
    ///
    /// * [`DepayloadError::Empty`]: there is nothing.
    /// * [`DepayloadError::Malformed`]: the descriptor breaks off, has nothing behind it, or has a base layer's number
    ///   without a layer.
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

    /// The header of the frame, when the frame begins with this payload and that is how a frame of VP8 begins.
    #[must_use]
    pub fn frame_header(&self) -> Option<FrameHeader> {
        if self.descriptor.begins_frame() { FrameHeader::parse(self.body) } else { None }
    }
}

impl Descriptor {
    /// The most bytes a descriptor has.
    pub const MAX_LEN: usize = 6;

    fn read(rest: &mut &[u8]) -> Option<Self> {
        let &first = rest.split_off_first()?;
        let mut descriptor = Self {
            non_reference: first & bits::NON_REFERENCE != 0,
            starts_partition: first & bits::START != 0,
            partition: Partition::of_low_bits(first),
            ..Self::default()
        };
        if first & bits::EXTENDED == 0 {
            return Some(descriptor);
        }
        let &present = rest.split_off_first()?;
        if present & bits::PICTURE_ID != 0 {
            descriptor.picture_id = Some(PictureId::read(rest)?);
        }
        let mut tl0_pic_idx = None;
        if present & bits::TL0_PIC_IDX != 0 {
            tl0_pic_idx = Some(Tl0PicIdx(*rest.split_off_first()?));
        }
        if present & (bits::TEMPORAL_ID | bits::KEY_IDX) != 0 {
            let &last = rest.split_off_first()?;
            if present & bits::TEMPORAL_ID != 0 {
                let (id, sync) = (TemporalId::of_low_bits(last >> 6), last & bits::SYNC != 0);
                descriptor.layer = Some(TemporalLayer { id, sync, tl0_pic_idx });
            }
            if present & bits::KEY_IDX != 0 {
                descriptor.key_idx = Some(KeyIdx::of_low_bits(last));
            }
        }
        (tl0_pic_idx.is_none() || descriptor.layer.is_some()).then_some(descriptor)
    }

    /// Writes the descriptor to the front of `into` and returns its length; `None` when it does not fit. Nothing is
    /// written that need not be.
    #[must_use]
    pub fn write(&self, into: &mut [u8]) -> Option<usize> {
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        let tl0_pic_idx = self.layer.and_then(|layer| layer.tl0_pic_idx);
        let present = bit(self.picture_id.is_some(), bits::PICTURE_ID)
            | bit(tl0_pic_idx.is_some(), bits::TL0_PIC_IDX)
            | bit(self.layer.is_some(), bits::TEMPORAL_ID)
            | bit(self.key_idx.is_some(), bits::KEY_IDX);
        let mut places = into.iter_mut();
        let mut len = 0;
        let mut put = |byte: u8| {
            *places.next()? = byte;
            len += 1;
            Some(())
        };
        put(bit(present != 0, bits::EXTENDED)
            | bit(self.non_reference, bits::NON_REFERENCE)
            | bit(self.starts_partition, bits::START)
            | self.partition.get())?;
        if present != 0 {
            put(present)?;
        }
        if let Some(id) = self.picture_id {
            id.to_bytes().into_iter().take(id.width().bytes()).try_for_each(&mut put)?;
        }
        if let Some(Tl0PicIdx(number)) = tl0_pic_idx {
            put(number)?;
        }
        if self.layer.is_some() || self.key_idx.is_some() {
            let layer = self.layer.unwrap_or_default();
            put(layer.id.get() << 6 | bit(layer.sync, bits::SYNC) | self.key_idx.map_or(0, KeyIdx::get))?;
        }
        Some(len)
    }

    /// Whether the payload says that it is the first of its frame. A frame may say so again: there is no number for the
    /// ninth partition, and senders wrap.
    #[must_use]
    pub const fn begins_frame(&self) -> bool {
        self.starts_partition && self.partition.get() == 0
    }

    /// Whether a receiver who watches the layers up to `highest` needs the frame.
    ///
    /// A forwarder lowers `highest` where a frame begins, and raises it with a key frame – or with the first payload of
    /// a frame of a layer above whose [`sync`](TemporalLayer::sync) is set, to that frame's layer, if since the base
    /// layer's last picture it has dropped none of that layer or below.
    #[must_use]
    pub fn is_needed(&self, highest: TemporalId) -> bool {
        self.layer.is_none_or(|layer| layer.id <= highest)
    }
}
