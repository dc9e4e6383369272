//! A toy sender of voice and pictures on a path of netsim, and what became of its pictures.

use core::ops::Range;
use core::time::Duration;
use moim_media::{Instant, Seq};
use moim_netsim::{Link, LinkConfig};
use moim_pace::{Admission, Class, Estimator, EstimatorConfig, FrameGate, PacedQueue, PacerConfig, split};

const STEP: Duration = Duration::from_millis(1);
const MTU: usize = 1_200;
/// Of a packet with 20 ms of voice.
const VOICE_BYTES: usize = 120;
/// Bits per second of it, headers included.
const VOICE: u32 = 59_200;
/// IP and UDP.
const OVERHEAD: usize = 28;

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content {
    /// The most bits per second that the pictures take.
    pub(crate) pictures: u32,
    /// Pictures per key frame; each key frame is four times as large as the others.
    pub(crate) keys: u64,
}

/// How a picture fared.
#[derive(Clone, Copy, Debug)]
struct Shown {
    captured: Instant,
    /// From the camera to its last packet that arrived, over the delay of the path without a queue.
    queued: Duration,
}

/// What is known at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) at: Instant,
    pub(crate) bitrate: u32,
}

/// Packets as they travel: their number, and the picture they belong to.
#[derive(Clone, Copy, Debug)]
struct Packet {
    seq: Seq,
    frame: Option<u64>,
    pushed: Instant,
}

pub(crate) struct Sender {
    now: Instant,
    content: Content,
    pub(crate) estimator: Estimator,
    queue: PacedQueue,
    gate: FrameGate,
    there: Link<Packet>,
    back: Link<Vec<(Seq, Option<Duration>)>>,
    path: Duration,
    next_seq: u16,
    next_ask: Option<u16>,
    arrivals: Vec<(Seq, Duration)>,
    frames: Vec<Shown>,
    voice_delay: Vec<(Instant, Duration)>,
    pub(crate) samples: Vec<Sample>,
    /// Feedback is lost between these.
    pub(crate) deaf: Range<Instant>,
    /// Of the receiver's clock, against ours.
    pub(crate) drift_ppm: i64,
    /// From one feedback to the next, in milliseconds.
    pub(crate) feedback: u64,
    /// Bytes of another sender that enters the path each 20 ms.
    pub(crate) rival: usize,
    dice: u64,
}

