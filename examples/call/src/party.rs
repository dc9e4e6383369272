//! A party: a call, what it says, what it hears, and its diary.

use crate::camera::Camera;
use crate::codec;
use crate::eye::Eye;
use crate::source::Source;
use crate::trace::{Arrival, SNAPSHOT_EVERY, SentPacket, Trace};
use anyhow::Result;
use moim_call::{Call, CallConfig, Handled, Kind, Medium, Stats, Transmit};
use moim_media::{AudioFormat, Instant};
use moim_netsim::Side;
use moim_rtp::{ExtensionId, Packet, PayloadType};
use std::path::PathBuf;
use std::time::Duration;

/// A party takes and gives sound in pieces of this length, as a sound device does.
pub(crate) const TICK: Duration = Duration::from_millis(10);
const TICK_SAMPLES: usize = 480;
/// The first of the dynamic payload types, as both agreed (RFC 3551, section 3).
const PAYLOAD_TYPE: PayloadType = PayloadType::new(96).unwrap();
/// Of the picture, and of its packets that are sent again.
const PICTURE: PayloadType = PayloadType::new(97).unwrap();
const PICTURE_AGAIN: PayloadType = PayloadType::new(98).unwrap();
/// The header extension that numbers all packets.
const TRANSPORT_SEQ: Option<ExtensionId> = ExtensionId::new(3);

/// One end of the call, without I/O: who runs it decides whether time and network are real.
#[derive(Debug)]
pub(crate) struct Party {
    call: Call,
    source: Source,
    /// Without one it is a call of voices.
    eye: Option<Eye>,
    /// What went wrong with camera or recording: told when the party is asked for its end.
    trouble: Option<anyhow::Error>,
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
    /// What it showed its pictures with, if it did.
    pub(crate) camera: Option<Camera>,
}

/// What a party brings along.
#[derive(Debug)]
pub(crate) struct Baggage {
    pub(crate) seed: u64,
    pub(crate) length: Duration,
    /// The Unix time at the epoch of the clock.
    pub(crate) wall_clock: Duration,
    pub(crate) source: Source,
    pub(crate) camera: Option<CameraAndFiles>,
}

/// A camera, and where the recordings of what it shows and of what is seen go.
#[derive(Debug)]
pub(crate) struct CameraAndFiles {
    pub(crate) camera: Camera,
    /// The most bits per second of picture.
    pub(crate) most: u32,
    pub(crate) shown: PathBuf,
    pub(crate) seen: PathBuf,
}

impl Party {
    /// The party at `side`.
    pub(crate) fn new(side: Side, baggage: Baggage) -> Result<Self> {
        let (cname, dice) = match side {
            Side::A => ("a@moim", 0),
            Side::B => ("b@moim", 1),
        };
        let Baggage { seed, length, wall_clock, source, camera } = baggage;
        let config = CallConfig {
            seed: (seed << 1) | dice,
            cname: cname.to_owned(),
            wall_clock,
            ..CallConfig::default()
        };
        let voice = codec::quick_opus(PAYLOAD_TYPE)?;
        let (call, eye) = match camera {
            None => (Call::new(config, voice)?, None),
            Some(CameraAndFiles { camera, most, shown, seen }) => {
                let (size, frame_rate) = (camera.size(), camera.frame_rate());
                let (format, coded) = codec::h264(PICTURE, PICTURE_AGAIN, size, frame_rate)?;
                let least = *config.picture_bitrate.start();
                let config = CallConfig {
                    transport_seq: TRANSPORT_SEQ,
                    frame_rate,
                    picture_bitrate: least.min(most)..=most,
                    start_picture_bitrate: config.start_picture_bitrate.min(most),
                    ..config
                };
                let call = Call::with_picture(config, voice, format)?;
                (call, Some(Eye::new(camera, coded, &shown, &seen)?))
            }
        };
        let samples = AudioFormat::VOICE.samples(length);
        Ok(Self {
            call,
            source,
            eye,
            trouble: None,
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
        if elapsed >= self.length || self.trouble.is_some() {
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
        if let Some(eye) = &mut self.eye {
            let listened = eye.listen(&self.mic, &speaker);
            self.trouble = self.trouble.take().or(listened.err());
        }
        self.look(now);
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
            && packet.payload_type() == PAYLOAD_TYPE
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
        self.look(now);
        self.call.handle_timeout(now);
    }

    /// Takes and shows the pictures that are due.
    fn look(&mut self, now: Instant) {
        if let Some(eye) = self.eye.as_mut().filter(|_| self.trouble.is_none()) {
            self.trouble = eye.look(now, self.start, &mut self.call).err();
        }
    }

    pub(crate) fn poll_transmit(&mut self, now: Instant, into: &mut [u8]) -> Option<Transmit> {
        let transmit = self.call.poll_transmit(now, into)?;
        if (transmit.kind, transmit.medium) == (Kind::Media, Medium::Voice)
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
        let eye = self.eye.as_ref().filter(|_| self.trouble.is_none());
        let eye = eye.map(|eye| eye.due(&self.call, self.start));
        [self.call.poll_timeout(), eye].into_iter().flatten().min()
    }

    fn since_start(&self, now: Instant) -> Instant {
        Instant::EPOCH + now.since(self.start)
    }

    /// What is left of it.
    ///
    /// # Errors
    ///
    /// Whatever went wrong with camera or recording on the way.
    pub(crate) fn finish(self) -> Result<Recorded> {
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        let lasted = AudioFormat::VOICE.duration(self.heard.len());
        let camera = self.eye.map(|eye| eye.finish(lasted)).transpose()?;
        let stats = self.call.stats();
        Ok(Recorded { said: self.said, heard: self.heard, trace: self.trace, stats, camera })
    }
}
