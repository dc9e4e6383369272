//! Laws of `moim-jitter`.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_jitter::{Copied, Inserted, JitterBuffer, JitterConfig, Pulled};
use moim_media::codec::{Activity, PacketInfo};
use moim_media::{ClockRate, Instant, MediaTime, SeqNo};
use std::collections::HashMap;

const CAPACITY: usize = 32;
/// What the caller wants with every pull.
const STEP: Duration = Duration::from_millis(10);

#[derive(Arbitrary, Debug)]
enum Op {
    /// Goes on as a stream does: `skip` lost, in time.
    Next {
        skip: u8,
        late: u8,
    },
    /// An earlier number once more.
    Again {
        back: u8,
    },
    /// Anything.
    Any {
        seq: u64,
        ticks: u64,
    },
    /// The sender is silent for a while.
    Silent {
        frames: u8,
    },
    /// The next packets have another length and reach of FEC.
    Info {
        units: u8,
        fec: u8,
    },
    /// Time passes and the caller pulls.
    Pull {
        millis: u8,
    },
    /// Time jumps, even back.
    Jump {
        to: u64,
    },
    Ask {
        round_trip: u16,
    },
}

/// What is known of the stream that goes on.
struct Sender {
    seq: u64,
    ticks: u64,
    info: PacketInfo,
}

impl Sender {
    fn time(&self) -> MediaTime {
        MediaTime::new(self.ticks, ClockRate::HZ_48000)
    }

    fn advance(&mut self, frames: u64) {
        self.seq = self.seq.saturating_add(frames);
        self.ticks = self.ticks.saturating_add(frames * ClockRate::HZ_48000.ticks(self.info.duration));
    }
}

/// Whatever is inserted and whenever, a packet is pulled at most once, in increasing order within a stream, with
/// the payload it came with; a caller has its sound after finitely many pulls; and memory is what was agreed.
pub fn ops(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut model = Model::new();
    while !input.is_empty() {
        let Ok(op) = input.arbitrary::<Op>() else { return };
        model.apply(&op);
        assert!(model.buffer.waiting() <= CAPACITY);
    }
    model.drain();
}

struct Model {
    buffer: JitterBuffer,
    sender: Sender,
    now: Instant,
    held: Duration,
    /// Payloads that were accepted, by number.
    accepted: HashMap<SeqNo, [u8; 8]>,
    newest_pulled: Option<SeqNo>,
    serial: u64,
}

