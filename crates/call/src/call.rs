//! The composition: what comes in, what goes out, and what happens in between.

mod asking;
mod handling;

use crate::config::{CallConfig, CallError};
use crate::in_step::InStep;
use crate::picture::{PictureReceiving, Pictures};
use crate::rates::{Media, Rates};
use crate::reporting::Ending;
use crate::transport::Transport;
use crate::voice::Voice;
use crate::{Event, Format, Kind, PictureFormat, Stats, Transmit};
use core::fmt;
use core::time::Duration;
use moim_media::{AudioFormat, Instant, VideoFrame};
use moim_pace::{Class, PacedQueue, PacerConfig};
use moim_playout::Produced;
use moim_rtp::{Ssrc, is_rtcp};
use moim_video::Picture;
use rand_pcg::Pcg32;
use std::collections::VecDeque;

/// Events kept for a caller who does not ask; then the oldest goes.
const EVENTS: usize = 64;

/// One party of a call, without I/O: a voice, and a picture if there is one.
///
/// `handle_*` and `push_*` take what happened, `pull_speaker` and `poll_*` give what follows from it; all in any
/// order. Nothing blocks, and once sound and pictures flow nothing allocates, unless the size of the pictures changes.
pub struct Call {
    voice: Voice,
    picture: Option<Pictures>,
    rates: Rates,
    in_step: InStep,
    transport: Option<Transport>,
    queue: PacedQueue,
    events: VecDeque<Event>,
    round_trip: Option<Duration>,
    /// The latest time that was told.
    latest: Instant,
    received: u64,
    ignored: u64,
    /// Datagrams that never left.
    lost_in_queue: u64,
    own_source_heard: bool,
    left: bool,
}

/// What a datagram was good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// Sound or picture of the far side.
    Media,
    /// A report, all or part of which could be read.
    Report,
    /// Nothing, and nothing but a counter came of it.
    Ignored(Ignored),
}

/// Why a datagram was of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ignored {
    /// It is neither RTP nor RTCP, or not readable as what it claims to be. If it claims to be of the far side, it
    /// counts as a packet that was received and is no use.
    Malformed,
    /// It carries another payload type than the one agreed on.
    OtherFormat,
    /// It is of another source, while the far side is being heard.
    OtherSource,
    /// It bears our own source: a loop (RFC 3550, section 8.2).
    OwnSource,
    /// We have left.
    AfterGoodbye,
}

impl Call {
    /// A call in `format`, silent until it is fed.
    ///
    /// # Errors
    ///
    /// A [`CallError`] when the configuration asks for the impossible.
    #[allow(clippy::needless_pass_by_value, reason = "a configuration is given away, here as everywhere")]
    pub fn new(config: CallConfig, format: Format) -> Result<Self, CallError> {
        Self::compose(&config, format, None)
    }

    /// A call in `format` and `picture`, silent and dark until it is fed.
    ///
    /// # Errors
    ///
    /// A [`CallError`] when the configuration asks for the impossible.
    #[allow(clippy::needless_pass_by_value, reason = "a configuration is given away, here as everywhere")]
    pub fn with_picture(
        config: CallConfig,
        format: Format,
        picture: PictureFormat,
    ) -> Result<Self, CallError> {
        Self::compose(&config, format, Some(picture))
    }

    /// The source of our voice.
    #[must_use]
    pub fn ssrc(&self) -> Ssrc {
        self.voice.sending.stream.ssrc()
    }

    /// The source of our picture; `None` in a call without.
    #[must_use]
    pub fn picture_ssrc(&self) -> Option<Ssrc> {
        self.picture.as_ref().map(|picture| picture.sending.stream.ssrc())
    }

    /// The format in which [`push_mic`](Self::push_mic) takes sound: the encoder's.
    #[must_use]
    pub fn mic_format(&self) -> AudioFormat {
        self.voice.sending.format()
    }

    /// The format in which [`pull_speaker`](Self::pull_speaker) gives sound: the decoder's.
    #[must_use]
    pub fn speaker_format(&self) -> AudioFormat {
        self.voice.receiving.receiver.format()
    }

