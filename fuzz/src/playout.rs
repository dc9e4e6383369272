//! Laws of `moim-playout`.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_media::codec::{AudioEncoder, Encoded};
use moim_media::{AudioFormat, ClockRate, Instant, MediaTime, SeqNo};
use moim_playout::{JitterConfig, Playout, PlayoutConfig};
use moim_testkit::fake::{FakeConfig, FakeDecoder, FakeEncoder, Played};

#[derive(Arbitrary, Debug)]
enum Op<'a> {
    /// The next frame is encoded, and comes `late` ms after it was.
    Frame { late: u8, level: i16 },
    /// The next frame is encoded and lost.
    Lose { frames: u8 },
    /// The speaker is silent; with discontinuous transmission most of it is not sent.
    Silent { frames: u8 },
    /// A whole packet, of other numbers.
    Stray { seq: u64, ticks: u64 },
    /// Whatever comes over the wire.
    Garbage { ahead: u8, payload: &'a [u8] },
    /// Time passes, and the loudspeaker wants sound.
    Pull { steps: u8 },
    /// An odd amount of it.
    PullAny { samples: u16 },
    /// Time jumps, even back.
    Jump { to: u64 },
}

/// What may still be waited for when all has been calm for a while: the greatest delay that is aimed at, and a margin.
const LONGEST_LAG: Duration = Duration::from_millis(700);
/// How long that while is.
const CALM: Duration = Duration::from_secs(6);

/// Whatever comes and whenever, a pull fills its slice with finite sound no louder than the decoder made it, and hears
/// no frame twice; and when all is calm again the receiver is back with the sender within seconds.
pub fn ops(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let (Ok(shape), Ok(units)) = (input.arbitrary::<u8>(), input.arbitrary::<u8>()) else { return };
    let rate = [8_000, 16_000, 44_100, 48_000][usize::from(shape % 4)];
    let format =
        AudioFormat::new(ClockRate::new(rate).expect("a rate"), 1 + shape / 4 % 2).expect("a format");
    let codec = FakeConfig {
        format,
        frame: Duration::from_micros(2_500) * u32::from(units % 48 + 1),
        fec: shape & 16 != 0,
        dtx: shape & 32 != 0,
        redundancy: usize::from(shape >> 6),
    };
    let mut call = Call::new(codec);
    while !input.is_empty() {
        let Ok(op) = input.arbitrary::<Op<'_>>() else { break };
        call.apply(&op);
    }
    call.calm_down();
}

struct Call {
    playout: Playout<FakeDecoder>,
    encoder: FakeEncoder,
    format: AudioFormat,
    now: Instant,
    seq: u64,
    ticks: u64,
    /// Something other than the encoder's own packets in their own order has been inserted.
    disturbed: bool,
}

impl Call {
    fn new(codec: FakeConfig) -> Self {
        let jitter =
            JitterConfig { packets: 64, payload_bytes: 256, bytes: 2_048, ..JitterConfig::default() };
        let format = codec.format;
        Self {
            playout: Playout::new(PlayoutConfig { jitter }, FakeDecoder::new(format)).expect("possible"),
            encoder: FakeEncoder::new(codec).expect("possible"),
            format,
            now: Instant::from_millis(1_000),
            seq: 1 << 16,
            ticks: 1 << 32,
            disturbed: false,
        }
    }

    fn apply(&mut self, op: &Op<'_>) {
        match *op {
            Op::Frame { late, level } => {
                self.now += Duration::from_millis(u64::from(late % 64));
                let level = f32::from(level) / 32_768.0;
                if let Some((seq, time, payload)) = self.encode(level) {
                    let _ = self.playout.insert(self.now, seq, time, &payload);
                }
            }
            Op::Lose { frames } => (0..frames % 16).for_each(|_| drop(self.encode(0.5))),
            Op::Silent { frames } => {
                for _ in 0..frames % 64 {
                    if let Some((seq, time, payload)) = self.encode(0.0) {
                        let _ = self.playout.insert(self.now, seq, time, &payload);
                    }
                }
            }
            Op::Stray { seq, ticks } => {
                self.disturbed = true;
                if let Some((_, _, payload)) = self.encode(0.25) {
                    let time = MediaTime::new(ticks, ClockRate::HZ_48000);
                    let _ = self.playout.insert(self.now, SeqNo::new(seq), time, &payload);
                }
            }
            Op::Garbage { ahead, payload } => {
                self.disturbed = true;
                let time = MediaTime::new(self.ticks + 960 * u64::from(ahead), ClockRate::HZ_48000);
                let _ = self.playout.insert(self.now, SeqNo::new(self.seq + u64::from(ahead)), time, payload);
            }
            Op::Pull { steps } => {
                for _ in 0..=steps % 32 {
                    self.now += Duration::from_millis(10);
                    self.pull(self.format.samples(Duration::from_millis(10)));
                }
            }
            Op::PullAny { samples } => self.pull(usize::from(samples % 4_096)),
            Op::Jump { to } => self.now = Instant::from_nanos(to),
        }
    }

    /// The sender goes on as if nothing had been, over a path that takes nothing.
    fn calm_down(&mut self) {
        // Near the end of time none passes any more.
        self.now = self.now.min(Instant::from_nanos(u64::MAX / 2));
        let (until, mut complete) = (self.now + CALM, self.now);
        while self.now < until {
            while complete <= self.now {
                complete += self.encoder.frame();
                if let Some((seq, time, payload)) = self.encode(0.5) {
                    let _ = self.playout.insert(self.now, seq, time, &payload);
                }
            }
            self.pull(self.format.samples(Duration::from_millis(10)));
            self.now += Duration::from_millis(10);
        }
        let said = MediaTime::new(self.ticks, ClockRate::HZ_48000);
        let heard = self.playout.playing(self.now).expect("there is a stream");
        let lag = said.since(heard);
        assert!(lag <= LONGEST_LAG + 2 * self.encoder.frame(), "{lag:?} late: {:?}", self.playout.stats());
    }

    fn encode(&mut self, level: f32) -> Option<(SeqNo, MediaTime, Vec<u8>)> {
        let frame = self.encoder.frame();
        let pcm = vec![level; self.format.samples(frame)];
        let mut packet = [0; 256];
        let time = MediaTime::new(self.ticks, ClockRate::HZ_48000);
        self.ticks += ClockRate::HZ_48000.ticks(frame);
        let Ok(Encoded::Packet(len)) = self.encoder.encode(&pcm, &mut packet) else { return None };
        self.seq += 1;
        Some((SeqNo::new(self.seq), time, packet[..len].to_vec()))
    }

    fn pull(&mut self, samples: usize) {
        let mut out = vec![f32::NAN; samples];
        let _ = self.playout.pull(self.now, &mut out);
        assert!(out.iter().all(|sample| sample.abs() <= 1.0 + 1e-6), "all filled, no louder than decoded");
        if self.disturbed {
            return;
        }
        let mut last = None;
        for played in self.playout.decoder().history() {
            if let Played::Packet(frame) = played {
                assert!(last < Some(*frame), "{last:?}, then {frame}");
                last = Some(*frame);
            }
        }
    }
}
