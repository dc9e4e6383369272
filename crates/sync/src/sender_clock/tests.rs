use super::*;
use crate::Basis;
use core::time::Duration;
use moim_media::{ClockRate, Timestamp, Unwrap};

const MILLI: i64 = 1_000_000;
/// When the simulated sender begins, on its wall clock.
const BEGIN: Duration = Duration::from_secs(1_800_000_000);

/// A sender whose media clock runs `ppm` slower than its wall clock, `way` from us; reports every five seconds.
struct Sender {
    clock: SenderClock,
    ppm: f64,
    /// What was added to its wall clock.
    set: Duration,
    zero: u64,
}

impl Sender {
    fn new(ppm: f64) -> Self {
        Self { clock: SenderClock::new(), ppm, set: Duration::ZERO, zero: 5_000_000 }
    }

    fn media(&self, at: Duration) -> MediaTime {
        let ticks = at.as_secs_f64() * (1.0 - self.ppm * 1e-6) * 90_000.0;
        MediaTime::new(self.zero + ticks as u64, ClockRate::HZ_90000)
    }

    fn now(at: Duration) -> Instant {
        Instant::from_millis(777_000) + at
    }

    fn wall(&self, at: Duration) -> NtpTime {
        NtpTime::from_unix(BEGIN + self.set + at)
    }

    /// Packets with up to 30 ms of jitter over a way of 40 ms, and reports stamped up to 3 ms late.
    fn run(&mut self, seconds: core::ops::Range<u64>) {
        for second in seconds {
            for n in 0..25 {
                let at = Duration::from_millis(second * 1_000 + n * 40);
                let jitter = Duration::from_millis((second * 7 + n * 13) % 31);
                self.clock.arrived(Self::now(at) + Duration::from_millis(40) + jitter, self.media(at));
            }
            if second.is_multiple_of(5) {
                self.report(Duration::from_secs(second), Duration::from_millis(second / 5 % 4));
            }
        }
    }

    fn report(&mut self, at: Duration, late: Duration) {
        let (ntp, time) = (self.wall(at + late), self.media(at));
        self.clock.report(Self::now(at) + Duration::from_millis(45), ntp, time);
    }

    /// By how many nanoseconds the capture time on the sender's clock is wrong.
    fn error(&self, at: Duration) -> i64 {
        let captured = self.clock.captured(self.media(at)).by_report.expect("reports have come");
        captured.nanos_since(ClockTime::from(self.wall(at)))
    }

    fn assert_right(&self, second: u64) {
        let error = self.error(Duration::from_secs(second));
        assert!(error.abs() <= 4 * MILLI, "{error} ns wrong after {second} s");
    }
}

#[test]
fn a_drift_of_100_ppm_is_followed_for_an_hour() {
    for ppm in [-100.0, 100.0] {
        let mut sender = Sender::new(ppm);
        for minute in 0..60 {
            sender.run(minute * 60..minute * 60 + 60);
            sender.assert_right(minute * 60 + 60);
        }
        let drift = sender.clock.drift_ppm().unwrap();
        assert!((drift - ppm).abs() < 40.0, "{drift} ppm");
    }
}

#[test]
fn a_clock_set_by_an_hour_is_followed_from_the_second_report() {
    let mut sender = Sender::new(20.0);
    sender.run(0..60);
    let before = sender.clock.captured(sender.media(Duration::from_secs(60)));
    sender.set = Duration::from_secs(3_600);
    sender.run(60..61);
    assert_eq!(
        sender.clock.captured(sender.media(Duration::from_secs(60))),
        before,
        "one report is not believed"
    );
    sender.run(61..66);
    sender.assert_right(66);
}

#[test]
fn without_reports_the_fastest_packets_mark_the_capture() {
    let mut sender = Sender::new(0.0);
    assert_eq!(sender.clock.captured(sender.media(Duration::ZERO)).basis(), None);
    for n in 0..250 {
        let (at, jitter) = (Duration::from_millis(n * 40), Duration::from_millis(n * 13 % 31));
        sender.clock.arrived(Sender::now(at) + Duration::from_millis(40) + jitter, sender.media(at));
    }
    let at = Duration::from_secs(20);
    let captured = sender.clock.captured(sender.media(at));
    assert_eq!(captured.basis(), Some(Basis::Arrival));
    let fastest = ClockTime::from(Sender::now(at) + Duration::from_millis(40));
    assert_eq!(captured.by_arrival, Some(fastest));
}

#[test]
fn a_way_that_became_longer_is_learnt_in_twenty_seconds() {
    let mut clock = SenderClock::new();
    let media = |millis: u64| MediaTime::new(millis * 90, ClockRate::HZ_90000);
    (0..40_000).step_by(20).for_each(|millis| {
        let way = if millis < 10_000 { 40 } else { 90 };
        clock.arrived(Instant::from_millis(millis + way), media(millis));
    });
    let captured = clock.captured(media(40_000)).by_arrival.unwrap();
    assert_eq!(captured, ClockTime::from(Instant::from_millis(40_090)));
}

