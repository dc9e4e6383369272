//! A sender, a network and a receiver in virtual time, in steps of a millisecond.

use crate::codec::{Format, Is, SIZES, Strict, Units, packets};
use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime, SeqNo, Timestamp};
use moim_netsim::{Jitter, LinkConfig, Loss, Network, Side};
use moim_rtp::Packet;
use moim_video::{Policy, Stats, VideoConfig, VideoPlayout, VideoReceiver};
use std::collections::{HashMap, VecDeque};

/// What goes over the network.
#[derive(Clone, Debug)]
enum Datagram {
    Picture { seq: SeqNo, time: MediaTime, bytes: Vec<u8> },
    Voice,
    Again(SeqNo),
    KeyFrame,
}

/// How to call.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) there: LinkConfig,
    pub(crate) back: LinkConfig,
    pub(crate) seed: u64,
    pub(crate) millis: u64,
    pub(crate) frame_millis: u64,
    pub(crate) bitrate: usize,
    /// One in so many pictures is disposable.
    pub(crate) disposable: Option<u32>,
    pub(crate) marker: bool,
    pub(crate) first_seq: u64,
    pub(crate) first_time: u64,
    pub(crate) video: VideoConfig,
    /// What the receiver is told about the path.
    pub(crate) round_trip: Duration,
    /// The sender does not send the same packet twice within this.
    pub(crate) resend_gap: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            there: LinkConfig::default(),
            back: LinkConfig::default(),
            seed: 1,
            millis: 30_000,
            frame_millis: 33,
            bitrate: 1_500_000,
            disposable: None,
            marker: true,
            first_seq: 1 << 32,
            first_time: 1 << 40,
            video: VideoConfig { size: SIZES[0], ..VideoConfig::default() },
            round_trip: Duration::from_millis(40),
            resend_gap: 15,
        }
    }
}

/// 60 ms ± 30 ms with the order kept, and this loss in bursts of two or three, in both directions.
pub(crate) fn bar(rate: f64) -> Scenario {
    let link = LinkConfig {
        delay: Duration::from_millis(30),
        jitter: Jitter::Uniform { max: Duration::from_millis(60) },
        loss: if rate > 0.0 { Loss::Bursts { rate, shortest: 2, longest: 3 } } else { Loss::None },
        ..LinkConfig::default()
    };
    let round_trip = Duration::from_millis(145);
    Scenario { there: link.clone(), back: link, round_trip, millis: 60_000, ..Scenario::default() }
}

/// A picture that could be seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) at: u64,
    /// From capture to screen.
    pub(crate) took: u64,
    /// After its time.
    pub(crate) late: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) seen: Vec<Seen>,
    pub(crate) sent: u32,
    pub(crate) key_requests: Vec<u64>,
    pub(crate) stats: Stats,
}

impl Outcome {
    pub(crate) fn took(&self, share: f64) -> u64 {
        percentile(self.seen.iter().map(|seen| seen.took), share)
    }

    pub(crate) fn late(&self, share: f64) -> u64 {
        percentile(self.seen.iter().map(|seen| seen.late), share)
    }

    pub(crate) fn share_seen(&self) -> f64 {
        self.seen.len() as f64 / f64::from(self.sent)
    }

    /// The longest time between two pictures.
    pub(crate) fn longest_interval(&self) -> u64 {
        self.seen.windows(2).map(|pair| pair[1].at - pair[0].at).max().unwrap_or(u64::MAX)
    }

    pub(crate) fn summary(&self) -> String {
        format!(
            "seen {:.1} %, took p50 {} p95 {} p99 {}, late p95 {}, longest interval {}, {:?}",
            100.0 * self.share_seen(),
            self.took(0.5),
            self.took(0.95),
            self.took(0.99),
            self.late(0.95),
            self.longest_interval(),
            self.stats
        )
    }
}

fn percentile(values: impl Iterator<Item = u64>, share: f64) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values[((values.len() - 1) as f64 * share) as usize]
}

/// What a test does to the call at each millisecond.
pub(crate) struct Hand<'a> {
    pub(crate) receiver: &'a mut dyn VideoReceiver,
    pub(crate) sender: &'a mut Sender,
    /// Whether the network lets packets through now.
    pub(crate) connected: &'a mut bool,
}

/// The sending side.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) units: Units,
    pub(crate) next_seq: SeqNo,
    pub(crate) time: u64,
    pub(crate) wants_key: bool,
    /// Made and not yet sent, with their time.
    queue: VecDeque<(u64, Datagram)>,
    history: HashMap<u64, (Datagram, Option<u64>)>,
}

impl Scenario {
    pub(crate) fn run(&self) -> Outcome {
        self.run_with(|_, _| ())
    }

