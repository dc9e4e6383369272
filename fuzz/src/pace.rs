//! Laws of `moim-pace`.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_media::{Instant, Seq};
use moim_pace::{Class, Estimator, EstimatorConfig, PacedQueue, PacerConfig, Popped, Stats};
use std::collections::VecDeque;

const PACKETS: usize = 8;
const MTU: usize = 200;
const FACTOR: f64 = 2.0;
const MAX_AGE: Duration = Duration::from_millis(500);
/// What the queue may save up while nobody polls it, in seconds of the paced rate.
const SAVED: f64 = 0.02;

#[derive(Arbitrary, Debug)]
enum QueueOp {
    Push {
        class: u8,
        len: u8,
    },
    Fail,
    Pop {
        room: u8,
    },
    Wait {
        micros: u32,
    },
    /// Until the queue asks for it.
    UntilDue,
    SetRate {
        kilobits: u16,
    },
    DropPictures,
}

/// Within a class packets leave in order, the most urgent that may leave first, and none is lost without being counted;
/// paced classes stay in their budget, but for one packet; and who pops when it is due gets something.
pub fn queue(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut model = Model::new();
    while !input.is_empty() {
        let Ok(op) = input.arbitrary::<QueueOp>() else { return };
        model.apply(&op);
        model.check();
    }
}

/// A packet as it must come out, and since when it waits.
struct Waiting {
    serial: u64,
    len: usize,
    since: Instant,
}

struct Model {
    queue: PacedQueue,
    lines: [VecDeque<Waiting>; Class::ALL.len()],
    now: Instant,
    serial: u64,
    stats: Stats,
    rate: f64,
    /// Bits that paced classes may still send.
    budget: f64,
}

impl Model {
    fn new() -> Self {
        let rate = 100_000;
        let config =
            PacerConfig { packets: PACKETS, mtu: MTU, rate, factor: FACTOR as f32, max_age: MAX_AGE };
        Self {
            queue: PacedQueue::new(config).expect("a possible configuration"),
            lines: Default::default(),
            now: Instant::from_millis(1_000),
            serial: 0,
            stats: Stats::default(),
            rate: f64::from(rate),
            budget: f64::from(rate) * FACTOR * SAVED,
        }
    }

