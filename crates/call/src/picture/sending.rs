//! From the camera to the queue.

use super::key_frames::KeyFrames;
use super::scale::Scale;
use crate::outgoing::Outgoing;
use crate::rates::told;
use crate::{CallConfig, CallError};
use core::time::Duration;
use moim_media::codec::{EncodedVideo, FrameKind, VideoEncoder};
use moim_media::{ClockRate, Instant, MediaTime, Timestamp, VideoFrame, VideoSize};
use moim_pace::{Admission, FrameGate, Ladder, PacedQueue, Prefer, Quality};
use moim_rtp::NtpTime;
use moim_rtp::payload::Payloader;
use moim_rtp::rtcp::SenderInfo;

/// Room for an access unit before it has to grow.
const UNIT: usize = 256 * 1_024;

/// Our picture: frames in, packets out, in the quality that there is room for.
pub(crate) struct PictureSending {
    pub(crate) stream: Outgoing,
    pub(crate) key_frames: KeyFrames,
    encoder: Box<dyn VideoEncoder + Send>,
    payloader: Box<dyn Payloader + Send>,
    clock_rate: ClockRate,
    /// At [`Instant::EPOCH`].
    first: Timestamp,
    unit: Vec<u8>,
    scale: Scale,
    frame_rate: f32,
    prefer: Prefer,
    ladder: Option<(VideoSize, Ladder)>,
    gate: FrameGate,
    quality: Option<Quality>,
    /// `None` while there is no room for a picture at all.
    bitrate: Option<u32>,
    counts: Given,
}

/// What became of the pictures that were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) sent: u64,
    pub(crate) key_frames: u64,
    /// Left out for want of room.
    pub(crate) left_out: u64,
    /// Refused by the encoder, or by the payload format.
    pub(crate) not_encoded: u64,
}

impl PictureSending {
    /// A picture that travels as `stream`.
    pub(crate) fn new(
        config: &CallConfig,
        stream: Outgoing,
        clock_rate: ClockRate,
        payloader: Box<dyn Payloader + Send>,
        encoder: Box<dyn VideoEncoder + Send>,
    ) -> Result<Self, CallError> {
        let mut sending = Self {
            first: stream.timestamp(),
            stream,
            key_frames: KeyFrames::default(),
            encoder,
            payloader,
            clock_rate,
            unit: Vec::with_capacity(UNIT),
            scale: Scale::new(),
            frame_rate: config.frame_rate,
            prefer: config.prefer,
            ladder: None,
            gate: FrameGate::new(config.frame_rate),
            quality: None,
            bitrate: None,
            counts: Given::default(),
        };
        let start = config.start_picture_bitrate;
        match told(sending.encoder.set_bitrate(start)) {
            Ok(()) => Ok(sending),
            Err(error) => Err(CallError::Encoder { start, error }),
        }
    }

    pub(crate) fn counts(&self) -> Given {
        self.counts
    }

    /// The quality in which pictures are sent; `None` while none are.
    pub(crate) fn quality(&self) -> Option<Quality> {
        self.quality.filter(|_| self.bitrate.is_some())
    }

    pub(crate) fn bitrate(&self) -> Option<u32> {
        self.bitrate
    }

    /// There is room for this many bits per second of picture, or for none.
    pub(crate) fn tune(&mut self, bitrate: Option<u32>) {
        if self.bitrate.is_none() && bitrate.is_some() {
            self.key_frames.need();
        }
        self.bitrate = bitrate;
        if let Some(bitrate) = bitrate {
            // A refusal keeps the old setting.
            let _ = self.encoder.set_bitrate(bitrate);
        }
    }

    /// A picture is not sent.
    pub(crate) fn leave_out(&mut self) {
        self.counts.left_out += 1;
    }

    /// A picture that the camera took at `now`; packets wait `on_path` in queues that are not ours.
    pub(crate) fn push(
        &mut self,
        now: Instant,
        frame: &VideoFrame,
        on_path: Duration,
        queue: &mut PacedQueue,
    ) {
        let Some(bitrate) = self.bitrate else {
            self.counts.left_out += 1;
            return;
        };
        let quality = self.choose_quality(now, frame.size(), bitrate, queue.picture_delay());
        if self.gate.admit(now, queue.picture_delay().saturating_add(on_path)) != Admission::Encode {
            self.counts.left_out += 1;
            return;
        }
        let Some(frame) = self.scale.down(frame, quality.divisor) else {
            self.counts.left_out += 1;
            return;
        };
        self.unit.clear();
        let time = MediaTime::new(self.clock_rate.ticks(now.since_epoch()), self.clock_rate);
        let encoded = self.encoder.encode(&frame, time, self.key_frames.next(now), &mut self.unit);
        match encoded {
            Ok(EncodedVideo::AccessUnit(kind)) => self.send(now, kind, queue),
            Ok(EncodedVideo::Skipped) => self.counts.left_out += 1,
            Err(_) => self.counts.not_encoded += 1,
        }
    }

    /// What a sender report says at `now`.
    pub(crate) fn info(&self, now: Instant, ntp: NtpTime) -> Option<SenderInfo> {
        self.stream.info(ntp, self.timestamp(now))
    }

    fn timestamp(&self, now: Instant) -> Timestamp {
        self.stream.after(self.first, now.since_epoch())
    }

    fn choose_quality(&mut self, now: Instant, size: VideoSize, bitrate: u32, queue: Duration) -> Quality {
        let ladder = match &mut self.ladder {
            Some((of, ladder)) if *of == size => ladder,
            ladder => &mut ladder.insert((size, Ladder::new(size, self.frame_rate, self.prefer))).1,
        };
        let quality = ladder.update(now, bitrate, queue);
        if self.quality != Some(quality) {
            self.gate.set_frame_rate(quality.frame_rate);
            let _ = self.encoder.set_frame_rate(quality.frame_rate);
            self.quality = Some(quality);
        }
        quality
    }

    fn send(&mut self, now: Instant, kind: FrameKind, queue: &mut PacedQueue) {
        self.stream.set_timestamp(self.timestamp(now));
        if self.stream.send(now, &mut *self.payloader, &self.unit, queue).is_err() {
            self.counts.not_encoded += 1;
            self.key_frames.need();
            return;
        }
        self.counts.sent += 1;
        if kind == FrameKind::Key {
            self.counts.key_frames += 1;
            self.key_frames.sent(now);
        }
    }
}
