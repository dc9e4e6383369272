//! What pictures show: video content type (webrtc.org, experiments/rtp-hdrext/video-content-type).

use super::{HeaderExtension, put};

/// What kind of pictures a stream has. It comes with the last packet of a key frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum VideoContentType {
    /// What a stream without this extension has.
    #[default]
    Unspecified,
    /// A screen: text that must be sharp rather than smooth.
    Screenshare,
}

impl VideoContentType {
    /// The value of the element.
    #[must_use]
    #[inline]
    pub const fn to_bytes(self) -> [u8; 1] {
        match self {
            Self::Unspecified => [0],
            Self::Screenshare => [1],
        }
    }
}

impl HeaderExtension<'_> for VideoContentType {
    const URI: &'static str = "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type";

    /// The lowest bit decides: browsers once used others for experiments.
    #[inline]
    fn read(value: &[u8]) -> Option<Self> {
        let [byte] = *value else { return None };
        Some(if byte & 1 == 0 { Self::Unspecified } else { Self::Screenshare })
    }

    #[inline]
    fn value_len(&self) -> usize {
        1
    }

    #[inline]
    fn write(&self, into: &mut [u8]) -> Option<usize> {
        put(&self.to_bytes(), into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_bit_decides() {
        for (byte, kind) in [
            (0, VideoContentType::Unspecified),
            (1, VideoContentType::Screenshare),
            (0x82, VideoContentType::Unspecified),
            (0x83, VideoContentType::Screenshare),
        ] {
            assert_eq!(VideoContentType::read(&[byte]), Some(kind));
            assert_eq!(kind.to_bytes(), [byte & 1]);
        }
        assert_eq!((VideoContentType::read(&[]), VideoContentType::read(&[0, 1])), (None, None));
    }
}