impl Sender {
    pub(crate) fn new(there: LinkConfig, back: LinkConfig, content: Content) -> Self {
        let estimator = Estimator::new(EstimatorConfig::default()).unwrap();
        Self {
            now: Instant::from_millis(1_000),
            content,
            estimator,
            queue: PacedQueue::new(PacerConfig::default()).unwrap(),
            gate: FrameGate::new(30.0),
            path: there.delay,
            there: Link::new(there, 7).unwrap(),
            back: Link::new(back, 8).unwrap(),
            next_seq: 65_000,
            next_ask: None,
            arrivals: Vec::new(),
            frames: Vec::new(),
            voice_delay: Vec::new(),
            samples: Vec::new(),
            deaf: Instant::MAX..Instant::MAX,
            drift_ppm: 0,
            feedback: 50,
            rival: 0,
            dice: 1,
        }
    }

    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step();
            self.now += STEP;
        }
    }

    fn step(&mut self) {
        let milli = self.now.as_nanos() / 1_000_000;
        if milli.is_multiple_of(20) {
            self.push(Class::Voice, VOICE_BYTES, None);
            if self.rival > 0 {
                let packet = Packet { seq: Seq(0), frame: None, pushed: Instant::MAX };
                let _ = self.there.send(self.now, self.rival, packet);
            }
        }
        // 30 pictures a second.
        if milli * 3 % 100 < 3 && self.content.pictures > 0 {
            self.push_picture();
        }
        self.transmit();
        self.receive(milli);
        while let Some(feedback) = self.back.poll(self.now) {
            if !self.deaf.contains(&self.now) {
                self.estimator.feedback(self.now, feedback.payload);
            }
        }
        self.queue.set_rate(self.now, self.estimator.bitrate());
        self.samples.push(Sample { at: self.now, bitrate: self.estimator.bitrate() });
    }

    fn push_picture(&mut self) {
        let bitrate = split(self.estimator.bitrate(), VOICE..=VOICE, 20_000..=self.content.pictures).picture;
        let Some(bitrate) = bitrate else { return };
        if self.gate.admit(self.now, self.queue.picture_delay()) != Admission::Encode {
            return;
        }
        let frame = self.frames.len() as u64;
        self.frames.push(Shown { captured: self.now, queued: Duration::MAX });
        // Key frames weigh four, and the others give way for them.
        let weight = if frame.is_multiple_of(self.content.keys) { 4.0 } else { 1.0 };
        let keys = self.content.keys as f64;
        let mean = f64::from(bitrate) / 8.0 / 30.0 * keys / (keys + 3.0);
        let mut left = (mean * weight * (0.75 + 0.5 * self.roll())) as usize;
        // Headers are part of the bitrate.
        while left > 0 {
            let bytes = left.clamp(60, MTU);
            self.push(Class::Picture, bytes, Some(frame));
            left = left.saturating_sub(bytes + OVERHEAD);
        }
    }

    fn push(&mut self, class: Class, bytes: usize, frame: Option<u64>) {
        let now = self.now;
        let pushed = self.queue.push(now, class, |room| {
            room[..8].copy_from_slice(&frame.unwrap_or(u64::MAX).to_be_bytes());
            room[8..16].copy_from_slice(&now.as_nanos().to_be_bytes());
            Ok::<_, ()>(bytes)
        });
        assert!(pushed.is_ok());
    }

    fn transmit(&mut self) {
        let mut into = [0; MTU];
        while let Some(popped) = self.queue.pop(self.now, &mut into) {
            let number = |at: usize| u64::from_be_bytes(into[at..at + 8].try_into().unwrap());
            let frame = Some(number(0)).filter(|&frame| frame != u64::MAX);
            let (seq, bytes) = (Seq(self.next_seq), popped.len + OVERHEAD);
            self.next_seq = self.next_seq.wrapping_add(1);
            self.estimator.sent(self.now, seq, bytes);
            let _ = self.there.send(
                self.now,
                bytes,
                Packet { seq, frame, pushed: Instant::from_nanos(number(8)) },
            );
        }
    }

    fn receive(&mut self, milli: u64) {
        while let Some(arrived) = self.there.poll(self.now) {
            let Packet { seq, frame, pushed } = arrived.payload;
            if pushed == Instant::MAX {
                continue;
            }
            let queued = arrived.due.since(pushed).saturating_sub(self.path);
            if let Some(frame) = frame {
                self.frames[frame as usize].queued = queued;
            } else {
                self.voice_delay.push((pushed, queued));
            }
            // A clock of its own, in ticks of 250 µs.
            let nanos = arrived.due.as_nanos() as i64;
            let nanos = nanos + nanos / 1_000_000 * self.drift_ppm + 1_234_567_890_123;
            self.arrivals.push((seq, Duration::from_micros(nanos as u64 / 250_000 * 250)));
        }
        if milli.is_multiple_of(self.feedback) && !self.arrivals.is_empty() {
            let newest = self.arrivals.last().unwrap().0.0;
            let first = self.next_ask.unwrap_or(self.arrivals[0].0.0);
            let count = newest.wrapping_sub(first).wrapping_add(1);
            let feedback: Vec<_> = (0..if count < 30_000 { count } else { 0 })
                .map(|offset| Seq(first.wrapping_add(offset)))
                .map(|seq| (seq, self.arrivals.iter().find(|known| known.0 == seq).map(|known| known.1)))
                .collect();
            self.next_ask = Some(newest.wrapping_add(1));
            self.arrivals.clear();
            let _ = self.back.send(self.now, 100, feedback);
        }
    }

    fn roll(&mut self) -> f64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) as f64 / (1_u64 << 31) as f64
    }

    /// Mean, least and greatest bitrate between two times, in kbit/s.
    pub(crate) fn kilobits(&self, seconds: Range<u64>) -> [f64; 3] {
        let window = instants(seconds);
        let rates = self.samples.iter().filter(|sample| window.contains(&sample.at));
        let (count, sum, least, most) =
            rates.fold((0.0, 0.0, f64::MAX, 0.0_f64), |(count, sum, least, most), sample| {
                let rate = f64::from(sample.bitrate) / 1_000.0;
                (count + 1.0, sum + rate, least.min(rate), most.max(rate))
            });
        [sum / count, least, most]
    }

    /// How long the pictures of this time waited, in the pacer and on the path, of which anything arrived: median, 95th
    /// percentile and longest, in milliseconds.
    pub(crate) fn queued_millis(&self, seconds: Range<u64>) -> [u128; 3] {
        let window = instants(seconds);
        let shown = |shown: &&Shown| window.contains(&shown.captured) && shown.queued != Duration::MAX;
        let mut queued: Vec<_> =
            self.frames.iter().filter(shown).map(|shown| shown.queued.as_millis()).collect();
        queued.sort_unstable();
        [queued.len() / 2, queued.len() * 95 / 100, queued.len() - 1].map(|rank| queued[rank])
    }

    /// The longest that voice waited.
    pub(crate) fn voice_millis(&self, seconds: Range<u64>) -> u128 {
        let window = instants(seconds);
        let waits = self.voice_delay.iter().filter(|(pushed, _)| window.contains(pushed));
        waits.map(|(_, queued)| queued.as_millis()).max().unwrap()
    }
}

fn instants(seconds: Range<u64>) -> Range<Instant> {
    Instant::from_millis(1_000 * seconds.start)..Instant::from_millis(1_000 * seconds.end)
}
