//! From frames to payloads.

use super::{Descriptor, FrameHeader, KeyIdx, TemporalId, TemporalLayer};
use crate::payload::split::Split;
use crate::payload::{Fragment, PayloadError, Payloader, PictureId, Tl0PicIdx};
use moim_media::codec::FrameKind;

/// Which numbers a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vp8Config {
    /// The id of the first picture, from which they count up in as many bits; `None` leaves them out.
    pub picture_id: Option<PictureId>,
    /// The number of the first picture of the base layer, for frames whose layer is told.
    pub tl0_pic_idx: Tl0PicIdx,
    /// The number of the first key frame; `None` leaves them out.
    pub key_idx: Option<KeyIdx>,
}

impl Default for Vp8Config {
    /// Picture ids of 15 bits from 0, which every receiver and forwarder can use; no numbers of key frames, which
    /// nobody does.
    fn default() -> Self {
        Self { picture_id: Some(PictureId::default()), tl0_pic_idx: Tl0PicIdx(0), key_idx: None }
    }
}

/// What only the encoder knows of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameInfo {
    /// The temporal layer, and whether the frame is one at which to switch up to it ([`TemporalLayer::sync`]); `None`
    /// when there are no layers.
    pub layer: Option<(TemporalId, bool)>,
    /// Whether no other frame builds on this one.
    pub non_reference: bool,
}

/// Sends frames without copying them: payloads are parts of the frame behind a descriptor.
///
/// * The payloads of a frame are as few as fit and of even size; the last is marked (RFC 7741, section 4.1).
/// * Partitions are not told apart: all payloads are of partition 0, as section 4.2 allows and libwebrtc does.
/// * Frames of temporal layers go through [`Vp8Payloader::packetize_frame`].
#[derive(Clone, Debug)]
pub struct Vp8Payloader {
    /// Of the next picture.
    picture_id: Option<PictureId>,
    /// Of the next picture of the base layer.
    tl0_pic_idx: Tl0PicIdx,
    /// Of the next key frame.
    key_idx: Option<KeyIdx>,
}

impl Vp8Payloader {
    /// For a stream that is about to begin.
    #[must_use]
    pub const fn new(config: Vp8Config) -> Self {
        let Vp8Config { picture_id, tl0_pic_idx, key_idx } = config;
        Self { picture_id, tl0_pic_idx, key_idx }
    }

    /// Gives `sink` the payloads of `frame`, of which the encoder told `info`; else as [`Payloader::packetize`].
    ///
    /// # Errors
    ///
    /// As [`Payloader::packetize`].
    pub fn packetize_frame(
        &mut self,
        frame: &[u8],
        info: FrameInfo,
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError> {
        if frame.is_empty() {
            return Err(PayloadError::Empty);
        }
        let header = FrameHeader::parse(frame).ok_or(PayloadError::Malformed)?;
        if header.kind == FrameKind::Key && header.size.is_none() {
            return Err(PayloadError::Malformed);
        }
        let numbered = self.advanced(header.kind, info.layer);
        let mut descriptor = Descriptor {
            non_reference: info.non_reference,
            starts_partition: true,
            picture_id: self.picture_id,
            layer: info.layer.map(|(id, sync)| {
                // Both count up behind what they number: the last of it is one before the next.
                let tl0_pic_idx = Some(Tl0PicIdx(numbered.tl0_pic_idx.0.wrapping_sub(1)));
                TemporalLayer { id, sync, tl0_pic_idx }
            }),
            key_idx: numbered.key_idx.map(|next| KeyIdx::of_low_bits(next.get().wrapping_sub(1))),
            ..Descriptor::default()
        };
        let mut prefix = [0; Descriptor::MAX_LEN];
        let mut len = descriptor.write(&mut prefix).unwrap_or_default();
        let mut parts = Split::new(frame, limit, len, 0)?;
        *self = numbered;
        while let Some(body) = parts.next() {
            let written = prefix.get(..len).unwrap_or_default();
            sink(Fragment { prefix: written, body, marker: parts.is_done() });
            descriptor.starts_partition = false;
            len = descriptor.write(&mut prefix).unwrap_or_default();
        }
        Ok(())
    }

    /// The numbers behind a frame.
    fn advanced(&self, kind: FrameKind, layer: Option<(TemporalId, bool)>) -> Self {
        let is_base = layer.is_some_and(|(id, _)| id.get() == 0);
        Self {
            picture_id: self.picture_id.map(PictureId::next),
            tl0_pic_idx: if is_base { self.tl0_pic_idx.next() } else { self.tl0_pic_idx },
            key_idx: match kind {
                FrameKind::Key => self.key_idx.map(|next| KeyIdx::of_low_bits(next.get() + 1)),
                FrameKind::Delta => self.key_idx,
            },
        }
    }
}

impl Default for Vp8Payloader {
    fn default() -> Self {
        Self::new(Vp8Config::default())
    }
}

impl Payloader for Vp8Payloader {
    fn packetize(
        &mut self,
        unit: &[u8],
        limit: usize,
        sink: &mut dyn FnMut(Fragment<'_>),
    ) -> Result<(), PayloadError> {
        self.packetize_frame(unit, FrameInfo::default(), limit, sink)
    }
}
