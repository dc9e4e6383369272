//! Laws of `moim-jitter`.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_jitter::{Copied, Inserted, JitterBuffer, JitterConfig, Pulled};
use moim_media::codec::{Activity, Content, PacketInfo};
use moim_media::{ClockRate, Instant, MediaTime, SeqNo};
use std::collections::{BTreeMap, HashMap};

const CAPACITY: usize = 32;
/// Payloads are as long as this, in turn.
const LENGTHS: [usize; 5] = [8, 0, 61, 60, 400];
/// Each takes a whole number of these, of which there are so many: now places are short, now room.
const PIECE: usize = 60;
const PIECES: usize = 64;
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
        redundancy: u8,
    },
    /// A copy of an earlier packet, inside of the next.
    Copy {
        back: u8,
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

    /// The numbers of the packet so many frames ago, and one.
    fn before(&self, back: u8) -> (u64, MediaTime) {
        let frames = u64::from(back);
        let ticks = frames * ClockRate::HZ_48000.ticks(self.info.duration);
        let time = MediaTime::new(self.ticks.saturating_sub(ticks), ClockRate::HZ_48000);
        (self.seq.saturating_sub(frames), time)
    }

    fn advance(&mut self, frames: u64) {
        self.seq = self.seq.saturating_add(frames);
        self.ticks = self.ticks.saturating_add(frames * ClockRate::HZ_48000.ticks(self.info.duration));
    }
}

/// Whatever is inserted and whenever: what is pulled is what a map of all that waits would give – the lowest number, once,
/// with the payload it came with, nothing passed over and nothing made up while there is something to play. A caller has
/// its sound after finitely many pulls, and memory is what was agreed: when it is short the oldest go.
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

/// Whether there was a stream when sound was pulled.
#[derive(PartialEq)]
enum Stream {
    Goes,
    Over,
}

struct Model {
    buffer: JitterBuffer,
    sender: Sender,
    now: Instant,
    held: Duration,
    /// Payloads that were accepted, by number.
    accepted: HashMap<SeqNo, Vec<u8>>,
    /// What waits, in order: the slow model of the buffer.
    waiting: BTreeMap<SeqNo, PacketInfo>,
    newest_pulled: Option<SeqNo>,
    serial: u64,
}

