//! From packets to gapless sound.

mod refill;

use crate::fade::Fade;
use crate::level::Level;
use crate::pace::Pace;
use crate::resume::{Resume, STEP};
use crate::stretch::Stretch;
use crate::{Inserted, JitterConfig, Stats};
use core::fmt;
use core::ops::RangeInclusive;
use core::time::Duration;
use moim_jitter::{ConfigError, DelayPolicy, ExpectedQuality, JitterBuffer};
use moim_media::codec::{AudioDecoder, CodecError, Content, PacketInfo};
use moim_media::{AudioFormat, Instant, MediaTime, SeqNo};
use moim_simd::Cpu;

/// The longest packet there is (RFC 6716, section 2.1.4), and the longest gap made up in one step.
const LONGEST_FRAME: Duration = Duration::from_millis(120);
/// The same with the most that a join puts in front of it and a repetition into it, 12.5 and 15 ms.
const LONGEST_PLAYED: Duration = Duration::from_millis(150);

/// Sampling rates at which 10 ms are at least a few samples, and no more than anybody plays.
const HERTZ: RangeInclusive<u32> = 1_000..=768_000;

/// How a [`Playout`] is to behave.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlayoutConfig {
    /// The buffer in front of the decoder.
    pub jitter: JitterConfig,
}

/// Why a [`Playout`] cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlayoutError {
    /// The jitter buffer's configuration is impossible.
    #[error(transparent)]
    Jitter(#[from] ConfigError),
    /// The decoder makes sound at a rate that nobody plays.
    #[error("no receiver plays {hertz} Hz: 1000 to 768000")]
    SampleRate {
        /// The decoder's.
        hertz: u32,
    },
}

/// The least genuine kind of sound in what was pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Produced {
    /// All of it was decoded from packets.
    Decoded,
    /// Some of it was rebuilt from a copy in a later packet.
    Repaired,
    /// Some of it is comfort noise, for the sender is silent.
    Silence,
    /// Some of it was made up.
    Concealed,
    /// There is no stream; zeros.
    Idle,
}

/// An adaptive receiver of sound: packets in as they come, 10 ms of sound out whenever the loudspeaker asks.
///
/// All memory is allocated by [`new`](Self::new); `insert` and `pull` allocate nothing and take bounded time.
pub struct Playout<D: AudioDecoder, P = ExpectedQuality> {
    format: AudioFormat,
    jitter: JitterBuffer<P>,
    decoder: D,
    /// The deep redundancy parsed last, and of which packet it is.
    redundancy: D::Redundancy,
    parsed: Option<SeqNo>,
    /// Decoded and not yet played.
    ready: Vec<f32>,
    /// One frame, on its way from the decoder to `ready`; as large, so that the two can change places.
    frame: Vec<f32>,
    resume: Resume,
    fade: Fade,
    stretch: Stretch,
    level: Level,
    pace: Pace,
    /// The delay that a picture asks for.
    demanded: Duration,
    /// Where the sound after `ready` begins; unknown in a silence.
    next_time: Option<MediaTime>,
    /// What was coded last.
    content: Content,
    last: Produced,
    stats: Stats,
}

impl<D: AudioDecoder> Playout<D> {
    /// A receiver that decodes with `decoder`, and waits as long as is best for what is heard.
    ///
    /// # Errors
    ///
    /// A [`PlayoutError`] when the configuration asks for the impossible.
    pub fn new(config: PlayoutConfig, decoder: D) -> Result<Self, PlayoutError> {
        Self::with_policy(config, decoder, ExpectedQuality::default())
    }
}

impl<D: AudioDecoder, P: DelayPolicy> Playout<D, P> {
    /// A receiver that decodes with `decoder`, and waits as long as `policy` says.
    ///
    /// # Errors
    ///
    /// A [`PlayoutError`] when the configuration asks for the impossible.
    pub fn with_policy(config: PlayoutConfig, decoder: D, policy: P) -> Result<Self, PlayoutError> {
        let format = decoder.format();
        let hertz = format.rate().hz();
        if !HERTZ.contains(&hertz) {
            return Err(PlayoutError::SampleRate { hertz });
        }
        Ok(Self {
            format,
            jitter: JitterBuffer::with_policy(config.jitter, policy)?,
            decoder,
            redundancy: D::Redundancy::default(),
            parsed: None,
            ready: Vec::with_capacity(format.samples(STEP + LONGEST_PLAYED)),
            frame: Vec::with_capacity(format.samples(STEP + LONGEST_PLAYED)),
            resume: Resume::new(format),
            fade: Fade::new(format),
            stretch: Stretch::new(Cpu::detect(), format),
            level: Level::new(format),
            pace: Pace::default(),
            demanded: Duration::ZERO,
            next_time: None,
            content: Content::Speech,
            last: Produced::Idle,
            stats: Stats::default(),
        })
    }

