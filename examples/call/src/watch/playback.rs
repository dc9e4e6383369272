//! Plays a recording: every picture with the time at which it was shown, and its sound.

use anyhow::{Result, ensure};
use moim_h264::{Decoder, DecoderConfig};
use moim_media::codec::{AudioDecoder, AudioInput, VideoDecoder, VideoInput, VideoOutput};
use moim_media::{AudioFormat, FramePool, VideoFrame, VideoSize};
use moim_opus::DecoderConfig as OpusConfig;
use moim_record::{PictureSample, PictureTrack, SoundTrack};
use std::time::Duration;

/// The longest sound that is unpacked.
const LONGEST: Duration = Duration::from_secs(2 * 3_600);
/// The longest sound that one Opus packet holds (RFC 6716, section 2.1.4).
const LONGEST_PACKET: Duration = Duration::from_millis(120);
/// Pictures of one recording that are looked at together.
const HELD: usize = 3;

/// How long a picture of a recording stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) at: Duration,
    pub(super) until: Duration,
}

/// When each picture was shown, in the order of the file.
pub(super) fn times(track: &PictureTrack<'_>) -> Vec<Shown> {
    let start = track.start();
    let shown = track.samples().map(|sample| {
        let at = sample.time.saturating_sub(start);
        Shown { at, until: at + sample.duration }
    });
    shown.collect()
}

/// The pictures of a recording, decoded one after the other.
pub(super) struct Pictures<'a> {
    samples: Box<dyn ExactSizeIterator<Item = PictureSample<'a>> + 'a>,
    decoder: Decoder,
    pool: FramePool,
    access_unit: Vec<u8>,
}

impl<'a> Pictures<'a> {
    /// Of a recording of pictures up to the size `largest`.
    pub(super) fn new(track: &PictureTrack<'a>, largest: VideoSize) -> Result<Self> {
        Ok(Self {
            samples: Box::new(track.samples()),
            decoder: Decoder::new(DecoderConfig { max_size: in_macroblocks(largest) })?,
            pool: FramePool::new(largest, HELD),
            access_unit: Vec::new(),
        })
    }
}

impl Iterator for Pictures<'_> {
    /// `None` when it cannot be decoded.
    type Item = Option<VideoFrame>;

    fn next(&mut self) -> Option<Self::Item> {
        let sample = self.samples.next()?;
        self.access_unit.clear();
        if sample.append_annex_b(&mut self.access_unit).is_err() {
            return Some(None);
        }
        let decoded = self.decoder.decode(VideoInput::AccessUnit(&self.access_unit), &mut self.pool);
        Some(match decoded {
            Ok(VideoOutput::Frame(frame)) => Some(frame),
            Ok(_) | Err(_) => None,
        })
    }
}

/// Whole macroblocks, as a stream announces its size before it is cropped.
fn in_macroblocks(size: VideoSize) -> VideoSize {
    let side = |side: usize| u16::try_from(side.next_multiple_of(16)).unwrap_or(u16::MAX);
    VideoSize::new(side(size.width()), side(size.height())).unwrap_or(size)
}

/// All sound of a recording, 48 kHz mono, from its beginning; silent where it has none.
pub(super) fn sound(track: &SoundTrack<'_>) -> Result<Vec<f32>> {
    let format = AudioFormat::VOICE;
    let mut decoder = moim_opus::Decoder::new(OpusConfig { format, ..OpusConfig::default() })?;
    let mut packet = vec![0.0; format.samples(LONGEST_PACKET)];
    let mut pcm = Vec::new();
    for sample in track.samples() {
        ensure!(sample.time < LONGEST, "the recording is longer than two hours");
        let begin = place(sample.time);
        let Ok(decoded) = decoder.decode(AudioInput::Packet(sample.packet), &mut packet) else {
            continue;
        };
        pcm.resize(pcm.len().max(begin + decoded), 0.0);
        pcm[begin..][..decoded].copy_from_slice(&packet[..decoded]);
    }
    pcm.drain(..place(track.start()).min(pcm.len()));
    Ok(pcm)
}

/// The sample at this time, which is cut off to whole nanoseconds.
fn place(time: Duration) -> usize {
    AudioFormat::VOICE.samples(time + Duration::from_micros(10))
}
