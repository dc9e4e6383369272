//! A sender with the fake codec, a network, and a loudspeaker that pulls 10 ms every 10 ms, in virtual time.

use core::time::Duration;
use moim_media::codec::{AudioEncoder, Encoded};
use moim_media::{AudioFormat, ClockRate, Instant, MediaTime, Seq, Timestamp, Unwrap};
use moim_netsim::{Link, LinkConfig};
use moim_playout::{Inserted, Playout, PlayoutConfig, Produced};
use moim_testkit::fake::{FakeConfig, FakeDecoder, FakeEncoder, Played};

pub(crate) const STEP: Duration = Duration::from_millis(10);

/// When the first frame is complete.
const FIRST_FRAME: Instant = Instant::from_millis(1_003);
/// Its number on the wire.
const FIRST_TIME: u32 = 5_000;
/// What the path of most tests takes.
pub(crate) const PATH: Duration = Duration::from_millis(40);

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// One packet on its way.
#[derive(Clone, Debug)]
pub(crate) struct Datagram {
    pub(crate) seq: Seq,
    pub(crate) time: Timestamp,
    pub(crate) payload: Vec<u8>,
}

/// What one pull gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pull {
    pub(crate) at: Instant,
    pub(crate) produced: Produced,
    pub(crate) delay: Duration,
    /// What is heard.
    pub(crate) playing: Option<MediaTime>,
}

pub(crate) struct Call {
    pub(crate) playout: Playout<FakeDecoder>,
    pub(crate) link: Link<Datagram>,
    pub(crate) now: Instant,
    pub(crate) pulls: Vec<Pull>,
    pub(crate) heard: Vec<f32>,
    pub(crate) inserted: Vec<Inserted>,
    /// The next numbers of the sender; a test may move them.
    pub(crate) seq: u16,
    pub(crate) time: u32,
    /// The speaker is silent.
    pub(crate) silent: bool,
    /// Nobody sends.
    pub(crate) gone: bool,
    /// Something before the path holds every packet this long.
    pub(crate) held_for: Duration,
    /// Something before the path lets nothing through until then, and then all of it.
    pub(crate) held_until: Instant,
    /// How fast the sender's clock runs, in millionths.
    pub(crate) drift_ppm: i64,
    encoder: FakeEncoder,
    format: AudioFormat,
    unwrap: Unwrap,
    frames: u64,
    next_frame: Instant,
    /// When the last packet went onto the path; no other overtakes it.
    on_path: Instant,
}

impl Call {
    pub(crate) fn new(network: LinkConfig) -> Self {
        Self::with(network, FakeConfig::default())
    }

    pub(crate) fn with(network: LinkConfig, codec: FakeConfig) -> Self {
        let format = codec.format;
        Self {
            playout: Playout::new(PlayoutConfig::default(), FakeDecoder::new(format)).unwrap(),
            link: Link::new(network, 7).unwrap(),
            now: Instant::from_millis(1_000),
            pulls: Vec::new(),
            heard: Vec::new(),
            inserted: Vec::new(),
            seq: 1_000,
            time: FIRST_TIME,
            silent: false,
            gone: false,
            held_for: Duration::ZERO,
            held_until: Instant::EPOCH,
            drift_ppm: 0,
            encoder: FakeEncoder::new(codec).unwrap(),
            format,
            unwrap: Unwrap::new(ClockRate::HZ_48000),
            frames: 0,
            next_frame: FIRST_FRAME,
            on_path: Instant::EPOCH,
        }
    }

    /// Changes the path; what is under way is lost.
    pub(crate) fn move_to(&mut self, network: LinkConfig) {
        self.link = Link::new(network, 8).unwrap();
    }

    pub(crate) fn run(&mut self, lasting: Duration) {
        let until = self.now + lasting;
        while self.now < until {
            self.now += STEP;
            self.send();
            while let Some(arrived) = self.link.poll(self.now) {
                let Datagram { seq, time, payload } = arrived.payload;
                let (seq, time) = (self.unwrap.seq(seq), self.unwrap.time(time));
                self.inserted.extend(self.playout.insert(arrived.due, seq, time, &payload));
            }
            self.pull();
        }
    }

