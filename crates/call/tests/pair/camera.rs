//! A camera of numbered pictures, the fake video codec, and a screen.

use core::time::Duration;
use moim_call::PictureFormat;
use moim_media::{FramePool, Instant, VideoFrame, VideoSize};
use moim_rtp::PayloadType;
use moim_rtp::payload::h264::{H264Depayloader, H264Payloader, PacketizationMode};
use moim_testkit::fake::{FakeVideoConfig, FakeVideoDecoder, FakeVideoEncoder};
use moim_testkit::stamp::{self, Stamp};
use moim_video::{VideoConfig, VideoPlayout};

pub(crate) const INTERVAL: Duration = Duration::from_micros(33_333);

/// Takes a stamped picture every thirtieth of a second.
pub(crate) struct Camera {
    pool: FramePool,
    taken: u32,
    next: Instant,
}

impl Camera {
    pub(crate) fn new(size: VideoSize, start: Instant) -> Self {
        Self { pool: FramePool::new(size, 4), taken: 0, next: start }
    }

    pub(crate) fn due(&self) -> Instant {
        self.next
    }

    pub(crate) fn take(&mut self, now: Instant) -> VideoFrame {
        let stamp = Stamp { id: self.taken, time: now.since_epoch() };
        self.taken += 1;
        self.next += INTERVAL;
        self.pool.write(|mut frame| stamp::write(&mut frame, stamp)).expect("nobody keeps pictures")
    }
}

/// A picture on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) id: u32,
    pub(crate) taken: Duration,
    pub(crate) at: Instant,
    pub(crate) size: (usize, usize),
}

impl Shown {
    pub(crate) fn new(frame: &VideoFrame, at: Instant) -> Self {
        let stamp = stamp::read(frame).expect("every picture is stamped");
        let size = (frame.size().width(), frame.size().height());
        Self { id: stamp.id, taken: stamp.time, at, size }
    }

    pub(crate) fn delay(&self) -> Duration {
        self.at.since_epoch().saturating_sub(self.taken)
    }
}

pub(crate) fn format(video: VideoConfig) -> PictureFormat {
    let encoder = FakeVideoEncoder::new(FakeVideoConfig::default()).expect("a fake encoder");
    let depayloader = Box::new(H264Depayloader::new());
    let receiver = VideoPlayout::new(video, depayloader, FakeVideoDecoder::new()).expect("a receiver");
    PictureFormat::new(
        PayloadType::new(102).expect("seven bits"),
        "H264/90000".parse().expect("an rtpmap"),
        Box::new(H264Payloader::new(PacketizationMode::NonInterleaved)),
        Box::new(encoder),
        Box::new(receiver),
    )
    .retransmitted_as(PayloadType::new(103).expect("seven bits"))
}
