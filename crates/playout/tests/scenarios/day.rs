//! Two clocks that disagree for a day and a night.

use core::time::Duration;
use moim_media::codec::{AudioEncoder, Encoded};
use moim_media::{AudioFormat, ClockRate, Instant, Seq, Timestamp, Unwrap};
use moim_playout::{Playout, PlayoutConfig, Stats};
use moim_testkit::fake::{FakeConfig, FakeDecoder, FakeEncoder};

const STEP: Duration = Duration::from_millis(10);
const FRAME: Duration = Duration::from_millis(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// From then on everything has to be as it should.
const SETTLED: Duration = Duration::from_secs(60);
/// The longest that speech can be cut by at once.
const PITCH_PERIOD: Duration = Duration::from_millis(15);
/// How far clocks of computers are apart at worst, in millionths.
const DRIFT: i64 = 300;

/// A talker whose clock is off, a perfect path, and a loudspeaker; narrow sound in long packets, so that a day is short.
struct Day {
    encoder: FakeEncoder,
    playout: Playout<FakeDecoder>,
    unwrap: Unwrap,
    drift_ppm: i64,
    sent: u64,
}

impl Day {
    fn new(drift_ppm: i64) -> Self {
        let format = AudioFormat::new(ClockRate::HZ_8000, 1).unwrap();
        let codec = FakeConfig { format, frame: FRAME, ..FakeConfig::default() };
        Self {
            encoder: FakeEncoder::new(codec).unwrap(),
            playout: Playout::new(PlayoutConfig::default(), FakeDecoder::new(format)).unwrap(),
            unwrap: Unwrap::new(ClockRate::HZ_48000),
            drift_ppm,
            sent: 0,
        }
    }

    /// When the packet of this number comes.
    fn comes(&self, number: u64) -> Instant {
        let nanos = FRAME.as_nanos() as i64 * number as i64;
        Instant::from_millis(1_003)
            + Duration::from_nanos((nanos - nanos / 1_000_000 * self.drift_ppm) as u64)
    }

    /// Of every two seconds about 360 ms are quiet.
    fn loudness(number: u64) -> f32 {
        if number % 33 < 27 { 0.2 + (number % 7) as f32 * 0.05 } else { 0.0 }
    }

    fn step(&mut self, now: Instant) -> Stats {
        while self.comes(self.sent) <= now {
            let (mut payload, number) = ([0; 64], self.sent);
            let pcm = [Self::loudness(number); 480];
            let Encoded::Packet(len) = self.encoder.encode(&pcm, &mut payload).unwrap() else {
                unreachable!()
            };
            // Both numbers wrap within the day.
            let seq = self.unwrap.seq(Seq(number as u16));
            let time = (u32::MAX - 480_000).wrapping_add((number * ClockRate::HZ_48000.ticks(FRAME)) as u32);
            let time = self.unwrap.time(Timestamp(time));
            let _ = self.playout.insert(self.comes(number), seq, time, &payload[..len]).unwrap();
            self.sent += 1;
        }
        // 10 ms.
        let mut out = [0.0; 80];
        let _ = self.playout.pull(now, &mut out);
        self.playout.stats()
    }

    /// Lives through it, and holds every 10 ms to what is promised.
    fn live(mut self) -> (Stats, Stats) {
        let mut now = Instant::from_millis(1_000);
        let mut before = self.step(now);
        while now.since_epoch() < SETTLED {
            now += STEP;
            before = self.step(now);
        }
        let settled = before;
        while now.since_epoch() < DAY {
            now += STEP;
            let stats = self.step(now);
            let apart = stats.delay.abs_diff(stats.target);
            assert!(apart <= Duration::from_millis(20), "{now:?}: {apart:?} from the target: {stats:?}");
            let bent = (stats.removed - before.removed) + (stats.inserted - before.inserted);
            assert!(bent <= PITCH_PERIOD, "{now:?}: {bent:?} at once: {stats:?}");
            before = stats;
        }
        (settled, before)
    }
}

fn hold(drift_ppm: i64) {
    let (settled, after) = Day::new(drift_ppm).live();
    assert_eq!(
        (after.concealed, after.underrun),
        (settled.concealed, settled.underrun),
        "nothing is made up"
    );
    assert_eq!((after.idle, after.silence), (settled.idle, settled.silence), "never out of sound");
    let jitter = after.jitter;
    assert_eq!((jitter.overflowed, jitter.refused, jitter.late, jitter.overdue), (0, 0, 0, 0), "{jitter:?}");
    assert_eq!((jitter.restarts, jitter.shifts), (0, 0), "drift is neither");
    assert_eq!(after.drift_ppm, Some(drift_ppm as i32));
    // What the clocks are apart is left out or repeated, and hardly more: no swinging to and fro.
    let drift = DAY.mul_f64(drift_ppm.unsigned_abs() as f64 / 1e6);
    let bent = (after.removed - settled.removed) + (after.inserted - settled.inserted);
    assert!(bent.abs_diff(drift) <= drift / 10, "{bent:?} bent for {drift:?}");
}

#[test]
fn a_day_with_a_sender_whose_clock_is_fast() {
    hold(DRIFT);
}

#[test]
fn a_day_with_a_sender_whose_clock_is_slow() {
    hold(-DRIFT);
}