    /// Sends all frames that are complete.
    fn send(&mut self) {
        let frame = self.encoder.frame();
        while self.next_frame <= self.now {
            let sent = self.next_frame;
            let nanos = frame.as_nanos() as i64;
            self.next_frame += Duration::from_nanos((nanos - nanos * self.drift_ppm / 1_000_000) as u64);
            let pcm = vec![self.level(); self.format.samples(frame)];
            self.frames += 1;
            let mut payload = vec![0; 256];
            let encoded = self.encoder.encode(&pcm, &mut payload).unwrap();
            let time = Timestamp(self.time);
            self.time = self.time.wrapping_add(ClockRate::HZ_48000.ticks(frame) as u32);
            let Encoded::Packet(len) = encoded else { continue };
            payload.truncate(len);
            let seq = Seq(self.seq);
            self.seq = self.seq.wrapping_add(1);
            if !self.gone {
                self.on_path = (sent + self.held_for).max(self.held_until).max(self.on_path);
                self.link.send(self.on_path, len + 40, Datagram { seq, time, payload });
            }
        }
    }

    /// Never twice the same in a row, never quiet unless the speaker is silent.
    fn level(&self) -> f32 {
        if self.silent { 0.0 } else { loudness(self.frames) }
    }

    pub(crate) fn pull(&mut self) {
        let mut out = vec![f32::NAN; self.format.samples(STEP)];
        let produced = self.playout.pull(self.now, &mut out);
        assert!(out.iter().all(|sample| (-1.0..=1.0).contains(sample)), "always full, always finite");
        let stats = self.playout.stats();
        self.pulls.push(Pull {
            at: self.now,
            produced,
            delay: stats.delay,
            playing: self.playout.playing(self.now),
        });
        self.heard.extend(out);
    }

    /// By how much more than an undisturbed [`PATH`] takes each pull after `from` lags behind the sender, whatever held
    /// packets up; of a sender whose numbers and clock were left alone.
    pub(crate) fn lags_after(&self, from: Duration) -> impl Iterator<Item = Duration> {
        self.after(from).filter_map(|pull| {
            let complete = FIRST_FRAME + ClockRate::HZ_48000.duration(ticks(pull.playing?));
            Some(pull.at.since(complete).saturating_sub(PATH))
        })
    }

    /// Of the last `pulls`, how many sound like the frame that is said to be heard.
    pub(crate) fn truly_heard(&self, pulls: usize) -> usize {
        let samples = self.format.samples(STEP);
        let last = self.pulls.iter().zip(self.heard.chunks(samples)).rev().take(pulls);
        let frame = self.format.rate().ticks(self.encoder.frame());
        let is_heard = |(pull, sound): &(&Pull, &[f32])| {
            let expected = pull.playing.map(|time| loudness(ticks(time) / frame));
            expected.is_some_and(|expected| (sound[0] - expected).abs() < 1e-3)
        };
        last.filter(is_heard).count()
    }

    pub(crate) fn routes(&self) -> &[Played] {
        self.playout.decoder().history()
    }

    pub(crate) fn count(&self, is: impl Fn(Played) -> bool) -> usize {
        self.routes().iter().filter(|played| is(**played)).count()
    }

    /// Numbers of the frames heard from their own packets or from FEC, in the order in which they were made.
    pub(crate) fn frames(&self) -> Vec<u32> {
        self.routes()
            .iter()
            .filter_map(|played| match played {
                Played::Packet(frame) | Played::Fec(frame) => Some(*frame),
                Played::Silence | Played::Redundant(_) | Played::Lost => None,
            })
            .collect()
    }

    /// Pulls from `from` on, counted from the beginning of the call.
    pub(crate) fn after(&self, from: Duration) -> impl Iterator<Item = &Pull> {
        let from = Instant::from_millis(1_000) + from;
        self.pulls.iter().filter(move |pull| pull.at > from)
    }

    pub(crate) fn mean_delay_after(&self, from: Duration) -> Duration {
        let pulls = self.after(from).count() as u32;
        self.after(from).map(|pull| pull.delay).sum::<Duration>() / pulls.max(1)
    }

    pub(crate) fn worst_delay_after(&self, from: Duration) -> Duration {
        self.after(from).map(|pull| pull.delay).max().unwrap_or_default()
    }
}

/// Of the sender's clock since its first frame; a receiver counts from one whole cycle above what was on the wire.
fn ticks(time: MediaTime) -> u64 {
    time.ticks() - (1 << 32) - u64::from(FIRST_TIME)
}

/// How loud the speaker is in a frame of this number.
fn loudness(frame: u64) -> f32 {
    0.2 + (frame % 7) as f32 * 0.05
}

/// Whether every frame comes after the one before it.
pub(crate) fn in_order(frames: &[u32]) -> bool {
    frames.windows(2).all(|pair| pair[0] < pair[1])
}