    pub(crate) fn run_with(&self, mut hand: impl FnMut(u64, Hand<'_>)) -> Outcome {
        let mut network = Network::new(self.there.clone(), self.back.clone(), self.seed).unwrap();
        let mut receiver =
            VideoPlayout::new(self.video.clone(), Box::new(Format), Strict::default()).unwrap();
        let mut sender = Sender {
            units: Units::default(),
            next_seq: SeqNo::new(self.first_seq),
            time: self.first_time,
            wants_key: true,
            queue: VecDeque::new(),
            history: HashMap::new(),
        };
        let mut outcome = Outcome::default();
        let mut captured = HashMap::new();
        let mut connected = true;
        let start = 1_000;
        for at in start..start + self.millis {
            let now = Instant::from_millis(at);
            hand(
                at - start,
                Hand { receiver: &mut receiver, sender: &mut sender, connected: &mut connected },
            );
            if (at - start) % self.frame_millis == 0 {
                captured.insert(sender.units.next, at);
                self.capture(&mut sender, at);
                outcome.sent += 1;
            }
            sender.time += 90;
            if at % 20 == 0 {
                for side in [Side::A, Side::B] {
                    let _ = network.send(now, side, 120, Datagram::Voice);
                }
            }
            while sender.queue.front().is_some_and(|(due, _)| *due <= at) {
                let Some((_, datagram)) = sender.queue.pop_front() else { break };
                if connected {
                    let _ = network.send(now, Side::A, 1_150, datagram);
                }
            }
            while let Some(arrived) = network.poll(now, Side::A) {
                sender.hear(at, &arrived.payload, self.resend_gap);
            }
            while let Some(arrived) = network.poll(now, Side::B) {
                let Datagram::Picture { seq, time, bytes } = &arrived.payload else { continue };
                let _ = receiver.insert(now, *seq, *time, &Packet::parse(bytes).unwrap());
            }
            let mut last = None;
            while let Some(picture) = receiver.poll_picture(now) {
                let number = u32::from_be_bytes(*picture.access_unit[2..].first_chunk().unwrap());
                let late = now.since(picture.due).as_millis() as u64;
                last = Some(Seen { at, took: at - captured[&number], late });
            }
            outcome.seen.extend(last);
            while let Some(seq) = receiver.poll_retransmit(now, self.round_trip) {
                let _ = network.send(now, Side::B, 60, Datagram::Again(seq));
            }
            if receiver.poll_key_frame_request(now, self.round_trip).is_some() {
                outcome.key_requests.push(at - start);
                let _ = network.send(now, Side::B, 60, Datagram::KeyFrame);
            }
        }
        outcome.stats = receiver.stats();
        outcome
    }

    fn capture(&self, sender: &mut Sender, at: u64) {
        let usual = self.bitrate * self.frame_millis as usize / 8_000;
        let number = sender.units.next;
        let is = match self.disposable {
            _ if core::mem::take(&mut sender.wants_key) => Is::Key,
            Some(every) if number % every == every - 1 => Is::Disposable,
            _ => Is::Delta,
        };
        let len = usual * if is == Is::Key { 4 } else { 1 };
        let unit = sender.units.make(is, len);
        let time = MediaTime::new(sender.time, ClockRate::HZ_90000);
        // Paced at two and a half times the bitrate.
        let spacing = 1_100.0 * 8_000.0 / (2.5 * self.bitrate as f64);
        let mut due = sender.queue.back().map_or(at, |(due, _)| *due.max(&at)) as f64;
        for bytes in packets(&unit, sender.next_seq, Timestamp(time.ticks() as u32), self.marker) {
            let seq = sender.next_seq;
            sender.next_seq = seq.next();
            let datagram = Datagram::Picture { seq, time, bytes };
            sender.history.insert(seq.get(), (datagram.clone(), None));
            sender.queue.push_back((due as u64, datagram));
            due += spacing;
        }
    }
}

impl Sender {
    fn hear(&mut self, at: u64, datagram: &Datagram, resend_gap: u64) {
        match datagram {
            Datagram::KeyFrame => self.wants_key = true,
            Datagram::Again(seq) => {
                let Some((packet, sent)) = self.history.get_mut(&seq.get()) else { return };
                if sent.is_none_or(|sent| sent + resend_gap <= at) {
                    *sent = Some(at);
                    self.queue.push_front((at, packet.clone()));
                }
            }
            Datagram::Picture { .. } | Datagram::Voice => {}
        }
    }
}

/// The same with this policy.
pub(crate) fn with_policy(scenario: Scenario, policy: Policy) -> Scenario {
    let video = VideoConfig { policy, ..scenario.video.clone() };
    Scenario { video, ..scenario }
}
