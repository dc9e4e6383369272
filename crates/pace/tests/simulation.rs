//! A sender of voice and pictures follows its path, in virtual time.

mod sender;

use core::time::Duration;
use moim_media::Instant;
use moim_netsim::{Bottleneck, Capacity, Jitter, LinkConfig, Loss, QueueLimit, Trace};
use sender::{Content, Sender};

const VIDEO: Content = Content { pictures: 1_800_000, keys: 300 };
const MINUTE: Duration = Duration::from_secs(60);
/// What the narrowest point of a path holds.
const QUEUE: Duration = Duration::from_millis(300);

fn path(delay: u64) -> LinkConfig {
    LinkConfig { delay: Duration::from_millis(delay), max_packets: 16_384, ..LinkConfig::default() }
}

fn limited(delay: u64, bits_per_second: u64) -> LinkConfig {
    LinkConfig { bottleneck: Some(Bottleneck::new(bits_per_second, QUEUE)), ..path(delay) }
}

fn traced(delay: u64, trace: &str) -> LinkConfig {
    let capacity = Capacity::Trace(Trace::parse(trace).unwrap());
    LinkConfig { bottleneck: Some(Bottleneck { capacity, queue: QueueLimit::Time(QUEUE) }), ..path(delay) }
}

fn rough(link: LinkConfig, jitter: u64) -> LinkConfig {
    LinkConfig {
        jitter: Jitter::Uniform { max: Duration::from_millis(jitter) },
        loss: Loss::Bursts { rate: 0.03, shortest: 2, longest: 3 },
        ..link
    }
}

/// From 2 Mbit/s to 400 kbit/s after 31 s and back after 61 s.
const DROP: &str = "0,2000\n31,400\n61,2000\n200,2000\n";

/// Follows a path that loses four fifths of its capacity and regains it.
fn follow_the_drop(there: LinkConfig, delay: u64, feedback: u64) {
    let case = format!("{delay} ms, {:?}, feedback each {feedback} ms", there.jitter);
    let rough = matches!(there.jitter, Jitter::Uniform { .. });
    let mut sender = Sender::new(there, path(delay), VIDEO);
    sender.feedback = feedback;
    sender.run(Duration::from_secs(90));
    let regained = Instant::from_millis(61_000);
    let back = sender.samples.iter().find(|sample| sample.at > regained && sample.bitrate > 1_500_000);
    let back = back.map(|sample| sample.at.since(regained));
    let [low, ..] = sender.kilobits(35..61);
    let [.., peak] = sender.queued_millis(20..90);
    let [_, after_two_seconds, _] = sender.queued_millis(33..61);
    let voice = sender.voice_millis(20..90);
    assert!(peak < 400, "{case}: pictures waited up to {peak} ms");
    assert!(voice < 400, "{case}: voice waited up to {voice} ms");
    assert!(after_two_seconds < if rough { 220 } else { 160 }, "{case}: p95 {after_two_seconds} ms");
    assert!((300.0..430.0).contains(&low), "{case}: {low} of 400 kbit/s");
    assert!(back.is_some_and(|back| back < Duration::from_secs(10)), "{case}: back after {back:?}");
}

#[test]
fn a_lost_capacity_is_noticed_and_a_regained_one_used() {
    for delay in [20, 60] {
        follow_the_drop(traced(delay, DROP), delay, 50);
    }
}

#[test]
fn a_lost_capacity_is_noticed_through_jitter_and_by_rare_feedback() {
    follow_the_drop(rough(traced(60, DROP), 30), 60, 50);
    follow_the_drop(traced(60, DROP), 60, 100);
}

#[test]
fn jitter_and_random_loss_are_not_congestion() {
    for jitter in [30, 60] {
        let mut sender = Sender::new(rough(path(60), jitter), path(60), VIDEO);
        sender.run(MINUTE);
        let [mean, least, _] = sender.kilobits(15..61);
        assert!(least > 1_860.0, "jitter of {jitter} ms: {mean:.0} kbit/s, at times {least:.0}");
    }
}

#[test]
fn a_narrow_path_with_jitter_and_loss_is_used() {
    for jitter in [30, 60] {
        let mut sender = Sender::new(rough(limited(60, 1_500_000), jitter), path(60), VIDEO);
        sender.run(MINUTE);
        let [mean, ..] = sender.kilobits(15..61);
        let [_, late, _] = sender.queued_millis(15..61);
        assert!((1_275.0..1_725.0).contains(&mean), "jitter of {jitter} ms: {mean:.0} of 1500 kbit/s");
        assert!(late < 150 + u128::from(jitter), "jitter of {jitter} ms: p95 {late} ms");
    }
}

