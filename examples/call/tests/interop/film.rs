//! What was recorded of a call, measured against what was said and shown, knowing nothing of how it came there.

use moim_h264::{Decoder, DecoderConfig};
use moim_media::codec::{AudioDecoder, AudioInput, VideoDecoder, VideoInput, VideoOutput};
use moim_media::{AudioFormat, FramePool, VideoSize};
use moim_opus::DecoderConfig as OpusConfig;
use moim_record::{Mp4Reader, PictureTrack, SoundTrack};
use moim_testkit::measure::{ShownPicture, align, lip_sync};
use moim_testkit::stamp::{self, Stamp};
use std::path::Path;
use std::time::Duration;

/// What was heard may lack the beginning of what was said, but delays are never negative: it is pushed back for the
/// search.
const LEAD: Duration = Duration::from_secs(3);
/// Longest delay to look for.
const WITHIN: Duration = Duration::from_secs(4);
/// The longest sound of one packet (RFC 6716, section 2.1.4).
const LONGEST_PACKET: Duration = Duration::from_millis(120);
/// What the heard must be like the said, at the least: it was coded twice, and stretched until it was in step.
const ALIKE: f64 = 0.9;
/// What a viewer does not notice (ITU-R BT.1359-1: 45 ms when the sound is late).
const IN_STEP: Duration = Duration::from_millis(45);
/// The least share of the pictures from the first to the last that is there and can be decoded.
pub(crate) const SHARE: f64 = 0.95;

/// A recording of a call.
pub(crate) struct Film {
    /// Pictures that it holds, readable or not.
    pictures: usize,
    /// What each readable one says of itself, and when it was shown.
    shown: Vec<(Stamp, Duration)>,
    heard: Vec<f32>,
}

impl Film {
    /// Plays the MP4 at `path`, with pictures of this size.
    pub(crate) fn read(path: &Path, size: VideoSize) -> Self {
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let reader = Mp4Reader::parse(&bytes).expect("an MP4");
        let track = reader.picture().expect("a track of pictures");
        Self {
            pictures: track.samples().len(),
            shown: shown(&track, size),
            heard: heard(&reader.sound().expect("a track of sound")),
        }
    }

    /// Pictures and sound are there, whole, and in step, from `settled` on: by then both senders had reported.
    pub(crate) fn check(&self, name: &str, said: &[f32], settled: Duration) {
        let (first, last) = (self.shown.first().expect("pictures"), self.shown.last().expect("pictures"));
        let passed = (last.0.id - first.0.id + 1) as usize;
        let share = self.shown.len() as f64 / passed.max(self.pictures) as f64;
        let heard = align(said, &self.heard, AudioFormat::VOICE.rate(), WITHIN);
        let alike = heard.correlation();
        let course = |from: Duration| -> Vec<ShownPicture> {
            let later = self.shown.iter().filter(|(_, at)| *at >= from);
            later.map(|(stamp, at)| ShownPicture { captured: stamp.time, shown: *at + LEAD }).collect()
        };
        let whole = lip_sync(&course(Duration::ZERO), heard.delays());
        let lips = lip_sync(&course(settled), heard.delays());
        let error = lips.spread().expect("sound near pictures");
        println!(
            "{name}: {} of {passed} pictures, sound {alike:.4} alike, picture late by {} ms, lip sync {error:?}, from the \
             beginning {:?}",
            self.shown.len(),
            lips.bias().unwrap_or_default() / 1_000_000,
            whole.spread(),
        );
        assert!(passed >= 120, "only {passed} pictures");
        assert!(share >= SHARE, "{share} of the pictures");
        assert!(alike > ALIKE, "correlation {alike}");
        assert!(error.p95 <= IN_STEP, "lip sync {error:?}");
    }
}

/// The readable pictures, with the times at which they were shown.
fn shown(track: &PictureTrack<'_>, size: VideoSize) -> Vec<(Stamp, Duration)> {
    let mut decoder = Decoder::new(DecoderConfig::default()).expect("a decoder");
    let mut pool = FramePool::new(size, 2);
    let mut unit = Vec::new();
    let readable = track.samples().filter_map(|sample| {
        unit.clear();
        sample.append_annex_b(&mut unit).ok()?;
        let decoded = decoder.decode(VideoInput::AccessUnit(&unit), &mut pool);
        let Ok(VideoOutput::Frame(frame)) = decoded else { return None };
        Some((stamp::read(&frame)?, sample.time.saturating_sub(track.start())))
    });
    readable.collect()
}

/// All sound, 48 kHz mono, pushed back by the lead; silent where there is none.
fn heard(track: &SoundTrack<'_>) -> Vec<f32> {
    let format = AudioFormat::VOICE;
    let config = OpusConfig { format, ..OpusConfig::default() };
    let mut decoder = moim_opus::Decoder::new(config).expect("a decoder");
    let mut pcm = vec![0.0; format.samples(LONGEST_PACKET)];
    let mut heard = Vec::new();
    for sample in track.samples() {
        // Times are cut off to whole nanoseconds.
        let begin = format.samples(sample.time + LEAD + Duration::from_micros(10));
        let Ok(decoded) = decoder.decode(AudioInput::Packet(sample.packet), &mut pcm) else { continue };
        heard.resize(heard.len().max(begin + decoded), 0.0);
        heard[begin..][..decoded].copy_from_slice(&pcm[..decoded]);
    }
    heard.drain(..format.samples(track.start()).min(heard.len()));
    heard
}