    /// The format of the sound: that of the decoder.
    #[must_use]
    pub fn format(&self) -> AudioFormat {
        self.format
    }

    /// The decoder.
    #[must_use]
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    /// Takes in the packet `seq`, which came at `now` and begins at media time `time`. The payload is copied.
    ///
    /// # Errors
    ///
    /// A [`CodecError`] when the payload is not a packet of the codec; it is as if it had not come.
    pub fn insert(
        &mut self,
        now: Instant,
        seq: SeqNo,
        time: MediaTime,
        payload: &[u8],
    ) -> Result<Inserted, CodecError> {
        let mut info = self.inspect(payload)?;
        if self.jitter.wants_redundancy(seq, info.fec) {
            self.parsed = Some(seq);
            info.redundancy = self.decoder.parse_redundancy(payload, &mut self.redundancy);
        }
        let inserted = self.jitter.insert(now, seq, time, info, payload);
        self.restart_with(inserted);
        Ok(inserted)
    }

    /// Takes in a copy of the packet `seq` that came inside a later one, such as RED carries (RFC 2198); before that
    /// one itself. What is here already, or has been played, is dropped.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn insert_copy(
        &mut self,
        now: Instant,
        seq: SeqNo,
        time: MediaTime,
        payload: &[u8],
    ) -> Result<Inserted, CodecError> {
        let info = self.inspect(payload)?;
        let inserted = self.jitter.insert_copy(now, seq, time, info, payload);
        self.restart_with(inserted);
        Ok(inserted)
    }

    /// Fills `out` with the sound to be heard from `now` on, interleaved in [`format`](Self::format).
    ///
    /// Meant to be called every 10 ms with 10 ms of room. There is always sound, whatever did or did not come; where there
    /// is room for a part of a frame only, there are zeros.
    pub fn pull(&mut self, now: Instant, out: &mut [f32]) -> Produced {
        let (out, part) = out.split_at_mut(out.len() - out.len() % self.format.channels());
        part.fill(0.0);
        let step = self.format.samples(STEP);
        let mut produced = if self.ready.is_empty() { Produced::Decoded } else { self.last };
        let mut play_at = now;
        for block in out.chunks_mut(step) {
            while self.ready.len() < block.len() {
                self.last = self.refill(play_at);
                produced = produced.max(self.last);
            }
            block.copy_from_slice(&self.ready[..block.len()]);
            self.ready.drain(..block.len());
            play_at += STEP;
        }
        produced
    }

    /// The next packet to ask the sender for again; call until it returns `None`, after each packet and whenever
    /// [`retransmit_due`](Self::retransmit_due) has passed.
    #[must_use]
    pub fn poll_retransmit(&mut self, now: Instant, round_trip: Duration) -> Option<SeqNo> {
        self.jitter.poll_retransmit(now, round_trip)
    }

    /// When [`poll_retransmit`](Self::poll_retransmit) may next have an answer; changes with every packet.
    #[must_use]
    pub fn retransmit_due(&self) -> Option<Instant> {
        self.jitter.retransmit_due()
    }

    /// Demands a delay of at least this above the fastest packets, at most one second, so that a picture can be shown
    /// in step with the sound. Until it is reached pauses are made longer, and speech is slowed down by single pitch
    /// periods where they repeat nearly exactly.
    pub fn set_min_delay(&mut self, delay: Duration) {
        self.demanded = delay;
        self.jitter.set_min_delay(delay);
    }

    /// The media time of what is heard at `now`; `None` while there is no stream.
    #[must_use]
    pub fn playing(&self, now: Instant) -> Option<MediaTime> {
        self.jitter.playing(now)
    }

    /// Packets that wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.jitter.waiting()
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            delay: self.jitter.delay(),
            target: self.jitter.target(),
            wanted: self.jitter.wanted(),
            drift_ppm: self.jitter.drift_ppm(),
            jitter: self.jitter.stats(),
            ..self.stats
        }
    }

    fn inspect(&mut self, payload: &[u8]) -> Result<PacketInfo, CodecError> {
        let info = self.decoder.inspect(payload).and_then(|info| {
            let playable = info.duration.max(info.fec) <= LONGEST_FRAME;
            if playable { Ok(info) } else { Err(CodecError::Unsupported) }
        });
        self.stats.corrupt += u64::from(info.is_err());
        info
    }

    fn restart_with(&mut self, inserted: Inserted) {
        if inserted == Inserted::Restarted {
            self.decoder.reset();
            self.resume.clear();
            self.parsed = None;
            self.next_time = None;
        }
    }
}

impl<D: AudioDecoder, P: DelayPolicy> fmt::Debug for Playout<D, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Playout")
            .field("format", &self.format)
            .field("waiting", &self.jitter.waiting())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