#[test]
fn a_constant_path_is_used_without_a_standing_queue() {
    for kilobits in [150_u32, 300, 1_000] {
        let mut sender = Sender::new(limited(60, u64::from(1_000 * kilobits)), path(60), VIDEO);
        sender.run(MINUTE);
        let [mean, ..] = sender.kilobits(15..61);
        let [median, late, peak] = sender.queued_millis(15..61);
        let share = mean / f64::from(kilobits);
        assert!((0.85..1.05).contains(&share), "{mean:.0} of {kilobits} kbit/s");
        assert!(median < 80 && late < 200 && peak < 400, "{kilobits} kbit/s: {median}, {late}, {peak} ms");
    }
}

#[test]
fn what_is_not_sent_proves_nothing() {
    let mut sender = Sender::new(path(60), path(60), Content { pictures: 200_000, ..VIDEO });
    sender.run(MINUTE);
    let [_, least, most] = sender.kilobits(5..61);
    assert!(least >= 300.0 && most < 600.0, "260 kbit/s are sent, {least:.0} to {most:.0} are believed in");

    let mut sender = Sender::new(path(60), path(60), Content { pictures: 0, ..VIDEO });
    sender.run(MINUTE);
    let [_, least, most] = sender.kilobits(1..61);
    assert!((least, most) == (300.0, 300.0), "voice alone: {least:.0} to {most:.0}");
}

#[test]
fn lost_feedback_is_bad_news_and_forgotten_soon() {
    let mut sender = Sender::new(limited(60, 2_000_000), path(60), VIDEO);
    sender.deaf = Instant::from_millis(30_000)..Instant::from_millis(32_000);
    sender.run(MINUTE);
    let ([before, ..], [_, least, _], [after, ..]) =
        (sender.kilobits(25..30), sender.kilobits(30..33), sender.kilobits(37..38));
    assert!(least < 0.75 * before, "{before:.0}, without news {least:.0}");
    assert!(after > 1_500.0, "{before:.0}, five seconds later {after:.0}");

    // Never again.
    sender.deaf = Instant::from_millis(61_000)..Instant::MAX;
    sender.run(MINUTE);
    assert_eq!(sender.estimator.bitrate(), 30_000);
}

#[test]
fn another_call_on_the_path_keeps_its_part() {
    let mut sender = Sender::new(limited(60, 500_000), path(60), VIDEO);
    sender.rival = 150;
    sender.run(MINUTE);
    let [mean, ..] = sender.kilobits(20..61);
    let [_, late, _] = sender.queued_millis(20..61);
    assert!((352.0..450.0).contains(&mean), "{mean:.0} of the 440 kbit/s that 60 of another leave");
    assert!(late < 200, "p95 {late} ms");
}

#[test]
fn a_longer_route_is_no_queue() {
    // 80 ms more after 30 s, and 80 less after a minute.
    let there = traced(60, "0,2000,60\n30,2000,140\n60,2000,60\n300,2000,60\n");
    let mut sender = Sender::new(there, path(60), VIDEO);
    sender.run(Duration::from_secs(90));
    let ([before, ..], [_, least, _], [after, ..]) =
        (sender.kilobits(20..30), sender.kilobits(30..40), sender.kilobits(42..60));
    assert!(least > 0.25 * before, "{before:.0}, on the longer route {least:.0}");
    assert!(after > 1_500.0, "{before:.0}, later {after:.0}");
    assert!(sender.kilobits(61..90)[1] > 1_200.0, "back on the shorter route {:?}", sender.kilobits(61..90));
}

#[test]
fn a_clock_that_drifts_does_not_matter() {
    for drift in [-100, 100] {
        let mut sender = Sender::new(limited(60, 1_000_000), path(60), VIDEO);
        sender.drift_ppm = drift;
        sender.run(2 * MINUTE);
        let [mean, ..] = sender.kilobits(20..120);
        let [_, late, _] = sender.queued_millis(20..120);
        assert!(mean > 850.0 && late < 200, "{drift} ppm: {mean:.0} of 1000 kbit/s, p95 {late} ms");
    }
}
