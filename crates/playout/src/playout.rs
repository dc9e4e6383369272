//! From packets to gapless sound.

use crate::level::Level;
use crate::pace::{Change, Delays, Pace};
use crate::resume::{Heard, Resume, STEP};
use crate::stretch::Stretch;
use crate::{Inserted, JitterConfig, Stats};
use core::fmt;
use core::time::Duration;
use moim_jitter::{ConfigError, JitterBuffer, Pulled};
use moim_media::codec::{AudioDecoder, AudioInput, CodecError};
use moim_media::{AudioFormat, Instant, MediaTime, SeqNo};

/// The longest packet there is (RFC 6716, section 2.1.4), and the longest gap made up in one step.
const LONGEST_FRAME: Duration = Duration::from_millis(120);
/// Decoders conceal in multiples of this.
const CONCEAL_UNIT: Duration = Duration::from_micros(2_500);

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
pub struct Playout<D: AudioDecoder> {
    format: AudioFormat,
    jitter: JitterBuffer,
    decoder: D,
    /// Decoded and not yet played.
    ready: Vec<f32>,
    /// One frame, on its way from the decoder to `ready`.
    frame: Vec<f32>,
    resume: Resume,
    stretch: Stretch,
    level: Level,
    pace: Pace,
    /// The delay that a picture asks for.
    demanded: Duration,
    /// Where the sound after `ready` begins; unknown in a silence.
    next_time: Option<MediaTime>,
    last: Produced,
    stats: Stats,
}

