//! From the microphone to the queue.

use crate::outgoing::Outgoing;
use crate::rates::told;
use crate::{CallConfig, CallError};
use moim_media::codec::{AudioEncoder, Encoded};
use moim_media::{AudioFormat, Instant, Timestamp};
use moim_pace::PacedQueue;
use moim_rtp::NtpTime;
use moim_rtp::payload::Payloader;
use moim_rtp::rtcp::SenderInfo;

/// The longest unit of a sound codec: six frames of Opus (RFC 6716, section 3.4, R5).
const LONGEST_UNIT: usize = 7_664;

/// Our voice: sound in, packets out.
pub(crate) struct VoiceSending {
    pub(crate) stream: Outgoing,
    encoder: Box<dyn AudioEncoder + Send>,
    payloader: Box<dyn Payloader + Send>,
    format: AudioFormat,
    /// Sound that is not a frame yet.
    frame: Vec<f32>,
    frame_samples: usize,
    unit: Box<[u8]>,
    /// The instant up to which sound was taken, and its timestamp.
    taken: Option<(Instant, Timestamp)>,
    bitrate: u32,
    not_encoded: u64,
}

impl VoiceSending {
    /// A voice that travels as `stream`.
    pub(crate) fn new(
        config: &CallConfig,
        stream: Outgoing,
        payloader: Box<dyn Payloader + Send>,
        encoder: Box<dyn AudioEncoder + Send>,
    ) -> Result<Self, CallError> {
        let format = encoder.format();
        let frame_samples = format.samples(encoder.frame()).max(1);
        let mut sending = Self {
            stream,
            encoder,
            payloader,
            format,
            frame: Vec::with_capacity(frame_samples),
            frame_samples,
            unit: vec![0; LONGEST_UNIT].into_boxed_slice(),
            taken: None,
            bitrate: config.start_bitrate,
            not_encoded: 0,
        };
        let start = config.start_bitrate;
        match told(sending.encoder.set_bitrate(start)) {
            Ok(()) => Ok(sending),
            Err(error) => Err(CallError::Encoder { start, error }),
        }
    }

    pub(crate) fn format(&self) -> AudioFormat {
        self.format
    }

    /// Bits per second that the encoder aims at.
    pub(crate) fn bitrate(&self) -> u32 {
        self.bitrate
    }

    /// Frames of sound that the encoder or the payload format refused.
    pub(crate) fn not_encoded(&self) -> u64 {
        self.not_encoded
    }

    /// Sound of the microphone, up to `now`.
    pub(crate) fn push(&mut self, now: Instant, mut pcm: &[f32], queue: &mut PacedQueue) {
        while !pcm.is_empty() {
            let (part, rest) = pcm.split_at(pcm.len().min(self.frame_samples - self.frame.len()));
            self.frame.extend_from_slice(part);
            pcm = rest;
            if self.frame.len() == self.frame_samples {
                self.send_frame(now, queue);
                self.frame.clear();
            }
        }
        let begun = self.format.duration(self.frame.len());
        self.taken = Some((now, self.stream.after(self.stream.timestamp(), begun)));
    }

    /// Passes the bitrate and the expected loss on to the encoder, as far as it can be told.
    pub(crate) fn tune(&mut self, bitrate: u32, loss: f32) {
        self.bitrate = bitrate;
        // A codec of fixed rate was accepted as such at the start; any other refusal keeps its old setting.
        let _ = self.encoder.set_bitrate(bitrate);
        let _ = self.encoder.set_expected_loss(loss);
    }

    /// What a sender report says at `now`: in which place of the stream the sound will be that is taken up now.
    pub(crate) fn info(&self, now: Instant, ntp: NtpTime) -> Option<SenderInfo> {
        let (at, timestamp) = self.taken?;
        self.stream.info(ntp, self.stream.after(timestamp, now.since(at) + self.encoder.lookahead()))
    }

    fn send_frame(&mut self, now: Instant, queue: &mut PacedQueue) {
        match self.encoder.encode(&self.frame, &mut self.unit) {
            Ok(Encoded::Packet(len)) => {
                let sent = self.stream.send(now, &mut *self.payloader, &self.unit[..len], queue);
                self.not_encoded += u64::from(sent.is_err());
            }
            Ok(Encoded::Silent) => self.payloader.pause(),
            Err(_) => self.not_encoded += 1,
        }
        let frame = self.format.duration(self.frame_samples);
        self.stream.set_timestamp(self.stream.after(self.stream.timestamp(), frame));
    }
}