    /// A datagram came, of either kind and from whatever port.
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) -> Handled {
        self.latest = self.latest.max(now);
        let handled = match self.left {
            true => Handled::Ignored(Ignored::AfterGoodbye),
            false if is_rtcp(datagram) => self.handle_report(now, datagram),
            false => self.handle_media(now, datagram),
        };
        match handled {
            Handled::Ignored(_) => self.ignored += 1,
            Handled::Media | Handled::Report => self.received += 1,
        }
        handled
    }

    /// The microphone took this sound, any length of it, ending at `now`.
    pub fn push_mic(&mut self, now: Instant, pcm: &[f32]) {
        self.latest = self.latest.max(now);
        if self.left {
            return;
        }
        self.voice.reporting.begin(now);
        self.voice.sending.push(now, pcm, &mut self.queue);
    }

    /// The camera took this picture at `now`. It is sent in the quality that there is room for, or left out.
    pub fn push_camera(&mut self, now: Instant, frame: &VideoFrame) {
        self.latest = self.latest.max(now);
        let Some(picture) = self.picture.as_mut().filter(|_| !self.left) else { return };
        picture.reporting.begin(now);
        if self.rates.is_unanswered(now) {
            picture.sending.leave_out();
            return;
        }
        let before = picture.sending.quality();
        picture.sending.push(now, frame, self.rates.queue(now), &mut self.queue);
        let after = picture.sending.quality();
        if let Some(quality) = after.filter(|_| before != after) {
            let (divisor, frame_rate) = (quality.divisor, quality.frame_rate);
            self.tell(Event::QualityChanged { divisor, frame_rate });
        }
    }

    /// Fills `out` with the sound to be heard from `now` on; meant for 10 ms at a time.
    pub fn pull_speaker(&mut self, now: Instant, out: &mut [f32]) -> Produced {
        self.latest = self.latest.max(now);
        let produced = self.voice.receiving.receiver.pull(now, out);
        if let Some(picture) = &mut self.picture {
            self.in_step.heard(now, &mut self.voice.receiving, &mut picture.receiving);
        }
        produced
    }

    /// The next picture of the far side that is due at `now`; call until `None`, which it is until
    /// [`picture_due`](Self::picture_due).
    ///
    /// Every picture that is decoded comes by, in order: of several, show the last; a recording wants all.
    #[must_use]
    pub fn poll_picture(&mut self, now: Instant) -> Option<Picture<'_>> {
        self.latest = self.latest.max(now);
        let PictureReceiving { stream, receiver, .. } = &mut self.picture.as_mut()?.receiving;
        let (delay, wanted) = (receiver.delay(), receiver.wanted());
        let picture = receiver.poll_picture(now)?;
        // A picture that is late was held back by that as well: the path did not take longer.
        let delay = delay + now.since(picture.due);
        self.in_step.shown(now, (stream, picture.time), (delay, wanted));
        Some(picture)
    }

    /// When [`poll_picture`](Self::poll_picture) next has a picture; changes with every datagram and every picture.
    #[must_use]
    pub fn picture_due(&self) -> Option<Instant> {
        self.picture.as_ref()?.receiving.receiver.picture_due()
    }

    /// Does what is due at `now`; harmless when nothing is.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.latest = self.latest.max(now);
        if self.left {
            return;
        }
        // What was sent without an answer may have lowered the rate.
        self.tune(now);
        self.voice.report_if_due(now, &mut self.queue);
        if let Some(picture) = &mut self.picture {
            picture.report_if_due(now, &mut self.queue);
        }
        self.ask(now);
        self.give_feedback(now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and [`poll_transmit`](Self::poll_transmit) after it, at
    /// the latest; changes with every other call.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.left {
            return None;
        }
        let picture = self.picture.as_ref();
        [
            self.voice.reporting.due(),
            self.voice.receiving.receiver.retransmit_due(),
            picture.and_then(|picture| picture.reporting.due()),
            picture.and_then(|picture| picture.receiving.feedback_due()),
            self.transport.as_ref().and_then(Transport::due),
            self.queue.due(self.latest),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Writes the next datagram to send at `now` into `into`, at least as long as the configured MTU. `None` when
    /// there is none that may leave now; there may be some after any `handle_*`, `push_*` or `leave`, and at
    /// [`poll_timeout`](Self::poll_timeout).
    pub fn poll_transmit(&mut self, now: Instant, into: &mut [u8]) -> Option<Transmit> {
        self.latest = self.latest.max(now);
        let popped = self.queue.pop(now, into);
        self.mind_the_queue();
        let popped = popped?;
        let datagram = into.get_mut(..popped.len)?;
        let medium = self.medium_of(datagram);
        if popped.class == Class::Report {
            return Some(Transmit { len: popped.len, kind: Kind::Report, medium });
        }
        let number = self.transport.as_mut().and_then(|transport| transport.number(datagram));
        self.rates.sent(now, number, popped.len);
        Some(Transmit { len: popped.len, kind: Kind::Media, medium })
    }

    /// The next thing that happened; `None` when all is told. There may be some after `handle_*` and `push_camera`.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Says goodbye. Afterwards nothing is sent or taken in, what is buffered is still played and shown.
    pub fn leave(&mut self, now: Instant) {
        self.latest = self.latest.max(now);
        if self.left {
            return;
        }
        let block = self.voice.receiving.stream.report(now);
        self.voice.report(now, block, Ending::Goodbye, &mut self.queue);
        if let Some(picture) = &mut self.picture {
            let block = picture.receiving.stream.report(now);
            picture.report(now, block, Ending::Goodbye, &mut self.queue);
        }
        self.queue.drop_pictures();
        self.left = true;
    }

    /// The call in numbers.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let sent = self.voice.sending.stream.counts();
        let queued = self.queue.stats();
        let again = |picture: &Pictures| picture.sending.stream.counts().retransmitted;
        Stats {
            sent_packets: sent.packets,
            sent_bytes: sent.bytes,
            retransmitted: sent.retransmitted + self.picture.as_ref().map_or(0, again),
            not_encoded: self.voice.sending.not_encoded(),
            not_taken: queued.displaced + queued.expired + queued.oversized,
            received: self.received,
            ignored: self.ignored,
            bitrate: self.rates.share().voice,
            remote_loss: self.rates.loss(),
            round_trip: self.round_trip,
            path_queue: self.rates.queue(self.latest),
            playout: self.voice.receiving.receiver.stats(),
            picture: self.picture.as_ref().map(|picture| picture.stats(&self.queue)),
            picture_late: self.in_step.error(),
        }
    }

    fn compose(
        config: &CallConfig,
        format: Format,
        picture: Option<PictureFormat>,
    ) -> Result<Self, CallError> {
        config.validate()?;
        if let Some(picture) = &picture {
            config.validate_picture()?;
            picture.check_beside(format.payload_type)?;
        }
        let mut dice = Pcg32::new(config.seed, 0x6d6f_696d);
        let voice = Voice::new(config, format, &mut dice)?;
        let picture = picture.map(|format| Pictures::new(config, format, &mut dice)).transpose()?;
        let media = if picture.is_some() { Media::VoiceAndPicture } else { Media::Voice };
        let rates = Rates::new(config, media)?;
        let pacer = PacerConfig { mtu: config.mtu, rate: rates.total(), ..PacerConfig::default() };
        let mut call = Self {
            voice,
            picture,
            rates,
            in_step: InStep::new(config.sync)?,
            transport: config.transport_seq.map(Transport::new),
            queue: PacedQueue::new(pacer)?,
            events: VecDeque::with_capacity(EVENTS),
            round_trip: None,
            latest: Instant::EPOCH,
            received: 0,
            ignored: 0,
            lost_in_queue: 0,
            own_source_heard: false,
            left: false,
        };
        call.tune(Instant::EPOCH);
        Ok(call)
    }

    /// Passes on to encoders and queue what the path bears.
    fn tune(&mut self, now: Instant) {
        let share = self.rates.share();
        self.queue.set_rate(now, self.rates.total());
        let before = self.voice.sending.bitrate();
        self.voice.sending.tune(share.voice, self.rates.loss());
        if share.voice != before && now > Instant::EPOCH {
            self.tell(Event::BitrateChanged { bits_per_second: share.voice });
        }
        let Some(picture) = &mut self.picture else { return };
        let before = picture.sending.bitrate();
        picture.sending.tune(share.picture);
        match (before, share.picture) {
            (Some(_), None) => {
                picture.abandon(&mut self.queue);
                self.tell(Event::PictureHeld);
            }
            (None, Some(_)) if now > Instant::EPOCH => self.tell(Event::PictureResumed),
            _ => {}
        }
    }

    /// Pictures that never left, for they waited too long or were too many, are missed by those that build on them.
    fn mind_the_queue(&mut self) {
        let stats = self.queue.stats();
        let lost = stats.displaced + stats.expired + stats.oversized;
        if core::mem::replace(&mut self.lost_in_queue, lost) != lost
            && let Some(picture) = &mut self.picture
        {
            picture.abandon(&mut self.queue);
            picture.sending.key_frames.need();
        }
    }

    fn tell(&mut self, event: Event) {
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("ssrc", &self.ssrc())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
