//! The composition: what comes in, what goes out, and what happens in between.

use crate::config::{CallConfig, CallError};
use crate::outbox::{Outbox, Transmit};
use crate::receiving::{Media, Receiving};
use crate::reporting::{ASKED_AT_ONCE, Ending, Reporting};
use crate::sending::{First, Sending};
use crate::{Event, Format, Stats};
use core::fmt;
use core::time::Duration;
use moim_media::{AudioFormat, Instant, Seq, SeqNo, Timestamp};
use moim_playout::Produced;
use moim_rtp::rtcp::{self, Part, ReportBlock};
use moim_rtp::{Packet, Ssrc, is_rtcp};
use rand_core::Rng as _;
use rand_pcg::Pcg32;
use std::collections::VecDeque;

/// Events kept for a caller who does not ask; then the oldest goes.
const EVENTS: usize = 64;

/// One party of a voice call, without I/O.
///
/// `handle_*` and `push_mic` take what happened, `pull_speaker` and `poll_*` give what follows from it; all in any
/// order. Nothing blocks, and once sound flows nothing allocates.
pub struct Call {
    sending: Sending,
    receiving: Receiving,
    reporting: Reporting,
    outbox: Outbox,
    events: VecDeque<Event>,
    round_trip: Option<Duration>,
    received: u64,
    ignored: u64,
    own_source_heard: bool,
    left: bool,
}

