//! A sender of voice and pictures follows its path, in virtual time.

mod sender;

use core::time::Duration;
use moim_media::Instant;
use moim_netsim::{Bottleneck, Capacity, Jitter, LinkConfig, Loss, QueueLimit, Trace};
use sender::{Content, Sender};

const VIDEO: Content = Content { pictures: 1_800_000, keys: 300 };
const QUEUE: Duration = Duration::from_millis(300);

fn path(delay: u64) -> LinkConfig {
    LinkConfig { delay: Duration::from_millis(delay), max_packets: 16_384, ..LinkConfig::default() }
}

fn limited(delay: u64, bits_per_second: u64) -> LinkConfig {
    LinkConfig { bottleneck: Some(Bottleneck::new(bits_per_second, QUEUE)), ..path(delay) }
}

#[test]
fn a_lost_and_regained_capacity_is_followed() {
    for delay in [20, 60] {
        let trace = Trace::parse("0,2000\n31,400\n61,2000\n121,2000\n").unwrap();
        let bottleneck = Bottleneck { capacity: Capacity::Trace(trace), queue: QueueLimit::Time(QUEUE) };
        let there = LinkConfig { bottleneck: Some(bottleneck), ..path(delay) };
        let mut sender = Sender::new(there, path(delay), VIDEO);
        sender.run(Duration::from_secs(90));
        if std::env::var("PACE_CURVE").is_ok() {
            for sample in sender.samples.iter().filter(|s| s.at.as_nanos() / 1_000_000 % 50 == 0) {
                println!(
                    "{:.2} {} {}",
                    sample.at.as_nanos() as f64 * 1e-9,
                    sample.bitrate / 1000,
                    sample.queue.as_millis()
                );
            }
        }
        let peak = sender.shown(20..91).map(|shown| shown.queued).max().unwrap();
        let late = sender.shown(20..91).filter(|shown| shown.queued > Duration::from_millis(400)).count();
        let voice = sender.voice_delay.iter().map(|v| v.1).max().unwrap();
        let back = sender
            .samples
            .iter()
            .find(|sample| sample.at > Instant::from_millis(61_000) && sample.bitrate > 1_500_000)
            .map(|sample| sample.at.since(Instant::from_millis(61_000)));
        println!(
            "{delay} ms: before {:.0}, low {:.0} (least {:.0}), after {:.0} kbit/s, peak {peak:?}, late {late}, voice peak {voice:?}, back after {back:?}",
            sender.mean_kilobits(15..31),
            sender.mean_kilobits(35..61),
            sender.least_kilobits(31..61),
            sender.mean_kilobits(75..91),
        );
        for second in [31, 32, 33, 34, 36, 40, 50] {
            let mut q: Vec<_> = sender.shown(second..second + 1).map(|s| s.queued.as_millis()).collect();
            q.sort_unstable();
            println!("  {second}: {:?} {}", q.last(), q.len());
        }
        assert!(back.is_some_and(|back| back < Duration::from_secs(10)), "{back:?}");
    }
}

fn rough(link: LinkConfig, jitter: u64) -> LinkConfig {
    LinkConfig {
        jitter: Jitter::Uniform { max: Duration::from_millis(jitter) },
        loss: Loss::Bursts { rate: 0.03, shortest: 2, longest: 3 },
        ..link
    }
}

#[test]
fn jitter_and_random_loss_are_not_congestion() {
    for (name, there, least) in [
        ("jitter 30", rough(path(60), 30), 1_800.0),
        ("jitter 60", rough(path(60), 60), 1_800.0),
        ("jitter 30, 1.5 Mbit", rough(limited(60, 1_500_000), 30), 1_275.0),
        ("jitter 60, 1.5 Mbit", rough(limited(60, 1_500_000), 60), 1_275.0),
    ] {
        let mut sender = Sender::new(there, path(60), VIDEO);
        sender.run(Duration::from_secs(60));
        let mean = sender.mean_kilobits(15..61);
        let mut queued: Vec<_> = sender.shown(15..61).map(|shown| shown.queued).collect();
        queued.sort_unstable();
        println!(
            "{name}: {mean:.0} kbit/s ({:.0} … {:.0}), queued median {:?}, p95 {:?}",
            sender.least_kilobits(15..61),
            sender.most_kilobits(15..61),
            queued[queued.len() / 2],
            queued[queued.len() * 95 / 100]
        );
        let _ = least;
    }
}

#[test]
fn constant_and_narrow() {
    for (delay, rate) in [(20, 300_000), (60, 300_000), (60, 150_000), (60, 1_000_000)] {
        let mut sender = Sender::new(limited(delay, rate), path(delay), VIDEO);
        sender.run(Duration::from_secs(60));
        let mut queued: Vec<_> = sender.shown(10..61).map(|shown| shown.queued).collect();
        queued.sort_unstable();
        println!(
            "{rate} at {delay}: {:.0} kbit/s ({:.0} … {:.0}), queued median {:?}, p95 {:?}, peak {:?}",
            sender.mean_kilobits(10..61),
            sender.least_kilobits(10..61),
            sender.most_kilobits(10..61),
            queued[queued.len() / 2],
            queued[queued.len() * 95 / 100],
            queued[queued.len() - 1],
        );
    }
}

#[test]
fn others() {
    let mut sender = Sender::new(limited(60, 2_000_000), path(60), Content { pictures: 200_000, keys: 300 });
    sender.run(Duration::from_secs(60));
    println!(
        "application-limited to 260: {:.0} (most {:.0})",
        sender.mean_kilobits(30..61),
        sender.most_kilobits(1..61)
    );

    let mut sender = Sender::new(limited(60, 2_000_000), path(60), VIDEO);
    sender.deaf = Instant::from_millis(30_000)..Instant::from_millis(32_000);
    sender.run(Duration::from_secs(60));
    println!(
        "deaf: before {:.0} least {:.0} after 5 s {:.0}",
        sender.mean_kilobits(20..30),
        sender.least_kilobits(30..36),
        sender.mean_kilobits(37..38)
    );

    let mut sender = Sender::new(limited(60, 500_000), path(60), VIDEO);
    sender.rival = 150;
    sender.run(Duration::from_secs(60));
    println!(
        "60 kbit/s of rival on 500: {:.0} least {:.0}",
        sender.mean_kilobits(20..61),
        sender.least_kilobits(20..61)
    );

    for drift in [-100, 100] {
        let mut sender = Sender::new(limited(60, 1_000_000), path(60), VIDEO);
        sender.drift_ppm = drift;
        sender.run(Duration::from_secs(120));
        println!("drift {drift}: {:.0} {:.0}", sender.mean_kilobits(20..121), sender.least_kilobits(20..121));
    }
}