impl Model {
    fn new() -> Self {
        let config = JitterConfig {
            packets: CAPACITY,
            payload_bytes: 400,
            bytes: PIECES * PIECE,
            ..JitterConfig::default()
        };
        let info = PacketInfo {
            duration: Duration::from_millis(20),
            activity: Activity::Active,
            content: Content::Speech,
            fec: Duration::ZERO,
            redundancy: Duration::ZERO,
        };
        Self {
            buffer: JitterBuffer::new(config).expect("a possible configuration"),
            sender: Sender { seq: 1 << 16, ticks: 1 << 32, info },
            now: Instant::from_millis(1_000),
            held: Duration::ZERO,
            accepted: HashMap::new(),
            waiting: BTreeMap::new(),
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
                let (seq, time) = self.sender.before(back);
                self.insert(seq, time);
            }
            Op::Copy { back } => {
                let (seq, time) = self.sender.before(back);
                let payload = self.next_payload();
                let seq = SeqNo::new(seq);
                let inserted = self.buffer.insert_copy(self.now, seq, time, self.sender.info, &payload);
                self.inserted(seq, payload, inserted);
            }
            Op::Any { seq, ticks } => self.insert(seq, MediaTime::new(ticks, ClockRate::HZ_48000)),
            Op::Silent { frames } => {
                let active = core::mem::replace(&mut self.sender.info.activity, Activity::Silent);
                self.insert(self.sender.seq, self.sender.time());
                self.sender.info.activity = active;
                self.sender.advance(u64::from(frames) + 1);
                self.sender.seq = self.sender.seq.saturating_sub(u64::from(frames));
            }
            Op::Info { units, fec, redundancy } => {
                let unit = Duration::from_micros(2_500);
                self.sender.info.duration = unit * u32::from(units % 49);
                self.sender.info.fec = unit * u32::from(fec % 49);
                self.sender.info.redundancy = unit * 4 * u32::from(redundancy % 101);
            }
            Op::Pull { millis } => {
                self.now += Duration::from_millis(u64::from(millis));
                let _ = self.pull();
            }
            // Not to the end of time: there none passes any more.
            Op::Jump { to } => self.now = Instant::from_nanos(to / 4),
            Op::Ask { round_trip } => self.ask(Duration::from_millis(u64::from(round_trip))),
        }
    }

    fn insert(&mut self, seq: u64, time: MediaTime) {
        let (seq, payload) = (SeqNo::new(seq), self.next_payload());
        let inserted = self.buffer.insert(self.now, seq, time, self.sender.info, &payload);
        self.inserted(seq, payload, inserted);
    }

    fn next_payload(&mut self) -> Vec<u8> {
        self.serial += 1;
        let length = LENGTHS[self.serial as usize % LENGTHS.len()];
        self.serial.to_be_bytes().into_iter().cycle().take(length).collect()
    }

    /// The packet takes a place, and so much room; the oldest make way.
    fn wait(&mut self, seq: SeqNo, payload: Vec<u8>) {
        self.waiting.retain(|old, _| seq.since(*old) < CAPACITY as u64);
        let pieces = |len: usize| len.div_ceil(PIECE);
        let taken = |model: &Self| -> usize {
            model.waiting.keys().map(|seq| pieces(model.accepted[seq].len())).sum()
        };
        while taken(self) + pieces(payload.len()) > PIECES {
            let (oldest, _) = self.waiting.pop_first().expect("room for the longest");
            assert!(oldest < seq, "what is newer made way");
        }
        assert!(self.accepted.insert(seq, payload).is_none());
        self.waiting.insert(seq, self.sender.info);
    }

    fn inserted(&mut self, seq: SeqNo, payload: Vec<u8>, inserted: Inserted) {
        match inserted {
            Inserted::Accepted => self.wait(seq, payload),
            Inserted::Restarted => {
                self.accepted.clear();
                self.waiting.clear();
                self.newest_pulled = None;
                self.wait(seq, payload);
            }
            Inserted::Duplicate => assert!(self.accepted.contains_key(&seq)),
            Inserted::Late | Inserted::Suspect => {}
            Inserted::TooLong => panic!("the payload is as long as agreed"),
        }
    }

    /// Ten milliseconds of sound.
    fn pull(&mut self) -> Stream {
        let mut pulls = 0;
        let mut stream = Stream::Goes;
        while self.held < STEP {
            pulls += 1;
            // Each pull takes a packet out or makes at least 2.4 ms of sound.
            assert!(pulls <= CAPACITY + 8, "the caller gets no sound");
            let first = self.waiting.keys().next().copied();
            let (taken, length) = match self.buffer.pull(self.now, self.held) {
                Pulled::Packet(packet) => (Some((packet.seq, packet.payload.to_vec())), packet.info.duration),
                Pulled::Overdue(packet) => (Some((packet.seq, packet.payload.to_vec())), Duration::ZERO),
                Pulled::Repairable { missing, from, copy } => {
                    assert_eq!(self.accepted.get(&from.seq).map(Vec::as_slice), Some(from.payload));
                    assert_eq!(self.waiting.get(&from.seq), Some(&from.info));
                    match copy {
                        Copied::InBand => assert_eq!(first, Some(from.seq)),
                        Copied::Deep { offset } => {
                            assert!(missing <= offset && offset <= from.info.redundancy);
                        }
                    }
                    (None, missing)
                }
                Pulled::Missing { missing } => {
                    assert!(first.is_some(), "a gap has an end");
                    (None, missing)
                }
                Pulled::Silence { lasting } => (None, lasting),
                Pulled::Underrun => {
                    assert_eq!(first, None, "made up, while there is something to play");
                    (None, STEP)
                }
                Pulled::Idle => {
                    stream = Stream::Over;
                    (None, STEP)
                }
            };
            if let Some((seq, payload)) = taken {
                assert!(self.newest_pulled.is_none_or(|newest| newest < seq), "in order, and never twice");
                assert_eq!(Some(seq), first, "the first of those that wait");
                self.waiting.remove(&seq);
                assert_eq!(self.accepted.get(&seq), Some(&payload));
                self.newest_pulled = Some(seq);
            } else {
                assert!(length >= Duration::from_micros(2_400), "sound that goes on: {length:?}");
            }
            self.held += length;
        }
        self.held -= STEP;
        assert_eq!(self.buffer.waiting(), self.waiting.len());
        stream
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
            if self.pull() == Stream::Over && self.waiting.is_empty() {
                return;
            }
        }
        panic!("never idle: {:?}", self.buffer.stats());
    }
}
