use super::*;
use crate::ClockTime;

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A receiver that holds media back as it must: its way, what its jitter wants, and which clocks are known.
#[derive(Clone, Copy)]
struct Receiver {
    way: u64,
    wanted: u64,
    /// What it holds back for reasons of its own, beyond what it wants.
    held: u64,
    report: bool,
}

/// Both ends of a call in virtual time: voice every 20 ms, a picture every 40 ms.
struct Pair {
    sync: LipSync,
    voice: Receiver,
    picture: Receiver,
    at: u64,
}

impl Pair {
    fn new(voice: (u64, u64), picture: (u64, u64)) -> Self {
        let receiver = |(way, wanted)| Receiver { way, wanted, held: 0, report: true };
        let sync = LipSync::new(SyncConfig::default()).unwrap();
        Self { sync, voice: receiver(voice), picture: receiver(picture), at: 1_000_000 }
    }

    fn render(&mut self, stream: Stream) {
        let receiver = if stream == Stream::Voice { self.voice } else { self.picture };
        let wanted = millis(receiver.wanted);
        let delay = wanted.max(self.sync.min_delay(stream)) + millis(receiver.held);
        // Presented now, so captured that much before; the sender's clock has another zero.
        let now = Instant::from_millis(self.at);
        let arrived = ClockTime::from(now - delay);
        let sent =
            ClockTime::from_nanos(arrived.as_nanos() - (receiver.way as i64 - 900_000_000) * 1_000_000);
        let by_report = receiver.report.then_some(sent);
        let captured = Captured { by_report, by_arrival: Some(arrived) };
        self.sync.rendered(now, stream, Rendered { captured, delay, wanted });
    }

    /// Returns the largest error, in milliseconds.
    fn run(&mut self, streams: &[Stream], for_millis: u64) -> i64 {
        let mut most = 0;
        for _ in 0..for_millis / 20 {
            self.at += 20;
            for &stream in streams {
                if stream == Stream::Voice || self.at.is_multiple_of(40) {
                    self.render(stream);
                    most = most.max(self.error().unwrap_or(0).abs());
                }
            }
        }
        most
    }

    fn error(&self) -> Option<i64> {
        self.sync.error().map(|nanos| nanos / 1_000_000)
    }

    fn waits(&self) -> (u128, u128) {
        (self.sync.min_delay(Stream::Voice).as_millis(), self.sync.min_delay(Stream::Picture).as_millis())
    }
}

const BOTH: [Stream; 2] = [Stream::Voice, Stream::Picture];

#[test]
fn a_call_begins_in_step() {
    let mut pair = Pair::new((40, 20), (70, 80));
    pair.run(&BOTH, 100);
    assert_eq!(pair.waits(), (110, 0));
    assert_eq!(pair.run(&BOTH, 5_000), 0);
    assert_eq!(pair.sync.basis(), Some(Basis::Report));
    let mut pair = Pair::new((40, 120), (50, 30));
    pair.run(&BOTH, 100);
    assert_eq!(pair.waits(), (0, 110), "the picture waits as well");
}

#[test]
fn nobody_waits_longer_than_the_limit() {
    let mut pair = Pair::new((40, 20), (940, 20));
    pair.run(&BOTH, 10_000);
    assert_eq!(pair.waits(), (420, 0));
    assert_eq!(pair.error(), Some(500), "what is left is told");
}

#[test]
fn a_playing_voice_changes_slowly() {
    let mut pair = Pair::new((40, 20), (40, 20));
    pair.run(&BOTH, 10_000);
    pair.picture.wanted = 180;
    pair.run(&BOTH, 1_000);
    let (voice, picture) = pair.waits();
    assert!((155..=175).contains(&voice) && picture == 0, "{voice} ms, after 150 ms in a second from 20");
    pair.run(&BOTH, 2_000);
    assert!(pair.error().unwrap().abs() <= 4);
    pair.picture.wanted = 20;
    pair.run(&BOTH, 4_000);
    assert!(pair.error().unwrap().abs() <= 15);
}

#[test]
fn a_picture_that_begins_late_jumps_and_the_voice_does_not() {
    let mut pair = Pair::new((40, 200), (40, 20));
    pair.run(&[Stream::Voice], 10_000);
    assert_eq!(pair.waits(), (0, 0));
    pair.run(&BOTH, 80);
    assert_eq!(pair.waits(), (0, 200));
}

#[test]
fn the_picture_keeps_to_a_voice_that_is_late_for_another_reason() {
    let mut pair = Pair::new((40, 20), (40, 20));
    pair.run(&BOTH, 5_000);
    pair.voice.held = 60;
    pair.run(&BOTH, 2_000);
    let (voice, picture) = pair.waits();
    assert!(voice == 0 && (70..=85).contains(&picture), "{voice} {picture}: the voice is free to come down");
    assert!(pair.error().unwrap().abs() <= 10);
    pair.voice.held = 0;
    pair.run(&BOTH, 2_000);
    assert!(pair.waits().1 <= 35, "{:?}", pair.waits());
}

#[test]
fn noise_is_not_followed() {
    let mut pair = Pair::new((40, 20), (70, 80));
    pair.run(&BOTH, 5_000);
    let before = pair.waits();
    for n in 0..200 {
        pair.picture.way = 70 + n * 7 % 11;
        pair.run(&BOTH, 40);
        assert_eq!(pair.waits(), before);
    }
}

#[test]
fn waiting_for_a_stream_that_stopped_fades() {
    let mut pair = Pair::new((40, 20), (140, 120));
    pair.run(&BOTH, 5_000);
    assert_eq!(pair.waits(), (220, 0));
    pair.run(&[Stream::Voice], 2_000);
    assert_eq!(pair.waits(), (220, 0), "a slow picture has not stopped");
    pair.run(&[Stream::Voice], 1_000);
    assert!((55..=85).contains(&pair.waits().0), "{:?}", pair.waits());
    pair.run(&[Stream::Voice], 2_000);
    assert_eq!((pair.waits(), pair.error()), ((0, 0), None));
}

#[test]
fn one_report_alone_is_of_no_use() {
    let mut pair = Pair::new((40, 20), (70, 80));
    pair.picture.report = false;
    pair.run(&BOTH, 100);
    assert_eq!(pair.sync.basis(), Some(Basis::Arrival));
    assert_eq!(pair.waits(), (80, 0), "equal ways are assumed");
    assert_eq!(pair.error(), Some(0));
    pair.picture.report = true;
    pair.run(&BOTH, 5_000);
    assert_eq!((pair.waits().0, pair.error()), (110, Some(0)));
}

#[test]
fn a_clock_that_is_set_is_noticed_by_one_stream_first_and_moves_nothing() {
    let mut pair = Pair::new((40, 20), (40, 100));
    pair.run(&BOTH, 5_000);
    for clock in [(3_600_040, 40), (3_600_040, 3_600_040)] {
        (pair.voice.way, pair.picture.way) = clock;
        assert!(pair.run(&BOTH, 5_000) <= 1);
        assert_eq!(pair.waits(), (100, 0));
    }
    assert_eq!(pair.sync.basis(), Some(Basis::Report));
}

#[test]
fn a_wait_of_more_than_ten_seconds_is_refused() {
    let given = millis(10_001);
    let config = SyncConfig { most_picture_waits: given, ..SyncConfig::default() };
    assert_eq!(LipSync::new(config).unwrap_err(), ConfigError::TooLong { given });
}
