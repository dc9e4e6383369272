//! Receivers in numbers: a thousand on one core, what memory each takes, and one beside a peer that lives by the clock.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]
#![allow(clippy::disallowed_methods, reason = "a bench takes the time, and a peer reads it")]

mod recording;

use core::time::Duration;
use criterion::{BatchSize, Bencher, Criterion, criterion_group, criterion_main};
use moim_opus::{Decoder, DecoderConfig, Encoder, EncoderConfig, Neural};
use moim_peers::neteq::NetEq;
use moim_playout::{JitterConfig, Playout, PlayoutConfig};
use moim_testkit::alloc::{Allocations, Counting};
use recording::{Listener, Recording, STEP, networks};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// As many as a large server has calls.
const RECEIVERS: u32 = 1_000;

fn receiver(neural: Neural, jitter: JitterConfig) -> Playout<Decoder> {
    let decoder = Decoder::new(DecoderConfig { neural, ..DecoderConfig::default() });
    let decoder = decoder.expect("every level is compiled in");
    Playout::new(PlayoutConfig { jitter }, decoder).expect("a receiver")
}

fn recording(network: usize) -> Recording {
    let (_, network) = networks()[network].clone();
    Recording::new(Encoder::new(EncoderConfig::default()).expect("a codec"), network)
}

/// 10 ms of one call.
fn step(listener: &mut Listener<'_>, playout: &mut Playout<Decoder>, out: &mut [f32]) {
    let now = listener.step(|packet| {
        let _ = playout.insert(packet.at, packet.seq, packet.time, packet.payload);
    });
    let _ = playout.pull(now, out);
}

/// 10 ms of a thousand lossy calls, each at another place of the talk; nobody's memory is still in the cache when it is
/// its turn again.
fn thousand(c: &mut Criterion) {
    let recording = recording(1);
    let mut calls: Vec<_> = (0..RECEIVERS)
        .map(|call| {
            let listener = recording.listen_from(f64::from(call) / f64::from(RECEIVERS));
            (listener, receiver(Neural::Classic, JitterConfig::default()))
        })
        .collect();
    let mut out = [0.0; 480];
    let mut all = || {
        for (listener, playout) in &mut calls {
            step(listener, playout, &mut out);
        }
    };
    let warm = (0..200).map(|_| Counting::count(&mut all)).last().expect("two seconds");
    assert_eq!(warm, Allocations::default(), "warm receivers allocate nothing");
    let (mut spent, mut rounds) = (Duration::ZERO, 0);
    c.bench_function("moim-playout/receivers/classic/1000-opus-lossy-10ms", |b| {
        b.iter_custom(|times| {
            let begin = std::time::Instant::now();
            (0..times).for_each(|_| all());
            spent += begin.elapsed();
            rounds += times;
            begin.elapsed()
        });
    });
    for (_, playout) in &calls {
        let stats = playout.stats();
        let heard = stats.decoded + stats.from_fec;
        assert!(heard > 4 * (stats.concealed + stats.underrun), "{stats:?}");
    }
    // A single round is a test, not a measurement.
    if rounds > 1 {
        let each = spent.as_secs_f64() / rounds as f64 / f64::from(RECEIVERS);
        println!("one core carries {:.0} receivers in real time", STEP.as_secs_f64() / each);
    }
}

/// Making a receiver, which is when all its memory is allocated; how much that is, is printed.
fn memory(c: &mut Criterion) {
    let voice = JitterConfig { packets: 64, payload_bytes: 256, ..JitterConfig::default() };
    for (neural, level) in [(Neural::Classic, "classic"), (Neural::NoLace, "nolace")] {
        for (jitter, case) in [(JitterConfig::default(), "default"), (voice, "64x256B")] {
            let mut kept = None;
            let made = Counting::count(|| kept = Some(receiver(neural, jitter)));
            assert!(made.bytes < 2 << 20, "{made:?}");
            let kib = (made.bytes as usize + size_of_val(&kept)) / 1_024;
            println!("a {level} receiver, {case}: {kib} KiB in {} blocks", made.count);
            c.bench_function(&format!("moim-playout/new/{level}/{case}"), |b| {
                b.iter_batched(|| (), |()| receiver(neural, jitter), BatchSize::PerIteration);
            });
        }
    }
}

/// The `neteq` crate reads the clock of the machine, so that it is right only in real time; ours is given the same pace
/// here, with everything else that is forgotten between two pulls. Only what happens at a pull is timed.
fn beside_the_clock(c: &mut Criterion) {
    let mut group = c.benchmark_group("moim-playout/pull-live");
    // Time passes as it does: these are a thousand pulls, every other of which decodes.
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(10));
    for (network, case) in [(0, "opus-clean-10ms"), (1, "opus-lossy-10ms")] {
        let recording = recording(network);
        let mut out = [0.0; 480];
        let (mut listener, mut ours) =
            (recording.listen_from(0.0), receiver(Neural::Classic, JitterConfig::default()));
        let mut loud = 0;
        let mut pull = || {
            step(&mut listener, &mut ours, &mut out);
            loud += u32::from(is_loud(&out));
        };
        (0..50).for_each(|_| pull());
        group.bench_function(format!("classic/{case}"), |b| paced(b, &mut pull));
        assert!(loud > 10, "{loud}");

        let (mut listener, mut theirs) = (recording.listen_from(0.0), NetEq::new());
        let mut loud = 0;
        let mut pull = || {
            listener.step(|packet| {
                theirs.insert(packet.seq.wire().0, packet.time.ticks() as u32, packet.payload);
            });
            theirs.pull(&mut out);
            loud += u32::from(is_loud(&out));
        };
        for _ in 0..50 {
            pull();
            std::thread::sleep(STEP);
        }
        group.bench_function(format!("neteq/{case}"), |b| paced(b, &mut pull));
        assert!(loud > 10, "{loud}");
    }
    group.finish();
}

fn is_loud(sound: &[f32]) -> bool {
    sound.iter().any(|sample| sample.abs() > 0.01)
}

/// Times `pull`, once every 10 ms.
fn paced(bencher: &mut Bencher<'_>, mut pull: impl FnMut()) {
    bencher.iter_custom(|times| {
        let (mut spent, mut due) = (Duration::ZERO, std::time::Instant::now());
        for _ in 0..times {
            due += STEP;
            std::thread::sleep(due.saturating_duration_since(std::time::Instant::now()));
            let begin = std::time::Instant::now();
            pull();
            spent += begin.elapsed();
        }
        spent
    });
}

criterion_group!(benches, thousand, memory, beside_the_clock);
criterion_main!(benches);
