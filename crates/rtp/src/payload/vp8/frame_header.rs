//! How a frame of VP8 begins (RFC 6386, section 9.1).

use moim_media::VideoSize;
use moim_media::codec::FrameKind;

/// What can be told of a frame from its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Whether the frame can be decoded by itself.
    pub kind: FrameKind,
    /// The version of the bit stream, 0 … 3: what the decoder filters and how; browsers send 0.
    pub version: u8,
    /// Whether the frame is to be shown; one that is not is only referred to.
    pub shown: bool,
    /// The size of a key frame as it is coded; how much to enlarge it for display is not read. `None` in other
    /// frames and where the first ten bytes are not all there.
    pub size: Option<VideoSize>,
}

/// Behind the first three bytes of a key frame.
const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];
/// Of the numbers for width and height; the two bits above say how much to enlarge.
const SIZE: u16 = 0x3fff;

impl FrameHeader {
    /// Reads the beginning of a frame. `None` when there is none, or it is not of VP8: the version is unknown, a key
    /// frame has no start code or no extent.
    #[must_use]
    pub fn parse(frame: &[u8]) -> Option<Self> {
        let &first = frame.first()?;
        let kind = if first & 1 == 0 { FrameKind::Key } else { FrameKind::Delta };
        let version = first >> 1 & 7;
        if version > 3 {
            return None;
        }
        let size = match kind {
            FrameKind::Key => key_frame_size(frame.get(3..).unwrap_or_default())?,
            FrameKind::Delta => None,
        };
        Some(Self { kind, version, shown: first & 0x10 != 0, size })
    }
}

/// The size behind the start code, as far as there are bytes; `None` when there are others.
fn key_frame_size(behind: &[u8]) -> Option<Option<VideoSize>> {
    if !behind.iter().zip(START_CODE).all(|(&byte, expected)| byte == expected) {
        return None;
    }
    let &[_, _, _, width, width_high, height, height_high, ..] = behind else { return Some(None) };
    let [width, height] =
        [[width, width_high], [height, height_high]].map(|bytes| u16::from_le_bytes(bytes) & SIZE);
    VideoSize::new(width, height).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As libvpx begins a key frame of 320 × 180.
    const KEY: [u8; 10] = [0x10, 0x52, 0x02, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00];

    #[test]
    fn a_key_frame_has_a_size() {
        let expected =
            FrameHeader { kind: FrameKind::Key, version: 0, shown: true, size: VideoSize::new(320, 180) };
        assert_eq!(FrameHeader::parse(&KEY), Some(expected));
        let mut enlarged = KEY;
        (enlarged[7], enlarged[9]) = (0xc1, 0x80);
        assert_eq!(FrameHeader::parse(&enlarged), Some(expected));
        for len in 1..10 {
            assert_eq!(FrameHeader::parse(&KEY[..len]), Some(FrameHeader { size: None, ..expected }));
        }
    }

    #[test]
    fn another_frame_has_none() {
        let header = FrameHeader::parse(&[0x27, 0, 0]).unwrap();
        let expected = FrameHeader { kind: FrameKind::Delta, version: 3, shown: false, size: None };
        assert_eq!(header, expected);
    }

    #[test]
    fn what_is_not_vp8_is_none() {
        let (mut damaged, mut flat) = (KEY, KEY);
        damaged[4] = 2;
        flat[8] = 0;
        for frame in [&damaged[..], &damaged[..5], &flat, &[], &[0x19, 0, 0]] {
            assert_eq!(FrameHeader::parse(frame), None, "{frame:?}");
        }
    }
}
