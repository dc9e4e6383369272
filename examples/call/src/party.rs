//! A party: a call, what it says, what it hears, and its diary.

use crate::codec;
use crate::source::Source;
use crate::trace::{Arrival, SNAPSHOT_EVERY, SentPacket, Trace};
use anyhow::Result;
use moim_call::{Call, CallConfig, Handled, Kind, Stats, Transmit};
use moim_media::{AudioFormat, Instant};
use moim_netsim::Side;
use moim_rtp::{Packet, PayloadType};
use std::time::Duration;

/// A party takes and gives sound in pieces of this length, as a sound device does.
pub(crate) const TICK: Duration = Duration::from_millis(10);
const TICK_SAMPLES: usize = 480;
/// The first of the dynamic payload types, as both agreed (RFC 3551, section 3).
const PAYLOAD_TYPE: PayloadType = PayloadType::new(96).unwrap();

/// One end of the call, without I/O: who runs it decides whether time and network are real.
#[derive(Debug)]
pub(crate) struct Party {
    call: Call,
    source: Source,
    /// When the call begins: the zero of the diary.
    start: Instant,
    length: Duration,
    /// What the microphone takes up until the next tick.
    mic: [f32; TICK_SAMPLES],
    said: Vec<f32>,
    heard: Vec<f32>,
    trace: Trace,
}

/// What is left of a party when the call is over.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// What its microphone took up, from the beginning of the call on.
    pub(crate) said: Vec<f32>,
    /// What its loudspeaker played, from the beginning of the call on.
    pub(crate) heard: Vec<f32>,
    /// Its diary.
    pub(crate) trace: Trace,
    /// What its call counted.
    pub(crate) stats: Stats,
}

impl Party {
    /// The party at `side`, for a call of this length; `wall_clock` is the Unix time at the epoch of its clock.
    pub(crate) fn new(
        side: Side,
        source: Source,
        seed: u64,
        length: Duration,
        wall_clock: Duration,
    ) -> Result<Self> {
        let (cname, dice) = match side {
            Side::A => ("a@moim", 0),
            Side::B => ("b@moim", 1),
        };
        let config = CallConfig {
            seed: (seed << 1) | dice,
            cname: cname.to_owned(),
            wall_clock,
            ..CallConfig::default()
        };
        let samples = AudioFormat::VOICE.samples(length);
        Ok(Self {
            call: Call::new(config, codec::quick_opus(PAYLOAD_TYPE)?)?,
            source,
            start: Instant::EPOCH,
            length,
            mic: [0.0; TICK_SAMPLES],
            said: Vec::with_capacity(samples),
            heard: Vec::with_capacity(samples),
            trace: Trace::new(length),
        })
    }

    /// The first tick is at this time, not at the epoch.
    pub(crate) fn begin_at(&mut self, start: Instant) {
        self.start = start;
    }

    /// 10 ms have passed: takes what the microphone took up during them, and plays what is to be heard during the
    /// next. Says goodbye when the call has had its length, and returns whether it goes on.
    pub(crate) fn tick(&mut self, now: Instant) -> bool {
        let elapsed = self.elapsed();
        if elapsed >= self.length {
            self.call.leave(now);
            return false;
        }
        if elapsed.as_nanos().is_multiple_of(SNAPSHOT_EVERY.as_nanos()) {
            self.trace.snapshots.push(self.call.stats());
        }
        if !elapsed.is_zero() {
            self.call.push_mic(now, &self.mic);
        }
        let mut speaker = [0.0; TICK_SAMPLES];
        self.call.pull_speaker(now, &mut speaker);
        self.heard.extend_from_slice(&speaker);
        self.source.fill(&mut self.mic);
        self.said.extend_from_slice(&self.mic);
        true
    }

    /// How long the call has lasted, by the sound played.
    pub(crate) fn elapsed(&self) -> Duration {
        AudioFormat::VOICE.duration(self.heard.len())
    }

    pub(crate) fn stats(&self) -> Stats {
        self.call.stats()
    }

    pub(crate) fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        let late_before = self.call.stats().playout.jitter.late;
        let handled = self.call.handle_datagram(now, datagram);
        if handled == Handled::Media
            && let Ok(packet) = Packet::parse(datagram)
        {
            let late = self.call.stats().playout.jitter.late > late_before;
            self.trace.arrived.push(Arrival {
                seq: packet.seq(),
                at: self.since_start(now),
                bytes: datagram.len(),
                late,
            });
        }
        // A demonstration is told of the same events by its diary.
        while self.call.poll_event().is_some() {}
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.call.handle_timeout(now);
    }

    pub(crate) fn poll_transmit(&mut self, now: Instant, into: &mut [u8]) -> Option<Transmit> {
        let transmit = self.call.poll_transmit(into)?;
        if transmit.kind == Kind::Media
            && let Ok(packet) = Packet::parse(&into[..transmit.len])
        {
            self.trace.sent.push(SentPacket {
                seq: packet.seq(),
                at: self.since_start(now),
                bytes: transmit.len,
            });
        }
        Some(transmit)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.call.poll_timeout()
    }

    fn since_start(&self, now: Instant) -> Instant {
        Instant::EPOCH + now.since(self.start)
    }

    pub(crate) fn finish(self) -> Recorded {
        Recorded { said: self.said, heard: self.heard, trace: self.trace, stats: self.call.stats() }
    }
}
