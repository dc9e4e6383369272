//! From the microphone to the outbox.

use crate::outbox::{Kind, Outbox};
use crate::rate::RateControl;
use crate::{CallConfig, CallError};
use core::time::Duration;
use moim_media::codec::{AudioEncoder, CodecError, Encoded};
use moim_media::{AudioFormat, ClockRate, Instant, Seq, Timestamp};
use moim_rtp::history::History;
use moim_rtp::payload::{Fragment, Payloader};
use moim_rtp::rtcp::{ExtendedSeq, ReportBlock, SenderInfo};
use moim_rtp::{BuildError, Header, NtpTime, PacketBuilder, PayloadType, Ssrc};

/// The longest unit of a sound codec: six frames of Opus (RFC 6716, section 3.4, R5).
const LONGEST_UNIT: usize = 7_664;
/// Bytes of a packet before its payload.
const HEADER: usize = 12;
/// Retransmissions saved up at most; each packet sent earns one, so that a flood of requests at worst doubles what
/// is sent.
const ALLOWANCE: u32 = 32;
/// When the far side has not heard anything new for this long, it may be that nothing gets through.
const UNHEARD: Duration = Duration::from_secs(3);

/// Our stream: sound in, packets out, and again on request.
pub(crate) struct Sending {
    encoder: Box<dyn AudioEncoder + Send>,
    payloader: Box<dyn Payloader + Send>,
    format: AudioFormat,
    clock_rate: ClockRate,
    header: Header,
    mtu: usize,
    /// Sound that is not a frame yet.
    frame: Vec<f32>,
    frame_samples: usize,
    unit: Box<[u8]>,
    history: History,
    remembers: bool,
    allowance: u32,
    rate: RateControl,
    /// The highest of our numbers that the far side reports, and since when.
    heard: Option<(ExtendedSeq, Instant)>,
    /// Packets sent when the last two reports were written.
    reported: [u64; 2],
    /// The instant up to which sound was taken, and its timestamp.
    taken: Option<(Instant, Timestamp)>,
    counts: Counts,
}

/// What was sent so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) payload_bytes: u64,
    pub(crate) retransmitted: u64,
    pub(crate) not_encoded: u64,
}

/// What our stream begins with: as random as the seed (RFC 3550, section 5.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct First {
    pub(crate) ssrc: Ssrc,
    pub(crate) seq: Seq,
    pub(crate) timestamp: Timestamp,
}

impl Sending {
    /// A stream that begins with `first`.
    pub(crate) fn new(
        config: &CallConfig,
        first: First,
        (payload_type, clock_rate): (PayloadType, ClockRate),
        (payloader, encoder): (Box<dyn Payloader + Send>, Box<dyn AudioEncoder + Send>),
    ) -> Result<Self, CallError> {
        let format = encoder.format();
        let frame_samples = format.samples(encoder.frame()).max(1);
        let mut sending = Self {
            encoder,
            payloader,
            format,
            clock_rate,
            header: Header {
                marker: false,
                payload_type,
                seq: first.seq,
                timestamp: first.timestamp,
                ssrc: first.ssrc,
            },
            mtu: config.mtu,
            frame: Vec::with_capacity(frame_samples),
            frame_samples,
            unit: vec![0; LONGEST_UNIT].into_boxed_slice(),
            history: History::new(config.history, config.mtu),
            allowance: 0,
            remembers: config.history > 0,
            heard: None,
            reported: [0; 2],
            rate: RateControl::new(config.start_bitrate, config.bitrate.clone()),
            taken: None,
            counts: Counts::default(),
        };
        match sending.tune() {
            Ok(()) => Ok(sending),
            Err(error) => Err(CallError::Encoder { start: config.start_bitrate, error }),
        }
    }

    pub(crate) fn format(&self) -> AudioFormat {
        self.format
    }

