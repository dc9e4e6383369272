//! What the jitter buffer hands out, made into samples.

use super::{LONGEST_FRAME, Playout, Produced};
use crate::pace::{Change, Delays};
use crate::resume::{Heard, STEP};
use core::time::Duration;
use moim_jitter::{Copied, DelayPolicy, Pulled};
use moim_media::codec::{AudioDecoder, AudioInput, CodecError};
use moim_media::{AudioFormat, Instant};

/// Decoders conceal, and rebuild from deep redundancy, in multiples of this.
const UNIT: Duration = Duration::from_micros(2_500);
/// Of overdue sound only so much is decoded in front of what is played: further back a decoder hardly remembers, and a
/// pull must not take as long as whatever piled up.
const REMEMBERED: Duration = Duration::from_millis(500);

impl<D: AudioDecoder, P: DelayPolicy> Playout<D, P> {
    /// Adds at least a little sound to `ready`.
    pub(super) fn refill(&mut self, now: Instant) -> Produced {
        // Each turn of the loop takes an overdue packet out of the buffer; they are finite.
        loop {
            let Self {
                format, jitter, decoder, redundancy, parsed, frame, resume, next_time, content, ..
            } = self;
            let ahead = format.duration(self.ready.len());
            let waiting = jitter.waiting() as u32;
            match jitter.pull(now, ahead) {
                Pulled::Overdue(packet) => {
                    resume.arrive(packet.time, Heard::No, decoder);
                    *next_time = Some(packet.time + packet.info.duration);
                    if packet.info.duration * waiting > REMEMBERED {
                        continue;
                    }
                    frame.resize(format.samples(packet.info.duration), 0.0);
                    // Only the decoder's state matters; a packet it refuses leaves that as it was.
                    let _ = decoder.decode(AudioInput::Packet(packet.payload), frame);
                }
                Pulled::Packet(packet) => {
                    resume.arrive(packet.time, Heard::Yes, decoder);
                    *next_time = Some(packet.time + packet.info.duration);
                    *content = packet.info.content;
                    frame.resize(format.samples(packet.info.duration), 0.0);
                    let lasting = packet.info.duration;
                    let decoded = decoder.decode(AudioInput::Packet(packet.payload), frame);
                    return self.decoded(decoded, lasting);
                }
                Pulled::Repairable { missing, from, copy: Copied::InBand } => {
                    resume.arrive(from.time.minus(missing), Heard::Yes, decoder);
                    *next_time = Some(from.time);
                    frame.resize(format.samples(from.info.fec), 0.0);
                    let decoded = decoder.decode(AudioInput::Fec { next: from.payload }, frame);
                    // It reaches back further than what is missing, maybe.
                    if let Ok(samples) = decoded {
                        frame.truncate(samples);
                        frame.drain(..samples.saturating_sub(format.samples(missing)));
                    }
                    let played = self.repaired(decoded, missing);
                    if played == Produced::Repaired {
                        self.stats.from_fec += missing;
                    }
                    return played;
                }
                Pulled::Repairable { missing, from, copy: Copied::Deep { offset } } => {
                    let begin = from.time.minus(offset);
                    resume.arrive(begin, Heard::Yes, decoder);
                    *next_time = Some(begin + missing);
                    if *parsed != Some(from.seq) {
                        decoder.parse_redundancy(from.payload, redundancy);
                        *parsed = Some(from.seq);
                    }
                    frame.resize(whole_units(*format, missing), 0.0);
                    let decoded = decoder.decode(AudioInput::Redundant { from: redundancy, offset }, frame);
                    frame.truncate(format.samples(missing));
                    let played = self.repaired(decoded, missing);
                    if played == Produced::Repaired {
                        self.stats.from_redundancy += missing;
                    }
                    return played;
                }
                Pulled::Missing { missing } => {
                    *next_time = next_time.map(|time| time + missing);
                    resume.clear();
                    self.make_up(missing);
                    self.stats.concealed += missing;
                    return Produced::Concealed;
                }
                Pulled::Underrun => {
                    resume.wait(*next_time, decoder);
                    self.make_up(STEP);
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
                self.make_up(lasting.max(UNIT));
                self.stats.concealed += lasting.max(UNIT);
                Produced::Concealed
            }
        }
    }

    /// The copy of lost sound is in `frame`, if there was one.
    fn repaired(&mut self, decoded: Result<usize, CodecError>, missing: Duration) -> Produced {
        if decoded.is_ok_and(|samples| samples > 0) {
            self.play_frame();
            return Produced::Repaired;
        }
        self.make_up(missing);
        self.stats.concealed += missing;
        Produced::Concealed
    }

    /// Appends concealment of this length, which fades when it has gone on for long.
    fn make_up(&mut self, lasting: Duration) {
        let before = self.ready.len();
        self.conceal(lasting);
        self.fade.made_up(&mut self.ready[before..]);
    }

    /// Appends concealment of this length.
    fn conceal(&mut self, lasting: Duration) {
        let lasting = lasting.min(LONGEST_FRAME);
        self.frame.resize(whole_units(self.format, lasting), 0.0);
        if self.decoder.decode(AudioInput::Lost, &mut self.frame).is_err() {
            self.frame.fill(0.0);
        }
        let wanted = self.format.samples(lasting).max(self.format.channels());
        self.ready.extend_from_slice(&self.frame[..wanted.min(self.frame.len())]);
    }

    /// Appends `frame`: joined to what an underrun left, and a little shorter or longer where the delay wants it.
    fn play_frame(&mut self) {
        if let Some(tail) = self.resume.take_tail() {
            self.fade.on_leaving(tail);
            let added = self.stretch.join(tail, &mut self.frame);
            self.stats.underrun += self.format.rate().duration(added as u64);
            self.fade.joined();
        } else {
            self.fade.heard(&mut self.frame);
        }
        let lasting = self.format.duration(self.frame.len());
        let quiet = self.level.is_quiet(&self.frame, lasting);
        let delays = Delays {
            now: self.jitter.delay(),
            target: self.jitter.target(),
            demanded: self.demanded,
            content: self.content,
        };
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
        if self.ready.is_empty() {
            core::mem::swap(&mut self.ready, &mut self.frame);
        } else {
            self.ready.extend_from_slice(&self.frame);
        }
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

/// Samples of the least number of units, one at least, that `lasting` fits into.
fn whole_units(format: AudioFormat, lasting: Duration) -> usize {
    let units = lasting.as_nanos().div_ceil(UNIT.as_nanos()).max(1);
    format.samples(UNIT * units as u32)
}
