//! Receivers in numbers: a thousand on one core, what memory each takes, and one beside a peer that lives by the clock.

#![allow(missing_docs, reason = "criterion's macros make an undocumented function")]
#![allow(clippy::disallowed_methods, reason = "a bench takes the time, and a peer reads it")]

mod recording;

use core::time::Duration;
use criterion::{BatchSize, Bencher, Criterion, criterion_group, criterion_main};
use moim_media::{AudioFormat, ClockRate};
use moim_opus::{Bandwidth, Decoder, DecoderConfig, Dtx, Encoder, EncoderConfig, Neural};
use moim_peers::neteq::NetEq;
use moim_peers::opus as peer;
use moim_playout::{JitterConfig, Playout, PlayoutConfig, Stats};
use moim_testkit::alloc::{Allocations, Counting};
use recording::{Listener, Recording, STEP, networks};
use rustix::time::{ClockId, clock_gettime};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// As many as a large server has calls.
const RECEIVERS: u32 = 1_000;

/// Pulls before anything is measured: a second.
const WARM: usize = 100;

fn receiver(neural: Neural, jitter: JitterConfig) -> Playout<Decoder> {
    receiver_of(DecoderConfig { neural, ..DecoderConfig::default() }, jitter)
}

fn receiver_of(config: DecoderConfig, jitter: JitterConfig) -> Playout<Decoder> {
    let decoder = Decoder::new(config);
    let decoder = decoder.expect("every level is compiled in");
    Playout::new(PlayoutConfig { jitter }, decoder).expect("a receiver")
}

fn recording(network: usize) -> Recording {
    let (_, network) = networks()[network].clone();
    Recording::new(Encoder::new(EncoderConfig::default()).expect("a codec"), network)
}