    fn apply(&mut self, op: &QueueOp) {
        match *op {
            QueueOp::Push { class, len } => self.push(Class::ALL[usize::from(class) % 4], usize::from(len)),
            QueueOp::Fail => assert_eq!(self.queue.push(self.now, Class::Report, |_| Err(7)), Err(7)),
            QueueOp::Pop { room } => {
                self.pop(usize::from(room));
            }
            QueueOp::Wait { micros } => self.pass(Duration::from_micros(u64::from(micros % 1_000_000))),
            QueueOp::UntilDue => self.until_due(),
            QueueOp::SetRate { kilobits } => {
                self.rate = 1_000.0 * f64::from(kilobits);
                self.queue.set_rate(self.now, 1_000 * u32::from(kilobits));
                self.budget = self.budget.min(self.rate * FACTOR * SAVED);
            }
            QueueOp::DropPictures => {
                let pictures = &mut self.lines[Class::Picture as usize];
                assert_eq!(self.queue.drop_pictures(), pictures.len());
                self.stats.cleared += pictures.len() as u64;
                pictures.clear();
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        let most = self.rate * FACTOR * SAVED;
        self.budget = (self.budget + self.rate * FACTOR * time.as_secs_f64()).min(most);
    }

    fn push(&mut self, class: Class, len: usize) {
        let len = len.clamp(8, MTU);
        self.serial += 1;
        let serial = self.serial.to_be_bytes();
        let written = self.queue.push(self.now, class, |room| {
            assert_eq!(room.len(), MTU);
            room[..8].copy_from_slice(&serial);
            Ok::<_, ()>(len)
        });
        assert!(written.is_ok_and(|written| written.len() == len && written[..8] == serial));
        self.stats.pushed += 1;
        self.lines[class as usize].push_back(Waiting { serial: self.serial, len, since: self.now });
        if self.lines.iter().map(VecDeque::len).sum::<usize>() > PACKETS {
            let least = self.lines.iter_mut().rev().find(|line| !line.is_empty()).expect("a full queue");
            least.pop_front();
            self.stats.displaced += 1;
        }
    }

    /// Whether something came out.
    fn pop(&mut self, room: usize) -> bool {
        let mut into = [0; 256];
        let popped = self.queue.pop(self.now, &mut into[..room]);
        for line in &mut self.lines {
            while line.front().is_some_and(|first| self.now.since(first.since) > MAX_AGE) {
                line.pop_front();
                self.stats.expired += 1;
            }
        }
        // Those before it that did not fit were dropped; they spent nothing.
        let before = self.queue.stats().oversized - self.stats.oversized;
        for _ in 0..before {
            let line =
                self.lines.iter_mut().find(|line| !line.is_empty()).expect("what is dropped was there");
            let dropped = line.pop_front().expect("a packet");
            assert!(dropped.len > room, "{} fit into {room}", dropped.len);
            self.stats.oversized += 1;
        }
        let Some(Popped { len, class }) = popped else {
            assert!(self.lines[0].is_empty() && self.lines[1].is_empty(), "urgent packets wait");
            return false;
        };
        let first = self.lines.iter().position(|line| !line.is_empty()).expect("what came out was there");
        assert_eq!(class, Class::ALL[first], "a more urgent one waits");
        let packet = self.lines[first].pop_front().expect("a packet");
        assert_eq!((packet.len, packet.serial.to_be_bytes().as_slice()), (len, &into[..8]));
        self.stats.popped += 1;
        if class >= Class::Repair {
            // A rounding error of a bit is forgiven.
            assert!(self.budget > -1.0, "the budget is exceeded by more than a packet: {}", self.budget);
            self.budget -= 8.0 * len as f64;
        }
        true
    }

    fn until_due(&mut self) {
        let Some(due) = self.queue.due(self.now) else {
            let paced_waits = self.lines.iter().any(|line| !line.is_empty());
            assert!(!paced_waits || self.rate == 0.0, "what waits is never due");
            return;
        };
        let wait = due.since(self.now);
        self.pass(wait);
        let expired = self.stats.expired;
        assert!(self.pop(MTU) || self.stats.expired > expired, "due, but nothing came out");
    }

    fn check(&self) {
        assert_eq!(self.queue.stats(), self.stats);
        assert_eq!(self.queue.waiting(), self.lines.iter().map(VecDeque::len).sum::<usize>());
        let bits = |class: Class| {
            8.0 * self.lines[class as usize].iter().map(|packet| packet.len as f64).sum::<f64>()
        };
        let delay = self.queue.picture_delay();
        if bits(Class::Picture) == 0.0 {
            assert_eq!(delay, Duration::ZERO);
        } else if self.rate > 0.0 {
            let least = (bits(Class::Picture) + bits(Class::Repair)) / (FACTOR * self.rate);
            assert!(delay.as_secs_f64() >= least - 1e-6, "{delay:?} for what takes {least} s");
        }
    }
}

#[derive(Arbitrary, Debug)]
enum EstimatorOp {
    /// Goes on as a sender does, and the far side tells of it `queue` later.
    Stream {
        packets: u8,
        bytes: u16,
        queue: u16,
        lost: u8,
    },
    Sent {
        seq: u16,
        bytes: u32,
    },
    Feedback {
        seq: u16,
        arrivals: Vec<Option<u64>>,
    },
    Report {
        lost: f32,
        round_trip: Option<u64>,
    },
    Wait {
        millis: u16,
    },
    /// Time jumps, even back.
    Jump {
        to: u64,
    },
}

/// Whatever the far side claims, the bitrate stays in its limits, everything told of the path is finite, and the
/// bitrate does not rise while nothing arrives.
pub fn estimator(data: &[u8]) {
    let limits = 20_000..=3_000_000;
    let config = EstimatorConfig { limits: limits.clone(), start: 300_000 };
    let mut estimator = Estimator::new(config).expect("a possible configuration");
    let mut input = Unstructured::new(data);
    let (mut now, mut next) = (Instant::from_millis(1_000), 65_500_u16);
    while !input.is_empty() {
        let Ok(op) = input.arbitrary::<EstimatorOp>() else { return };
        let before = estimator.bitrate();
        match op {
            EstimatorOp::Stream { packets, bytes, queue, lost } => {
                for _ in 0..packets {
                    now += Duration::from_millis(5);
                    estimator.sent(now, Seq(next), usize::from(bytes));
                    let arrival = now.since_epoch() + Duration::from_millis(20 + u64::from(queue));
                    let arrival = Some(arrival).filter(|_| lost == 0 || next % u16::from(lost) > 0);
                    estimator.feedback(now + Duration::from_millis(40), [(Seq(next), arrival)]);
                    next = next.wrapping_add(1);
                }
            }
            EstimatorOp::Sent { seq, bytes } => {
                estimator.sent(now, Seq(seq), bytes as usize);
                assert!(estimator.bitrate() <= before, "sending proves nothing");
            }
            EstimatorOp::Feedback { seq, arrivals } => {
                let nothing = arrivals.iter().all(Option::is_none);
                let arrivals = arrivals.into_iter().map(|arrival| arrival.map(Duration::from_nanos));
                estimator.feedback(now, (0..).map(|offset| Seq(seq.wrapping_add(offset))).zip(arrivals));
                assert!(!nothing || estimator.bitrate() <= before, "loss proves nothing");
            }
            EstimatorOp::Report { lost, round_trip } => {
                estimator.report(now, lost, round_trip.map(Duration::from_nanos));
            }
            EstimatorOp::Wait { millis } => now += Duration::from_millis(u64::from(millis)),
            EstimatorOp::Jump { to } => now = Instant::from_nanos(to),
        }
        assert!(limits.contains(&estimator.bitrate()), "{}", estimator.bitrate());
        assert!((0.0..=1.0).contains(&estimator.loss()), "{}", estimator.loss());
        assert!(estimator.queue_delay() <= Duration::from_nanos(u64::MAX));
    }
}
