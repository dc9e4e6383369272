//! Two calls, one network, one clock that only the test advances.

#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod camera;

use camera::{Camera, Shown};
use core::time::Duration;
use moim_call::{Call, CallConfig, Event, Format, Kind};
use moim_media::{AudioFormat, Instant, VideoSize};
use moim_netsim::{LinkConfig, Network, Side};
use moim_playout::{PlayoutConfig, Produced};
use moim_rtp::payload::opus::{OpusDepayloader, OpusPayloader};
use moim_rtp::{ExtensionId, PayloadType};
use moim_testkit::fake::{FakeConfig, FakeDecoder, FakeEncoder};
use moim_video::VideoConfig;

pub(crate) const TICK: Duration = Duration::from_millis(10);
const HEADERS: usize = 28;
const START: Instant = Instant::from_millis(1_000);

pub(crate) struct Datagram {
    bytes: [u8; 1_500],
    len: usize,
}

impl Clone for Datagram {
    fn clone(&self) -> Self {
        Self { bytes: self.bytes, len: self.len }
    }
}

pub(crate) struct Party {
    pub(crate) call: Call,
    pub(crate) events: Vec<Event>,
    pub(crate) produced: Vec<Produced>,
    pub(crate) speaks: f32,
    pub(crate) muted: bool,
    pub(crate) camera: Option<Camera>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) media_sent: u64,
    pub(crate) reports_sent: u64,
}

pub(crate) struct Pair {
    pub(crate) a: Party,
    pub(crate) b: Party,
    pub(crate) network: Network<Datagram>,
    pub(crate) now: Instant,
    pub(crate) speaker: Vec<f32>,
}

pub(crate) fn format(playout: PlayoutConfig) -> Format {
    let encoder = FakeEncoder::new(FakeConfig::default()).expect("a fake encoder");
    Format::new(
        PayloadType::new(111).expect("seven bits"),
        "opus/48000/2".parse().expect("an rtpmap"),
        (Box::new(OpusPayloader::new()), Box::new(OpusDepayloader)),
        Box::new(encoder),
        FakeDecoder::new(AudioFormat::VOICE),
        playout,
    )
    .expect("a format")
}

pub(crate) fn party(seed: u64) -> Party {
    party_that_plays(seed, PlayoutConfig::default())
}

pub(crate) fn party_that_plays(seed: u64, playout: PlayoutConfig) -> Party {
    let config = CallConfig { seed, cname: format!("party-{seed}"), ..CallConfig::default() };
    Party::new(Call::new(config, format(playout)).expect("a call"))
}

/// A party with a camera, that numbers its packets for feedback.
pub(crate) fn party_with_camera(config: CallConfig, video: VideoConfig, size: VideoSize) -> Party {
    let config =
        CallConfig { cname: format!("party-{}", config.seed), transport_seq: ExtensionId::new(3), ..config };
    let call = Call::with_picture(config, format(PlayoutConfig::default()), camera::format(video));
    Party { camera: Some(Camera::new(size, START)), ..Party::new(call.expect("a call")) }
}

impl Party {
    fn new(call: Call) -> Self {
        Self {
            call,
            events: Vec::with_capacity(4_096),
            produced: Vec::with_capacity(65_536),
            speaks: 0.25,
            muted: false,
            camera: None,
            shown: Vec::with_capacity(8_192),
            media_sent: 0,
            reports_sent: 0,
        }
    }

    /// Takes the picture that is due, and shows those that are.
    fn look(&mut self, now: Instant) {
        if let Some(camera) = self.camera.as_mut().filter(|camera| camera.due() <= now) {
            let frame = camera.take(now);
            self.call.push_camera(now, &frame);
        }
        while let Some(picture) = self.call.poll_picture(now) {
            self.shown.push(Shown::new(&picture.frame, now));
        }
    }

    fn due(&self) -> Option<Instant> {
        let camera = self.camera.as_ref().map(Camera::due);
        [self.call.poll_timeout(), self.call.picture_due(), camera].into_iter().flatten().min()
    }
}

impl Pair {
    pub(crate) fn over(link: LinkConfig, seed: u64) -> Self {
        Self {
            a: party(1),
            b: party(2),
            network: Network::new(link.clone(), link, seed).expect("a network"),
            now: START,
            speaker: vec![0.0; AudioFormat::VOICE.samples(TICK)],
        }
    }

    /// Lets `time` pass; both speak and listen every 10 ms, and the network delivers in between.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        let mut tick = self.now;
        while self.now < end {
            if self.now >= tick {
                tick = self.now + TICK;
                for party in [&mut self.a, &mut self.b] {
                    if !party.muted {
                        party.call.push_mic(self.now, &[party.speaks; 480]);
                    }
                    let produced = party.call.pull_speaker(self.now, &mut self.speaker);
                    assert!(self.speaker.iter().all(|sample| sample.is_finite()));
                    if party.produced.len() < party.produced.capacity() {
                        party.produced.push(produced);
                    }
                }
            }
            self.exchange();
            let next = [self.network.poll_timeout(), self.a.due(), self.b.due()];
            let next = next.into_iter().flatten().min().unwrap_or(tick).min(tick).min(end);
            self.now = next.max(self.now + Duration::from_micros(50));
        }
    }

    /// Sends what waits and delivers what is due.
    pub(crate) fn exchange(&mut self) {
        let mut datagram = Datagram { bytes: [0; 1_500], len: 0 };
        for (party, side) in [(&mut self.a, Side::A), (&mut self.b, Side::B)] {
            party.look(self.now);
            party.call.handle_timeout(self.now);
            while let Some(transmit) = party.call.poll_transmit(self.now, &mut datagram.bytes) {
                datagram.len = transmit.len;
                match transmit.kind {
                    Kind::Media => party.media_sent += 1,
                    Kind::Report => party.reports_sent += 1,
                }
                let _ = self.network.send(self.now, side, transmit.len + HEADERS, datagram.clone());
            }
        }
        for (party, to) in [(&mut self.a, Side::A), (&mut self.b, Side::B)] {
            while let Some(delivery) = self.network.poll(self.now, to) {
                let datagram = delivery.payload;
                party.call.handle_datagram(self.now, &datagram.bytes[..datagram.len]);
            }
            while let Some(event) = party.call.poll_event() {
                party.events.push(event);
            }
        }
    }
}