#[test]
fn timestamps_that_wrap_between_reports_do_not_matter() {
    let mut unwrap = Unwrap::new(ClockRate::HZ_90000);
    let mut clock = SenderClock::new();
    let wire = |second: u32| Timestamp((u32::MAX - 20 * 90_000).wrapping_add(second * 90_000));
    for second in 0..60_u32 {
        let now = Sender::now(Duration::from_secs(u64::from(second)));
        clock.arrived(now, unwrap.time(wire(second)));
        if second.is_multiple_of(5) {
            let time = unwrap.nearest_time(wire(second)).unwrap();
            clock.report(now, NtpTime::from_unix(BEGIN + Duration::from_secs(u64::from(second))), time);
        }
    }
    let last = unwrap.nearest_time(wire(60)).unwrap();
    let wall = ClockTime::from(NtpTime::from_unix(BEGIN + Duration::from_secs(60)));
    let error = clock.captured(last).by_report.unwrap().nanos_since(wall);
    assert!(error.abs() < MILLI, "{error}");
}

#[test]
fn a_stream_that_restarts_forgets_its_reports() {
    let mut sender = Sender::new(0.0);
    sender.run(0..30);
    sender.zero = 3_000_000_000;
    sender.run(31..34);
    let restarted = sender.clock.captured(sender.media(Duration::from_secs(34)));
    assert_eq!(restarted.basis(), Some(Basis::Arrival));
    let now = ClockTime::from(Sender::now(Duration::from_secs(34)));
    assert!(restarted.by_arrival.unwrap().nanos_since(now).abs() < 50 * MILLI);
    sender.run(35..36);
    sender.assert_right(36);
}

#[test]
fn a_stray_packet_changes_nothing() {
    let mut sender = Sender::new(0.0);
    sender.run(0..20);
    let at = Duration::from_secs(20);
    let before = sender.clock.captured(sender.media(at));
    sender.clock.arrived(Sender::now(at), MediaTime::new(u64::MAX, ClockRate::HZ_90000));
    assert_eq!(sender.clock.captured(sender.media(at)), before);
    // Two of them in a row are a restart.
    sender.run(20..21);
    for millis in [0, 40] {
        let time = MediaTime::new(u64::MAX - 90_000 + millis * 90, ClockRate::HZ_90000);
        sender.clock.arrived(Sender::now(at) + Duration::from_millis(millis), time);
        let arrived = ClockTime::from(Sender::now(at) + Duration::from_millis(millis));
        assert_eq!(sender.clock.captured(time).by_arrival, (millis == 40).then_some(arrived));
    }
}

#[test]
fn reports_that_are_old_repeated_or_frozen_teach_nothing() {
    let mut sender = Sender::new(50.0);
    sender.run(0..60);
    let before = sender.clock.captured(sender.media(Duration::from_secs(60)));
    for at in [50, 55, 30, 30, 5, 55] {
        let (ntp, time) = (sender.wall(Duration::from_secs(at)), sender.media(Duration::from_secs(at)));
        sender.clock.report(Sender::now(Duration::from_secs(60)), ntp, time);
        sender.clock.report(Sender::now(Duration::from_secs(61)), NtpTime(0), time);
    }
    assert_eq!(sender.clock.captured(sender.media(Duration::from_secs(60))), before);
    let frozen = sender.wall(Duration::from_secs(60));
    for at in (60..120).step_by(5).map(Duration::from_secs) {
        let time = sender.media(at);
        sender.clock.report(Sender::now(at), frozen, time);
    }
    sender.assert_right(120);
}

#[test]
fn a_clock_frozen_from_the_beginning_is_not_believed() {
    let mut sender = Sender::new(0.0);
    let frozen = sender.wall(Duration::ZERO);
    for at in (0..60).step_by(5).map(Duration::from_secs) {
        let time = sender.media(at);
        sender.clock.arrived(Sender::now(at), time);
        sender.clock.report(Sender::now(at), frozen, time);
    }
    assert_eq!(sender.clock.captured(sender.media(Duration::from_secs(60))).basis(), Some(Basis::Arrival));
    // Once it goes, two reports that agree are enough.
    sender.run(60..66);
    sender.assert_right(66);
}

#[test]
fn a_report_of_the_far_future_is_not_believed_although_it_fits_the_line() {
    let mut sender = Sender::new(0.0);
    sender.run(0..30);
    let far = Duration::from_secs(7_200);
    let (ntp, time) = (sender.wall(far), sender.media(far));
    sender.clock.report(Sender::now(Duration::from_secs(30)), ntp, time);
    sender.set = Duration::from_secs(3_600);
    sender.run(30..36);
    sender.assert_right(36);
}
