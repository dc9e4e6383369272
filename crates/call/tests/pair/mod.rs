//! Two calls, one network, one clock that only the test advances.

#![allow(dead_code, reason = "each test file uses its own part")]

use core::time::Duration;
use moim_call::{Call, CallConfig, Event, Format, Kind};
use moim_media::{AudioFormat, Instant};
use moim_netsim::{LinkConfig, Network, Side};
use moim_playout::{PlayoutConfig, Produced};
use moim_rtp::PayloadType;
use moim_rtp::payload::opus::{OpusDepayloader, OpusPayloader};
use moim_testkit::fake::{FakeConfig, FakeDecoder, FakeEncoder};

pub(crate) const TICK: Duration = Duration::from_millis(10);
const HEADERS: usize = 28;

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
    Party {
        call: Call::new(config, format(playout)).expect("a call"),
        events: Vec::with_capacity(4_096),
        produced: Vec::with_capacity(65_536),
        speaks: 0.25,
        muted: false,
        media_sent: 0,
        reports_sent: 0,
    }
}

impl Pair {
    pub(crate) fn over(link: LinkConfig, seed: u64) -> Self {
        Self {
            a: party(1),
            b: party(2),
            network: Network::new(link.clone(), link, seed).expect("a network"),
            now: Instant::from_millis(1_000),
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
            let next = [self.network.poll_timeout(), self.a.call.poll_timeout(), self.b.call.poll_timeout()];
            let next = next.into_iter().flatten().min().unwrap_or(tick).min(tick).min(end);
            self.now = next.max(self.now + Duration::from_micros(50));
        }
    }

    /// Sends what waits and delivers what is due.
    pub(crate) fn exchange(&mut self) {
        let mut datagram = Datagram { bytes: [0; 1_500], len: 0 };
        for (party, side) in [(&mut self.a, Side::A), (&mut self.b, Side::B)] {
            party.call.handle_timeout(self.now);
            while let Some(transmit) = party.call.poll_transmit(&mut datagram.bytes) {
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
