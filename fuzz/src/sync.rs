//! Laws of `moim-sync`.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime};
use moim_rtp::NtpTime;
use moim_sync::{Captured, ClockTime, LipSync, Rendered, SenderClock, Stream, SyncConfig};

const MOST: Duration = Duration::from_secs(10);

/// What may happen to a clock and to what is made of it.
#[derive(Arbitrary, Debug)]
enum Event {
    Arrived { ticks: u64 },
    Report { ntp: u64, ticks: u64 },
    Rendered { picture: bool, ticks: u64, delay: u64, wanted: u64 },
    Elsewhere { picture: bool, by_report: Option<i64>, by_arrival: Option<i64> },
    Now { nanos: u64 },
    Pass { millis: u16 },
}

/// Whatever the clocks do, nothing panics and nobody waits longer than he may; and once the garbage ends, two minutes
/// of good packets and reports bring back the truth.
pub fn clocks(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((first, wall, ppm)) = input.arbitrary::<(u32, u32, i8)>() else { return };
    let mut clock = SenderClock::new();
    let mut sync = LipSync::new(SyncConfig::default()).expect("the default is valid");
    let mut now = Instant::EPOCH;
    while !input.is_empty() {
        let Ok(event) = input.arbitrary::<Event>() else { break };
        happen(&event, &mut now, &mut clock, &mut sync);
        assert!(clock.drift_ppm().is_none_or(|ppm| ppm.abs() <= 1_000.0));
        for stream in [Stream::Voice, Stream::Picture] {
            assert!(sync.min_delay(stream) <= MOST + SyncConfig::default().most_voice_waits);
        }
        assert_eq!(sync.error().is_some(), sync.basis().is_some());
    }
    assert_recovers(&mut clock, u64::from(first), u64::from(wall), f64::from(ppm));
}

fn happen(event: &Event, now: &mut Instant, clock: &mut SenderClock, sync: &mut LipSync) {
    let time = |ticks| MediaTime::new(ticks, ClockRate::HZ_90000);
    let stream = |picture| if picture { Stream::Picture } else { Stream::Voice };
    match *event {
        Event::Arrived { ticks } => clock.arrived(*now, time(ticks)),
        Event::Report { ntp, ticks } => clock.report(*now, NtpTime(ntp), time(ticks)),
        Event::Rendered { picture, ticks, delay, wanted } => {
            let [delay, wanted] = [delay, wanted].map(Duration::from_nanos);
            let captured = clock.captured(time(ticks));
            sync.rendered(*now, stream(picture), Rendered { captured, delay, wanted });
        }
        Event::Elsewhere { picture, by_report, by_arrival } => {
            let [by_report, by_arrival] =
                [by_report, by_arrival].map(|nanos| nanos.map(ClockTime::from_nanos));
            let [delay, wanted] = [Duration::ZERO; 2];
            let captured = Captured { by_report, by_arrival };
            sync.rendered(*now, stream(picture), Rendered { captured, delay, wanted });
        }
        Event::Now { nanos } => *now = Instant::from_nanos(nanos),
        Event::Pass { millis } => *now += Duration::from_millis(u64::from(millis)),
    }
}

/// Packets ten times a second over a way of 40 ms, reports every five seconds.
fn assert_recovers(clock: &mut SenderClock, first: u64, wall: u64, ppm: f64) {
    let begin = Instant::from_millis(first);
    let media = |millis: u64| {
        let ticks = millis as f64 * (1.0 + ppm * 1e-6) * 90.0;
        MediaTime::new((1 << 32) + first + ticks as u64, ClockRate::HZ_90000)
    };
    let wall = |millis: u64| NtpTime::from_unix(Duration::from_secs(wall) + Duration::from_millis(millis));
    for millis in (0..=120_000).step_by(100) {
        let now = begin + Duration::from_millis(millis + 40);
        clock.arrived(now, media(millis));
        if millis.is_multiple_of(5_000) {
            clock.report(now, wall(millis), media(millis));
        }
    }
    let captured = clock.captured(media(120_000));
    let by_report = captured.by_report.expect("reports came").nanos_since(ClockTime::from(wall(120_000)));
    assert!(by_report.abs() < 2_000_000, "{by_report} ns by report");
    let arrived = ClockTime::from(begin + Duration::from_millis(120_040));
    let by_arrival = captured.by_arrival.expect("packets came").nanos_since(arrived);
    assert!(by_arrival.abs() < 4_000_000, "{by_arrival} ns by arrival: no more than drift in the window");
}
