//! Where decoding can begin (AV1, section 7.5).

use super::obu::{Obu, ObuKind, obus};

/// Whether a coded video sequence begins with `temporal_unit`: it brings a sequence header, and the first frame is
/// a key frame of the lowest temporal layer that is shown.
#[must_use]
pub fn begins_sequence(temporal_unit: &[u8]) -> bool {
    obus(temporal_unit).fold(Opening::Before, Opening::then) == Opening::Sequence
}

/// What the OBUs of a temporal unit so far tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// Neither a sequence header nor a frame.
    Before,
    /// A sequence header.
    Announced(FrameHeaders),
    /// The sequence's first frame.
    Sequence,
    /// A frame that begins none.
    Other,
}

/// What a sequence header says of those of frames (`reduced_still_picture_header`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameHeaders {
    Full,
    /// There is one frame, a key frame, and its header does not say so.
    Reduced,
}

impl Opening {
    pub(super) fn then(self, obu: Obu<'_>) -> Self {
        let first = obu.payload.first().copied();
        match (self, obu.header.kind()) {
            // After the profile, 3 bits, and `still_picture`.
            (Self::Before | Self::Announced(_), ObuKind::SequenceHeader) => match first {
                Some(byte) if byte & 0x08 != 0 => Self::Announced(FrameHeaders::Reduced),
                _ => Self::Announced(FrameHeaders::Full),
            },
            (Self::Before, ObuKind::Frame | ObuKind::FrameHeader) => Self::Other,
            (Self::Announced(headers), ObuKind::Frame | ObuKind::FrameHeader) => {
                let is_lowest = obu.header.layer().is_none_or(|layer| layer.temporal == 0);
                // `show_existing_frame` 0, `frame_type` 0 of two bits, `show_frame` 1.
                let is_key = first.is_some_and(|byte| byte >> 4 == 0b0001);
                let begins = is_lowest && (is_key || headers == FrameHeaders::Reduced);
                if begins { Self::Sequence } else { Self::Other }
            }
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = &[0x0a, 3, 0, 0, 0];
    const KEY: &[u8] = &[0x32, 2, 0x10, 0];

    #[test]
    fn a_sequence_begins_with_its_header_and_a_shown_key_frame() {
        let begins = |unit: &[&[u8]]| begins_sequence(&unit.concat());
        assert!(begins(&[&[0x12, 0], HEADER, KEY]));
        assert!(begins(&[HEADER, &[0x2a, 1, 4], &[0x1a, 1, 0x1f], &[0x32, 1, 0x20]]));
        assert!(!begins(&[KEY]));
        assert!(!begins(&[KEY, HEADER, KEY]));
        assert!(!begins(&[HEADER]));
        // Shown again, not key, not shown; nothing at all.
        for frame in [&[0x32, 1, 0x90][..], &[0x32, 1, 0x30], &[0x32, 1, 0x00], &[0x32, 0]] {
            assert!(!begins(&[HEADER, frame]), "{frame:?}");
        }
        // Of another spatial layer, and of another temporal one.
        assert!(begins(&[HEADER, &[0x36, 0x08, 1, 0x10]]));
        assert!(!begins(&[HEADER, &[0x36, 0x20, 1, 0x10]]));
    }

    #[test]
    fn a_still_picture_has_no_such_bits() {
        assert!(begins_sequence(&[0x0a, 1, 0x18, 0x32, 1, 0x00]));
    }
}
