//! Ten seconds of speech as they come out of a network, again and again.

use core::time::Duration;
use moim_media::codec::{AudioEncoder, Encoded};
use moim_media::{ClockRate, Instant, MediaTime, SeqNo};
use moim_netsim::{Jitter, Link, LinkConfig, Loss};
use moim_testkit::talker::Talker;

/// Frames of 20 ms in one round of the recording: ten seconds.
const FRAMES: u64 = 500;
pub(crate) const FRAME: Duration = Duration::from_millis(20);
pub(crate) const STEP: Duration = Duration::from_millis(10);

pub(crate) fn networks() -> [(&'static str, LinkConfig); 2] {
    let clean = LinkConfig { delay: Duration::from_millis(40), ..LinkConfig::default() };
    let loss = Loss::random(0.05);
    let jitter = Jitter::Gamma { mean: FRAME, deviation: FRAME };
    [("clean", clean.clone()), ("lossy", LinkConfig { loss, jitter, ..clean })]
}

/// A packet of the recording: which, of what frame, and when it comes.
struct Arrival {
    number: u64,
    frame: u64,
    due: Instant,
    payload: Vec<u8>,
}

/// What came out of a network.
pub(crate) struct Recording {
    arrivals: Vec<Arrival>,
    /// How many were sent.
    sent: u64,
}

/// A packet that comes now.
pub(crate) struct Arrived<'a> {
    pub(crate) at: Instant,
    pub(crate) seq: SeqNo,
    pub(crate) time: MediaTime,
    pub(crate) payload: &'a [u8],
}

impl Recording {
    /// Ten seconds of talk.
    pub(crate) fn new(encoder: impl AudioEncoder, network: LinkConfig) -> Self {
        Self::of_talk(FRAMES, encoder, network)
    }

    /// So many frames of talk, then a quiet room for the rest of the ten seconds.
    pub(crate) fn of_talk(frames: u64, mut encoder: impl AudioEncoder, network: LinkConfig) -> Self {
        let mut link = Link::new(network, 1).expect("a network");
        let mut talker = Talker::new(2, ClockRate::HZ_48000);
        let (mut pcm, mut packet) = ([0.0; 960], [0; 1_500]);
        let (mut sent, mut noise) = (0, 1_u32);
        for frame in 0..FRAMES {
            if frame < frames {
                talker.fill(&mut pcm);
            } else {
                pcm.fill_with(|| {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    // 75 dB below full scale.
                    3e-4 * ((noise >> 8) as f32 / (1 << 23) as f32 - 1.0)
                });
            }
            if let Encoded::Packet(len) = encoder.encode(&pcm, &mut packet).expect("a frame") {
                let _ = link.send(
                    Instant::EPOCH + FRAME * frame as u32,
                    len,
                    (sent, frame, packet[..len].to_vec()),
                );
                sent += 1;
            }
        }
        let arrivals = std::iter::from_fn(|| link.poll(Instant::MAX))
            .map(|arrived| {
                let (number, frame, payload) = arrived.payload;
                Arrival { number, frame, due: arrived.due, payload }
            })
            .collect();
        Self { arrivals, sent }
    }

    /// Someone who comes in after this share of the recording.
    pub(crate) fn listen_from(&self, share: f64) -> Listener<'_> {
        let next = (self.arrivals.len() as f64 * share) as usize % self.arrivals.len();
        Listener { recording: self, next, round: 0, now: self.arrivals[next].due }
    }
}

/// Whom the packets reach, each when it is due.
pub(crate) struct Listener<'a> {
    recording: &'a Recording,
    next: usize,
    round: u64,
    now: Instant,
}

impl Listener<'_> {
    /// Lets 10 ms pass and hands over what came in them.
    pub(crate) fn step(&mut self, mut arrived: impl FnMut(Arrived<'_>)) -> Instant {
        self.now += STEP;
        loop {
            let arrival = &self.recording.arrivals[self.next];
            let at = arrival.due + FRAME * (self.round * FRAMES) as u32;
            if at > self.now {
                return self.now;
            }
            let seq = SeqNo::new(arrival.number + self.round * self.recording.sent);
            let time = MediaTime::new((arrival.frame + self.round * FRAMES) * 960, ClockRate::HZ_48000);
            arrived(Arrived { at, seq, time, payload: &arrival.payload });
            self.next += 1;
            if self.next == self.recording.arrivals.len() {
                self.next = 0;
                self.round += 1;
            }
        }
    }
}