impl Model {
    fn new() -> Self {
        let config = JitterConfig { packets: CAPACITY, payload_bytes: 8, ..JitterConfig::default() };
        let info = PacketInfo {
            duration: Duration::from_millis(20),
            activity: Activity::Active,
            fec: Duration::ZERO,
            redundancy: Duration::ZERO,
        };
        Self {
            buffer: JitterBuffer::new(config).expect("a possible configuration"),
            sender: Sender { seq: 1 << 16, ticks: 1 << 32, info },
            now: Instant::from_millis(1_000),
            held: Duration::ZERO,
            accepted: HashMap::new(),
            newest_pulled: None,
            serial: 0,
        }
    }

    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Next { skip, late } => {
                self.sender.advance(u64::from(skip % 8));
                self.now += Duration::from_millis(u64::from(late % 64));
                self.insert(self.sender.seq, self.sender.time());
                self.sender.advance(1);
            }
            Op::Again { back } => {
                let frames = u64::from(back);
                let ticks = frames * ClockRate::HZ_48000.ticks(self.sender.info.duration);
                let time = MediaTime::new(self.sender.ticks.saturating_sub(ticks), ClockRate::HZ_48000);
                self.insert(self.sender.seq.saturating_sub(frames), time);
            }
            Op::Any { seq, ticks } => self.insert(seq, MediaTime::new(ticks, ClockRate::HZ_48000)),
            Op::Silent { frames } => {
                let active = core::mem::replace(&mut self.sender.info.activity, Activity::Silent);
                self.insert(self.sender.seq, self.sender.time());
                self.sender.info.activity = active;
                self.sender.advance(u64::from(frames) + 1);
                self.sender.seq = self.sender.seq.saturating_sub(u64::from(frames));
            }
            Op::Info { units, fec } => {
                let unit = Duration::from_micros(2_500);
                self.sender.info.duration = unit * u32::from(units % 49);
                self.sender.info.fec = unit * u32::from(fec % 49);
            }
            Op::Pull { millis } => {
                self.now += Duration::from_millis(u64::from(millis));
                self.pull();
            }
            // Not to the end of time: there none passes any more.
            Op::Jump { to } => self.now = Instant::from_nanos(to / 4),
            Op::Ask { round_trip } => self.ask(Duration::from_millis(u64::from(round_trip))),
        }
    }

    fn insert(&mut self, seq: u64, time: MediaTime) {
        self.serial += 1;
        let (seq, payload) = (SeqNo::new(seq), self.serial.to_be_bytes());
        match self.buffer.insert(self.now, seq, time, self.sender.info, &payload) {
            Inserted::Accepted => assert!(self.accepted.insert(seq, payload).is_none()),
            Inserted::Restarted => {
                self.accepted.clear();
                self.newest_pulled = None;
                self.accepted.insert(seq, payload);
            }
            Inserted::Duplicate => assert!(self.accepted.contains_key(&seq)),
            Inserted::Late | Inserted::Suspect => {}
            Inserted::TooLong => panic!("the payload is as long as agreed"),
        }
    }

    /// Ten milliseconds of sound.
    fn pull(&mut self) {
        let mut pulls = 0;
        while self.held < STEP {
            pulls += 1;
            // Each pull takes a packet out or makes at least 2.4 ms of sound.
            assert!(pulls <= CAPACITY + 8, "the caller gets no sound");
            let (taken, length) = match self.buffer.pull(self.now, self.held) {
                Pulled::Packet(packet) => (Some((packet.seq, packet.payload.to_vec())), packet.info.duration),
                Pulled::Overdue(packet) => (Some((packet.seq, packet.payload.to_vec())), Duration::ZERO),
                Pulled::Repairable { missing, from, copy } => {
                    assert_eq!(self.accepted.get(&from.seq).map(<[u8; 8]>::as_slice), Some(from.payload));
                    match copy {
                        Copied::InBand => assert!(!from.info.fec.is_zero()),
                        Copied::Deep { offset } => {
                            assert!(missing <= offset && offset <= from.info.redundancy);
                        }
                    }
                    (None, missing)
                }
                Pulled::Missing { missing } => (None, missing),
                Pulled::Silence { lasting } => (None, lasting),
                Pulled::Underrun | Pulled::Idle => (None, STEP),
            };
            if let Some((seq, payload)) = taken {
                assert!(self.newest_pulled.is_none_or(|newest| newest < seq), "in order, and never twice");
                assert_eq!(self.accepted.get(&seq).map(<[u8; 8]>::as_slice), Some(&payload[..]));
                self.newest_pulled = Some(seq);
            } else {
                assert!(length >= Duration::from_micros(2_400), "sound that goes on: {length:?}");
            }
            self.held += length;
        }
        self.held -= STEP;
    }

    fn ask(&mut self, round_trip: Duration) {
        let mut asked = 0;
        while let Some(seq) = self.buffer.poll_retransmit(self.now, round_trip) {
            asked += 1;
            assert!(asked <= 64, "no end of requests");
            assert!(!self.accepted.contains_key(&seq), "asks for what it has");
        }
        let due = self.buffer.retransmit_due();
        assert!(due.is_none_or(|due| due > self.now), "busy: nothing to ask for, but due");
    }

    /// When nothing more comes the buffer runs empty and then idle.
    fn drain(&mut self) {
        for _ in 0..10_000 {
            self.now += STEP;
            self.pull();
            let idle = matches!(self.buffer.pull(self.now, Duration::ZERO), Pulled::Idle);
            if idle && self.buffer.waiting() == 0 {
                return;
            }
        }
        panic!("never idle: {:?}", self.buffer.stats());
    }
}