impl<D: AudioDecoder> Playout<D> {
    /// A receiver that decodes with `decoder`.
    ///
    /// # Errors
    ///
    /// A [`PlayoutError`] when the configuration asks for the impossible.
    pub fn new(config: PlayoutConfig, decoder: D) -> Result<Self, PlayoutError> {
        let format = decoder.format();
        Ok(Self {
            format,
            jitter: JitterBuffer::new(config.jitter)?,
            decoder,
            ready: Vec::with_capacity(format.samples(3 * LONGEST_FRAME)),
            frame: Vec::with_capacity(format.samples(2 * LONGEST_FRAME)),
            resume: Resume::new(format),
            stretch: Stretch::new(format),
            level: Level::new(format),
            pace: Pace::default(),
            demanded: Duration::ZERO,
            next_time: None,
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
        let info = match self.decoder.inspect(payload) {
            Ok(info) if info.duration.max(info.fec) <= LONGEST_FRAME => info,
            Ok(_) => return self.refuse(CodecError::Unsupported),
            Err(error) => return self.refuse(error),
        };
        let inserted = self.jitter.insert(now, seq, time, info, payload);
        if inserted == Inserted::Restarted {
            self.decoder.reset();
            self.resume.clear();
            self.next_time = None;
        }
        Ok(inserted)
    }

    /// Fills `out` with the sound to be heard from `now` on, interleaved in [`format`](Self::format).
    ///
    /// Meant to be called every 10 ms with 10 ms of room. There is always sound, whatever did or did not come.
    pub fn pull(&mut self, now: Instant, out: &mut [f32]) -> Produced {
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

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            delay: self.jitter.delay(),
            target: self.jitter.target(),
            wanted: self.jitter.wanted(),
            jitter: self.jitter.stats(),
            ..self.stats
        }
    }

    fn refuse(&mut self, error: CodecError) -> Result<Inserted, CodecError> {
        self.stats.corrupt += 1;
        Err(error)
    }

    /// Adds at least a little sound to `ready`.
    fn refill(&mut self, now: Instant) -> Produced {
        // Each turn of the loop takes an overdue packet out of the buffer; they are finite.
        loop {
            let Self { format, jitter, decoder, frame, resume, next_time, .. } = self;
            let ahead = format.duration(self.ready.len());
            match jitter.pull(now, ahead) {
                Pulled::Overdue(packet) => {
                    resume.arrive(packet.time, Heard::No, decoder);
                    *next_time = Some(packet.time + packet.info.duration);
                    frame.resize(format.samples(packet.info.duration), 0.0);
                    // Only the decoder's state matters; a packet it refuses leaves that as it was.
                    let _ = decoder.decode(AudioInput::Packet(packet.payload), frame);
                }
                Pulled::Packet(packet) => {
                    resume.arrive(packet.time, Heard::Yes, decoder);
                    *next_time = Some(packet.time + packet.info.duration);
                    frame.resize(format.samples(packet.info.duration), 0.0);
                    let lasting = packet.info.duration;
                    let decoded = decoder.decode(AudioInput::Packet(packet.payload), frame);
                    return self.decoded(decoded, lasting);
                }
                Pulled::Repairable { missing, next } => {
                    resume.arrive(next.time.minus(missing), Heard::Yes, decoder);
                    *next_time = Some(next.time);
                    frame.resize(format.samples(next.info.fec), 0.0);
                    let decoded = decoder.decode(AudioInput::Fec { next: next.payload }, frame);
                    return self.repaired(decoded, missing);
                }
                Pulled::Missing { missing } => {
                    *next_time = next_time.map(|time| time + missing);
                    resume.clear();
                    self.conceal(missing);
                    self.stats.concealed += missing;
                    return Produced::Concealed;
                }
                Pulled::Underrun => {
                    resume.wait(*next_time, decoder);
                    self.conceal(STEP);
                    self.stats.underrun += STEP;
                    return Produced::Concealed;
                }
                Pulled::Silence { lasting } => {
                    *next_time = None;
                    resume.clear();
                    self.conceal(lasting);
                    self.stats.silence += lasting;
                    return Produced::Silence;
                }
                Pulled::Idle => {
                    *next_time = None;
                    resume.clear();
                    let silence = self.ready.len() + format.samples(STEP);
                    self.ready.resize(silence, 0.0);
                    self.stats.idle += STEP;
                    return Produced::Idle;
                }
            }
        }
    }

    /// A packet's own sound is in `frame`, if the decoder took it.
    fn decoded(&mut self, decoded: Result<usize, CodecError>, lasting: Duration) -> Produced {
        match decoded {
            Ok(samples) if samples > 0 => {
                self.frame.truncate(samples);
                self.stats.decoded += self.format.duration(samples);
                self.play_frame();
                Produced::Decoded
            }
            _ => {
                // Well formed on the outside, garbage inside: its sound is lost.
                self.stats.corrupt += u64::from(decoded.is_err());
                self.conceal(lasting.max(CONCEAL_UNIT));
                self.stats.concealed += lasting.max(CONCEAL_UNIT);
                Produced::Concealed
            }
        }
    }

    /// The copy of lost sound is in `frame`; of it, the last `missing` is played.
    fn repaired(&mut self, decoded: Result<usize, CodecError>, missing: Duration) -> Produced {
        let wanted = self.format.samples(missing);
        match decoded {
            Ok(samples) if samples > 0 => {
                self.frame.truncate(samples);
                self.frame.drain(..samples.saturating_sub(wanted));
                self.stats.from_fec += self.format.duration(self.frame.len());
                self.play_frame();
                Produced::Repaired
            }
            _ => {
                self.conceal(missing);
                self.stats.concealed += missing;
                Produced::Concealed
            }
        }
    }

    /// Appends concealment of this length.
    fn conceal(&mut self, lasting: Duration) {
        let lasting = lasting.min(LONGEST_FRAME);
        let units = lasting.as_nanos().div_ceil(CONCEAL_UNIT.as_nanos()).max(1);
        self.frame.resize(self.format.samples(CONCEAL_UNIT * units as u32), 0.0);
        if self.decoder.decode(AudioInput::Lost, &mut self.frame).is_err() {
            self.frame.fill(0.0);
        }
        let wanted = self.format.samples(lasting).max(self.format.channels());
        self.ready.extend_from_slice(&self.frame[..wanted.min(self.frame.len())]);
    }

    /// Appends `frame`: joined to what an underrun left, and a little shorter or longer where the delay wants it.
    fn play_frame(&mut self) {
        if let Some(tail) = self.resume.take_tail() {
            let added = self.stretch.join(tail, &mut self.frame);
            self.stats.underrun += self.format.rate().duration(added as u64);
        }
        let lasting = self.format.duration(self.frame.len());
        let quiet = self.level.is_quiet(&self.frame, lasting);
        let delays =
            Delays { now: self.jitter.delay(), target: self.jitter.target(), demanded: self.demanded };
        let change = self.pace.decide(lasting, quiet, delays);
        match change {
            Change::Keep | Change::CutPeriod(_) => {}
            Change::RepeatPeriod(similarity) => {
                let added = self.stretch.repeat_period(&mut self.frame, similarity);
                let added = self.format.rate().duration(added as u64);
                self.pace.repeated(added);
                self.stats.inserted += added;
            }
            Change::CutQuiet(most) => {
                let gone = self.stretch.cut_quiet(&mut self.frame, self.format.frames(most));
                self.removed(gone);
            }
            Change::RepeatQuiet(more) => {
                let added = self.stretch.repeat_quiet(&mut self.frame, self.format.frames(more));
                self.stats.inserted += self.format.rate().duration(added as u64);
            }
        }
        self.ready.extend_from_slice(&self.frame);
        if let Change::CutPeriod(similarity) = change {
            // Speech wants room for two periods: what waits in front of the frame helps.
            let gone = self.stretch.cut_period(&mut self.ready, similarity);
            self.removed(gone);
        }
    }

    fn removed(&mut self, frames: usize) {
        let gone = self.format.rate().duration(frames as u64);
        self.pace.cut(gone);
        self.stats.removed += gone;
    }
}

impl<D: AudioDecoder> fmt::Debug for Playout<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Playout")
            .field("format", &self.format)
            .field("waiting", &self.jitter.waiting())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