/// What a thousand calls may be like: as a browser sends it over a bad network and over a good one; narrower, as a
/// gateway to telephones does, heard at 48 kHz and at the 16 that it has; and a meeting, where one in ten speaks and the
/// others send no more than that they are silent.
fn calls() -> [(&'static str, AudioFormat, Recording); 5] {
    let clean = || networks()[0].1.clone();
    let encoder = |config| Encoder::new(config).expect("a codec");
    let browser = EncoderConfig::default();
    let wide = EncoderConfig { bitrate: 24_000, max_bandwidth: Bandwidth::Wide, ..browser };
    let silent = EncoderConfig { dtx: Dtx::On, ..browser };
    let voice_16k = AudioFormat::new(ClockRate::HZ_16000, 1).expect("a format");
    [
        ("lossy", AudioFormat::VOICE, recording(1)),
        ("clean", AudioFormat::VOICE, recording(0)),
        ("wideband", AudioFormat::VOICE, Recording::new(encoder(wide), clean())),
        ("wideband-at-16k", voice_16k, Recording::new(encoder(wide), clean())),
        ("meeting", AudioFormat::VOICE, Recording::of_talk(50, encoder(silent), clean())),
    ]
}

/// Where the libopus of this build has networks, a decoder that uses none still computes what they would be given.
const FUNCTION: &str =
    if cfg!(feature = "networks") { "moim-playout/receivers" } else { "moim-playout/receivers-lean" };

/// 10 ms of one call.
fn step(listener: &mut Listener<'_>, playout: &mut Playout<Decoder>, out: &mut [f32]) {
    let now = listener.step(|packet| {
        let _ = playout.insert(packet.at, packet.seq, packet.time, packet.payload);
    });
    let _ = playout.pull(now, out);
}

/// 10 ms of a thousand calls, each at another place of the talk; nobody's memory is still in the cache when it is
/// its turn again.
fn thousand(c: &mut Criterion) {
    for (case, format, recording) in calls() {
        let config = DecoderConfig { format, ..DecoderConfig::default() };
        let listen = |call| recording.listen_from(f64::from(call) / f64::from(RECEIVERS));
        let mut calls: Vec<_> =
            (0..RECEIVERS).map(|call| (listen(call), receiver_of(config, JitterConfig::default()))).collect();
        let mut out = [0.0; 480];
        let out = &mut out[..format.samples(STEP)];
        let all = || {
            for (listener, playout) in &mut calls {
                step(listener, playout, out);
            }
        };
        time_thousand(c, "classic", case, all);
        let all_of = |part: fn(&Stats) -> Duration| -> Duration {
            calls.iter().map(|(_, playout)| part(&playout.stats())).sum()
        };
        let heard = all_of(|stats| stats.decoded + stats.from_fec + stats.silence);
        let made_up = all_of(|stats| stats.concealed + stats.underrun);
        assert!(heard > 4 * made_up, "{case}: {heard:?}, {made_up:?}");
        assert_eq!(all_of(|stats| stats.silence).is_zero(), case != "meeting", "{case}");
        drop(calls);
        if format != AudioFormat::VOICE {
            continue;
        }

        // What no receiver can do without: each packet is decoded when it comes, and what is missing made up.
        let mut calls: Vec<_> =
            (0..RECEIVERS).map(|call| (listen(call), peer::decoder(peer::Stream::Voice), 0_u32)).collect();
        let mut pcm = [0.0; 960];
        let all = || {
            for (listener, decoder, held) in &mut calls {
                *held = held.saturating_sub(1);
                listener.step(|packet| {
                    peer::decode(decoder, packet.payload, &mut pcm);
                    *held = 2;
                });
                if *held == 0 {
                    peer::conceal(decoder, &mut pcm[..480]);
                }
            }
        };
        time_thousand(c, "libopus-alone", case, all);
    }
}

/// Runs until nothing is new any more, then measures 10 ms of all receivers, and says how many that makes on one core.
fn time_thousand(c: &mut Criterion, level: &str, case: &str, mut all: impl FnMut()) {
    let warm = (0..WARM).map(|_| Counting::count(&mut all)).last().expect("a second");
    assert_eq!(warm, Allocations::default(), "warm receivers allocate nothing");
    let (mut spent, mut rounds) = (Duration::ZERO, 0);
    c.bench_function(&format!("{FUNCTION}/{level}/1000-{case}-10ms"), |b| {
        b.iter_custom(|times| {
            let begin = core_time();
            (0..times).for_each(|_| all());
            let took = core_time() - begin;
            (spent, rounds) = (spent + took, rounds + times);
            took
        });
    });
    // A single round is a test, not a measurement.
    if rounds > 1 {
        let each = spent.as_secs_f64() / rounds as f64 / f64::from(RECEIVERS);
        println!("{level}, {case}: one core carries {:.0} in real time", STEP.as_secs_f64() / each);
    }
}

/// How long a core has worked for this thread: what others did with it meanwhile does not count.
fn core_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("time goes forward")
}

/// Making a receiver, which is when all its memory is allocated; how much that is, is printed.
fn memory(c: &mut Criterion) {
    let voice = JitterConfig { packets: 64, payload_bytes: 1_500, bytes: 8 << 10, ..JitterConfig::default() };
    for (neural, level) in [(Neural::Classic, "classic"), (Neural::NoLace, "nolace")] {
        if !neural.is_available() {
            continue;
        }
        for (jitter, case) in [(JitterConfig::default(), "default"), (voice, "64-packets-8KiB")] {
            let mut kept = None;
            let made = Counting::count(|| kept = Some(receiver(neural, jitter)));
            assert!(made.bytes < 1 << 20, "{made:?}");
            let kib = (made.bytes as usize + size_of_val(&kept)) / 1_024;
            println!("a {level} receiver, {case}: {kib} KiB in {} blocks", made.count);
            let function = FUNCTION.replace("receivers", "new");
            c.bench_function(&format!("{function}/{level}/{case}"), |b| {
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
        (0..WARM).for_each(|_| pull());
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
        for _ in 0..WARM {
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
