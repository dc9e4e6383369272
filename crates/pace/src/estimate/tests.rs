use super::*;

fn estimator() -> Estimator {
    Estimator::new(EstimatorConfig::default()).unwrap()
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// A packet of 1000 bytes each 10 ms; news of it 100 ms later, `queue(number)` of them late.
fn feed(estimator: &mut Estimator, numbers: core::ops::Range<u64>, queue: impl Fn(u64) -> u64) {
    for number in numbers {
        let seq = Seq(number as u16);
        estimator.sent(at(10 * number), seq, 1_000);
        let Some(before) = number.checked_sub(10) else { continue };
        let arrival = Duration::from_millis(10 * before + queue(before) + 5_000);
        estimator.feedback(at(10 * number), [(Seq(before as u16), Some(arrival))]);
    }
}

#[test]
fn it_starts_where_it_is_told_and_stays_in_its_limits() {
    let config = EstimatorConfig { limits: 100_000..=200_000, start: 150_000 };
    let mut estimator = Estimator::new(config).unwrap();
    assert_eq!((estimator.bitrate(), estimator.arrived(), estimator.round_trip()), (150_000, None, None));
    feed(&mut estimator, 0..1_000, |_| 0);
    assert_eq!(estimator.bitrate(), 200_000);
    feed(&mut estimator, 1_000..1_200, |number| 10 * (number - 980));
    assert_eq!(estimator.bitrate(), 100_000);
}

#[test]
fn what_arrives_and_how_late_is_told() {
    let mut estimator = estimator();
    feed(&mut estimator, 0..300, |_| 30);
    let arrived = estimator.arrived().unwrap();
    assert!(arrived.abs_diff(800_000) < 20_000, "{arrived}");
    assert_eq!((estimator.queue_delay(), estimator.loss()), (Duration::ZERO, 0.0));
    assert_eq!(estimator.round_trip(), Some(Duration::from_millis(100)));
    feed(&mut estimator, 300..350, |_| 130);
    assert_eq!(estimator.queue_delay(), Duration::from_millis(100));
}

#[test]
fn a_queue_is_answered_in_one_step_with_what_arrives() {
    let mut estimator = estimator();
    feed(&mut estimator, 0..500, |_| 0);
    let before = estimator.bitrate();
    assert!(before > 900_000, "{before}");
    // Half of what is sent passes: each packet takes 20 ms.
    feed(&mut estimator, 500..530, |number| 10 * number.saturating_sub(490));
    let after = estimator.bitrate();
    assert!((150_000..360_000).contains(&after), "{after} of 400000");
}

#[test]
fn hostile_feedback_is_harmless() {
    let mut estimator = estimator();
    feed(&mut estimator, 0..500, |_| 0);
    let before = estimator.bitrate();
    let queue = estimator.queue_delay();
    // Never sent, already known, and times that cannot be.
    estimator.feedback(at(5_000), (600..40_000).map(|number| (Seq(number), Some(Duration::ZERO))));
    estimator.feedback(at(5_000), (0..400).map(|number| (Seq(number), Some(Duration::from_secs(90)))));
    estimator.feedback(at(5_000), (0..400).map(|number| (Seq(number), None)));
    estimator.feedback(at(5_000), [(Seq(495), Some(Duration::MAX))]);
    estimator.feedback(at(5_000), []);
    assert_eq!((estimator.bitrate(), estimator.queue_delay(), estimator.loss()), (before, queue, 0.0));
    // Another clock: what was known of delays is void, and the bitrate goes on.
    estimator.feedback(at(5_000), [(Seq(496), Some(Duration::from_secs(1 << 33)))]);
    feed(&mut estimator, 500..800, |_| 0);
    assert!(estimator.bitrate() >= before);
    assert_eq!(estimator.queue_delay(), Duration::ZERO);
}

#[test]
fn heavy_loss_lowers_it_without_a_queue() {
    let mut estimator = estimator();
    feed(&mut estimator, 0..500, |_| 0);
    let before = estimator.bitrate();
    for number in 500..1_500_u64 {
        estimator.sent(at(10 * number), Seq(number as u16), 1_000);
        let arrival = Duration::from_millis(10 * number + 4_900);
        let told = Seq((number - 10) as u16);
        estimator.feedback(at(10 * number), [(told, Some(arrival).filter(|_| number % 4 > 0))]);
    }
    assert!(estimator.bitrate() < before * 3 / 4, "{} of {before}", estimator.bitrate());
    assert!((estimator.loss() - 0.25).abs() < 0.05, "{}", estimator.loss());
}

#[test]
fn without_feedback_reports_decide() {
    let mut estimator = estimator();
    let round_trip = Some(Duration::from_millis(80));
    for number in 0..2_000_u64 {
        estimator.sent(at(10 * number), Seq(number as u16), 1_000);
        if number % 100 == 99 {
            estimator.report(at(10 * number), 0.0, round_trip);
        }
    }
    let climbed = estimator.bitrate();
    assert!((600_000..850_000).contains(&climbed), "{climbed}");
    assert_eq!(estimator.round_trip(), round_trip);
    for second in 20..30 {
        estimator.report(at(1_000 * second), 0.5, round_trip);
    }
    assert!(estimator.bitrate() < climbed / 2);
    assert!(estimator.loss() > 0.4);
}

#[test]
fn a_report_does_not_speak_while_feedback_does() {
    let mut estimator = estimator();
    feed(&mut estimator, 0..500, |_| 0);
    let before = estimator.bitrate();
    estimator.report(at(5_000), 1.0, None);
    assert_eq!(estimator.bitrate(), before);
    estimator.report(at(10_000), 1.0, None);
    assert!(estimator.bitrate() < before);
}

#[test]
fn silence_counts_only_while_something_is_sent() {
    let mut estimator = estimator();
    feed(&mut estimator, 0..500, |_| 0);
    let before = estimator.bitrate();
    estimator.sent(at(60_000), Seq(500), 1_000);
    estimator.sent(at(60_900), Seq(501), 1_000);
    assert_eq!(estimator.bitrate(), before);
    estimator.sent(at(61_100), Seq(502), 1_000);
    assert!(estimator.bitrate() < before);
}

#[test]
fn what_cannot_be_is_refused() {
    for (limits, start) in
        [(0..=10, 5), (10..=20, 5), (10..=20, 30), (core::ops::RangeInclusive::new(20, 10), 15)]
    {
        assert!(Estimator::new(EstimatorConfig { limits, start }).is_err());
    }
}