    pub(crate) fn ssrc(&self) -> Ssrc {
        self.header.ssrc
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn rate(&self) -> &RateControl {
        &self.rate
    }

    /// Sound of the microphone, up to `now`.
    pub(crate) fn push(&mut self, now: Instant, mut pcm: &[f32], outbox: &mut Outbox) {
        while !pcm.is_empty() {
            let (part, rest) = pcm.split_at(pcm.len().min(self.frame_samples - self.frame.len()));
            self.frame.extend_from_slice(part);
            pcm = rest;
            if self.frame.len() == self.frame_samples {
                self.send_frame(outbox);
                self.frame.clear();
            }
        }
        let begun = self.clock_rate.ticks(self.format.duration(self.frame.len()));
        self.taken = Some((now, after(self.header.timestamp, begun)));
    }

    /// Packets that the far side asks for again.
    pub(crate) fn retransmit(
        &mut self,
        now: Instant,
        round_trip: Duration,
        seqs: impl Iterator<Item = Seq>,
        outbox: &mut Outbox,
    ) {
        self.history.set_round_trip(round_trip);
        for seq in seqs {
            if self.allowance == 0 || !self.remembers {
                return;
            }
            let Some(packet) = self.history.find(now, seq) else { continue };
            let copied = outbox.push(Kind::Media, |room| {
                room.get_mut(..packet.len()).map(|room| room.copy_from_slice(packet)).ok_or(())?;
                Ok::<_, ()>(packet.len())
            });
            if copied.is_ok() {
                self.allowance -= 1;
                self.counts.retransmitted += 1;
            }
        }
    }

    /// The far side reports on our stream; the new bitrate, when it changed.
    pub(crate) fn reported(
        &mut self,
        now: Instant,
        block: &ReportBlock,
        round_trip: Option<Duration>,
    ) -> Option<u32> {
        if self.heard.is_some_and(|(highest, _)| highest == block.highest_seq) {
            // A stale block says nothing about what was sent since; `unheard` does.
            return None;
        }
        self.heard = Some((block.highest_seq, now));
        self.adapt(now, block.fraction_lost.share(), round_trip)
    }

    /// Whoever once heard us and reports nothing new any more has lost everything, or its reports are lost; either way
    /// less is safer (RFC 8083, section 4). The new bitrate, when it changed.
    pub(crate) fn unheard(&mut self, now: Instant) -> Option<u32> {
        let (highest, since) = self.heard?;
        if self.counts.packets == self.reported[0] {
            // While we are silent there is nothing new to report: the wait begins when we speak again.
            self.heard = Some((highest, now));
            return None;
        }
        if now.since(since) > UNHEARD { self.adapt(now, 1.0, None) } else { None }
    }

    /// A regular report is written: what is sent from now on belongs to the next.
    pub(crate) fn begin_interval(&mut self) {
        self.reported = [self.counts.packets, self.reported[0]];
    }

    fn adapt(&mut self, now: Instant, lost: f32, round_trip: Option<Duration>) -> Option<u32> {
        let before = self.rate.bitrate();
        self.rate.report(now, lost, round_trip);
        // A codec of fixed rate was accepted as such at the start; any other refusal keeps its old setting.
        let _ = self.tune();
        Some(self.rate.bitrate()).filter(|&bitrate| bitrate != before)
    }

    /// What a sender report says at `now`; `None` when nothing was sent since the report before the last (RFC 3550,
    /// section 6.4).
    pub(crate) fn info(&self, now: Instant, ntp: NtpTime) -> Option<SenderInfo> {
        let (at, timestamp) = self.taken.filter(|_| self.counts.packets > self.reported[1])?;
        Some(SenderInfo {
            ntp,
            timestamp: after(timestamp, self.clock_rate.ticks(now.since(at))),
            packets: self.counts.packets as u32,
            octets: self.counts.payload_bytes as u32,
        })
    }

    /// Passes the bitrate and the expected loss on to the encoder, as far as it can be told.
    fn tune(&mut self) -> Result<(), CodecError> {
        for told in
            [self.encoder.set_bitrate(self.rate.bitrate()), self.encoder.set_expected_loss(self.rate.loss())]
        {
            match told {
                Ok(()) | Err(CodecError::Unsupported) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn send_frame(&mut self, outbox: &mut Outbox) {
        match self.encoder.encode(&self.frame, &mut self.unit) {
            Ok(Encoded::Packet(len)) => self.send_unit(len, outbox),
            Ok(Encoded::Silent) => self.payloader.pause(),
            Err(_) => self.counts.not_encoded += 1,
        }
        let frame = self.clock_rate.ticks(self.format.duration(self.frame_samples));
        self.header.timestamp = after(self.header.timestamp, frame);
    }

    fn send_unit(&mut self, len: usize, outbox: &mut Outbox) {
        let Self { payloader, header, history, counts, allowance, .. } = self;
        let sent =
            payloader.packetize(&self.unit[..len], self.mtu - HEADER, &mut |fragment: Fragment<'_>| {
                let packet = PacketBuilder::new(Header { marker: fragment.marker, ..*header });
                let written =
                    outbox.push(Kind::Media, |room| packet.write(&[fragment.prefix, fragment.body], room));
                let Ok(bytes): Result<&[u8], BuildError> = written else { return };
                // One that is too long to be kept just cannot be sent again.
                let _ = history.insert(header.seq, bytes);
                counts.packets += 1;
                counts.bytes += bytes.len() as u64;
                counts.payload_bytes += (fragment.prefix.len() + fragment.body.len()) as u64;
                *allowance = (*allowance + 1).min(ALLOWANCE);
                header.seq = Seq(header.seq.0.wrapping_add(1));
            });
        counts.not_encoded += u64::from(sent.is_err());
    }
}

/// The timestamp `ticks` later; timestamps wrap.
fn after(timestamp: Timestamp, ticks: u64) -> Timestamp {
    Timestamp(timestamp.0.wrapping_add(ticks as u32))
}