/// What a datagram was good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// Sound of the far side.
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
    pub fn new(config: CallConfig, format: Format) -> Result<Self, CallError> {
        config.validate()?;
        let mut dice = Pcg32::new(config.seed, 0x6d6f_696d);
        let first = First {
            ssrc: Ssrc(dice.next_u32()),
            seq: Seq((dice.next_u32() >> 16) as u16),
            timestamp: Timestamp(dice.next_u32()),
        };
        let (sending, receiving) = format.into_halves(&config, first)?;
        Ok(Self {
            sending,
            receiving,
            outbox: Outbox::new(config.mtu),
            reporting: Reporting::new(config, first.ssrc, dice),
            events: VecDeque::with_capacity(EVENTS),
            round_trip: None,
            received: 0,
            ignored: 0,
            own_source_heard: false,
            left: false,
        })
    }

    /// Our source.
    #[must_use]
    pub fn ssrc(&self) -> Ssrc {
        self.sending.ssrc()
    }

    /// The format in which [`push_mic`](Self::push_mic) takes sound: the encoder's.
    #[must_use]
    pub fn mic_format(&self) -> AudioFormat {
        self.sending.format()
    }

    /// The format in which [`pull_speaker`](Self::pull_speaker) gives sound: the decoder's.
    #[must_use]
    pub fn speaker_format(&self) -> AudioFormat {
        self.receiving.receiver().format()
    }

    /// A datagram came, of either kind and from whatever port.
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) -> Handled {
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
        if self.left {
            return;
        }
        self.reporting.begin(now);
        self.sending.push(now, pcm, &mut self.outbox);
    }

    /// Fills `out` with the sound to be heard from `now` on; meant for 10 ms at a time.
    pub fn pull_speaker(&mut self, now: Instant, out: &mut [f32]) -> Produced {
        self.receiving.pull(now, out)
    }

    /// Does what is due at `now`; harmless when nothing is.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.left {
            return;
        }
        if self.reporting.is_due(now) {
            let changed = self.sending.unheard(now);
            self.tell_bitrate(changed);
            let block = self.receiving.report(now);
            self.write_report(now, block, &Ending::Nothing);
            self.sending.begin_interval();
        }
        self.ask_for_missing(now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) at the latest; changes with every other call.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.left {
            return None;
        }
        [self.reporting.due(), self.receiving.missing_due()].into_iter().flatten().min()
    }

    /// Writes the next datagram to send into `into`, at least as long as the configured MTU. `None` when there is
    /// none; there may be some after any `handle_*`, `push_mic` or `leave`.
    pub fn poll_transmit(&mut self, into: &mut [u8]) -> Option<Transmit> {
        self.outbox.pop(into)
    }

    /// The next thing that happened; `None` when all is told. There may be some after `handle_datagram`.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Says goodbye. Afterwards nothing is sent or taken in, what is buffered is still played.
    pub fn leave(&mut self, now: Instant) {
        if !self.left {
            let block = self.receiving.report(now);
            self.write_report(now, block, &Ending::Goodbye);
            self.left = true;
        }
    }

    /// The call in numbers.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let sent = self.sending.counts();
        Stats {
            sent_packets: sent.packets,
            sent_bytes: sent.bytes,
            retransmitted: sent.retransmitted,
            not_encoded: sent.not_encoded,
            not_taken: self.outbox.pushed_out(),
            received: self.received,
            ignored: self.ignored,
            bitrate: self.sending.rate().bitrate(),
            remote_loss: self.sending.rate().loss(),
            round_trip: self.round_trip,
            playout: self.receiving.receiver().stats(),
        }
    }

    fn handle_media(&mut self, now: Instant, datagram: &[u8]) -> Handled {
        let Ok(packet) = Packet::parse(datagram) else { return Handled::Ignored(Ignored::Malformed) };
        if packet.ssrc() == self.ssrc() {
            if !core::mem::replace(&mut self.own_source_heard, true) {
                self.tell(Event::OwnSourceHeard);
            }
            return Handled::Ignored(Ignored::OwnSource);
        }
        self.reporting.begin(now);
        let (media, event) = self.receiving.media(now, &packet);
        if let Some(event) = event {
            self.tell(event);
        }
        self.ask_for_missing(now);
        match media {
            Media::Taken => Handled::Media,
            Media::OtherFormat => Handled::Ignored(Ignored::OtherFormat),
            Media::OtherSource => Handled::Ignored(Ignored::OtherSource),
            Media::Unreadable => Handled::Ignored(Ignored::Malformed),
        }
    }

    fn handle_report(&mut self, now: Instant, datagram: &[u8]) -> Handled {
        let mut handled = Handled::Ignored(Ignored::Malformed);
        for part in rtcp::walk(datagram).flatten() {
            let speaker = match &part {
                Part::SenderReport(report) => Some(report.ssrc),
                Part::ReceiverReport(report) => Some(report.ssrc),
                Part::Nack(nack) => Some(nack.sender),
                _ => None,
            };
            if speaker.is_some_and(|ssrc| !self.is_far_side(ssrc)) {
                if handled != Handled::Report {
                    handled = Handled::Ignored(Ignored::OtherSource);
                }
                continue;
            }
            handled = Handled::Report;
            self.handle_part(now, &part);
        }
        handled
    }

    fn handle_part(&mut self, now: Instant, part: &Part<'_>) {
        match part {
            Part::SenderReport(report) => {
                self.receiving.sender_report(now, report.ssrc, report.info.ntp);
                self.handle_blocks(now, report.reports());
            }
            Part::ReceiverReport(report) => self.handle_blocks(now, report.reports()),
            Part::Nack(nack) if nack.media == self.ssrc() => {
                let round_trip = self.round_trip.unwrap_or_default();
                self.sending.retransmit(now, round_trip, nack.seqs(), &mut self.outbox);
            }
            Part::Goodbye(goodbye) => {
                for ssrc in goodbye.ssrcs() {
                    if self.receiving.goodbye(now, ssrc) {
                        self.tell(Event::RemoteLeft { ssrc });
                    }
                }
            }
            _ => {}
        }
    }

    /// How the far side receives its sources; ours is of interest.
    fn handle_blocks(&mut self, now: Instant, mut blocks: impl Iterator<Item = ReportBlock>) {
        let ours = self.ssrc();
        let Some(block) = blocks.find(|block| block.ssrc == ours) else { return };
        self.round_trip = self.reporting.round_trip(now, &block).or(self.round_trip);
        let changed = self.sending.reported(now, &block, self.round_trip);
        self.tell_bitrate(changed);
    }

    /// Whether reports of `ssrc` are of interest: it is heard, or nobody is yet.
    fn is_far_side(&self, ssrc: Ssrc) -> bool {
        self.receiving.remote().is_none_or(|remote| remote == ssrc)
    }

    fn tell_bitrate(&mut self, changed: Option<u32>) {
        if let Some(bits_per_second) = changed {
            self.tell(Event::BitrateChanged { bits_per_second });
        }
    }

    fn ask_for_missing(&mut self, now: Instant) {
        let mut missing = [SeqNo::new(0); ASKED_AT_ONCE];
        let count = self.receiving.missing(now, self.round_trip, &mut missing);
        if let (Some(media), true) = (self.receiving.remote(), count > 0) {
            // Without a block: it would end the interval over which loss is counted.
            self.write_report(now, None, &Ending::Asking { media, missing: &missing[..count] });
        }
    }

    fn write_report(&mut self, now: Instant, block: Option<ReportBlock>, ending: &Ending<'_>) {
        let info = self.sending.info(now, self.reporting.ntp(now));
        // A report that does not fit into the smallest datagram is left out; the next one is due soon.
        let _ = self.reporting.write(info, block, ending, &mut self.outbox);
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
