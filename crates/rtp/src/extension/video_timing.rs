//! Where the time of a picture went: video timing (webrtc.org, experiments/rtp-hdrext/video-timing).

use super::{HeaderExtension, put};
use core::time::Duration;

const ON_TIMER: u8 = 1;
const ON_SIZE: u8 = 2;

/// Milliseconds since a picture was captured, up to 65.535 s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SinceCapture(pub u16);

impl SinceCapture {
    /// Rounded down; the longest there is for anything longer.
    #[must_use]
    pub fn from_duration(since: Duration) -> Self {
        Self(u16::try_from(since.as_millis()).unwrap_or(u16::MAX))
    }

    /// The same as a duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0 as u64)
    }
}

/// The moments of a picture on its way. It comes with the last packet of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct VideoTiming {
    /// Whether it was sent because it was time again.
    pub on_timer: bool,
    /// Whether it was sent because the picture is larger than usual.
    pub on_size: bool,
    /// The encoder began.
    pub encode_start: SinceCapture,
    /// The encoder was done.
    pub encode_finish: SinceCapture,
    /// All packets were made.
    pub packetized: SinceCapture,
    /// The last packet left the pacer.
    pub left_pacer: SinceCapture,
    /// For those on the way to fill in.
    pub network: [SinceCapture; 2],
}

impl VideoTiming {
    /// The value of the element.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 13] {
        let timer = if self.on_timer { ON_TIMER } else { 0 };
        let size = if self.on_size { ON_SIZE } else { 0 };
        let [a, b] = self.encode_start.0.to_be_bytes();
        let [c, d] = self.encode_finish.0.to_be_bytes();
        let [e, f] = self.packetized.0.to_be_bytes();
        let [g, h] = self.left_pacer.0.to_be_bytes();
        let [network, beyond] = self.network;
        let [i, j] = network.0.to_be_bytes();
        let [k, l] = beyond.0.to_be_bytes();
        [timer | size, a, b, c, d, e, f, g, h, i, j, k, l]
    }
}

impl HeaderExtension<'_> for VideoTiming {
    const URI: &'static str = "http://www.webrtc.org/experiments/rtp-hdrext/video-timing";

    /// Ignores the six flags that mean nothing yet.
    fn read(value: &[u8]) -> Option<Self> {
        let [flags, a, b, c, d, e, f, g, h, i, j, k, l] = *value else { return None };
        let at = |high, low| SinceCapture(u16::from_be_bytes([high, low]));
        Some(Self {
            on_timer: flags & ON_TIMER != 0,
            on_size: flags & ON_SIZE != 0,
            encode_start: at(a, b),
            encode_finish: at(c, d),
            packetized: at(e, f),
            left_pacer: at(g, h),
            network: [at(i, j), at(k, l)],
        })
    }

    fn value_len(&self) -> usize {
        13
    }

    fn write(&self, into: &mut [u8]) -> Option<usize> {
        put(&self.to_bytes(), into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_moments_follow_the_flags() {
        let bytes = [2, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0x12, 0x34];
        let timing = VideoTiming {
            on_timer: false,
            on_size: true,
            encode_start: SinceCapture(1),
            encode_finish: SinceCapture(2),
            packetized: SinceCapture(3),
            left_pacer: SinceCapture(4),
            network: [SinceCapture(5), SinceCapture(0x1234)],
        };
        assert_eq!((timing.to_bytes(), VideoTiming::read(&bytes)), (bytes, Some(timing)));
        assert_eq!(VideoTiming::read(&bytes[..12]), None);
        let mut reserved = bytes;
        reserved[0] |= 0xfc;
        assert_eq!(VideoTiming::read(&reserved), Some(timing));
    }

    #[test]
    fn moments_are_whole_milliseconds_and_saturate() {
        assert_eq!(SinceCapture::from_duration(Duration::from_micros(12_999)), SinceCapture(12));
        assert_eq!(SinceCapture(12).duration(), Duration::from_millis(12));
        assert_eq!(SinceCapture::from_duration(Duration::MAX), SinceCapture(u16::MAX));
    }
}
