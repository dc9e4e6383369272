//! When a member of a session may report.

use arbitrary::Unstructured;
use core::time::Duration;
use moim_media::Instant;
use moim_rtp::Ssrc;
use moim_rtp::rtcp::schedule::{Bandwidth, Config, Due, Feedback, Group, Scheduler, Timing};

/// Every packet of the law has as many bytes, so that the average is known.
const BYTES: usize = 100;
/// What reconsideration is compensated by, rounded up: no interval is shorter than half of the reckoned over this.
const COMPENSATION: f64 = 1.219;

/// Whatever happens: reports keep the shortest interval, feedback comes early at most once between two of them and
/// only when it was wished for, a member's reports stay within the bandwidth, and the timer never runs dry.
pub fn schedule(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((kind, seed, rate)) = input.arbitrary::<(u8, u64, u16)>() else { return };
    let rate = u32::from(rate) + 50;
    let timing = match kind % 3 {
        0 => Timing::Regular,
        1 => Timing::Reduced { session: u32::from(kind) << 12 },
        _ => Timing::Feedback { interval: Duration::from_millis(u64::from(kind >> 4) * 500) },
    };
    let group = if kind & 8 == 0 { Group::Pair } else { Group::Many };
    let bandwidth = Bandwidth { senders: rate, receivers: rate * 3 };
    let config = Config { bandwidth, timing, group, members: 100, first_report: BYTES, seed };
    let mut scheduler = Scheduler::new(Ssrc(0), config);
    scheduler.join(Instant::EPOCH);
    let mut sent = Sent::default();
    let mut now = Instant::EPOCH;
    while !input.is_empty() {
        let Ok((kind, amount)) = input.arbitrary::<(u8, u8)>() else { return };
        let other = Ssrc(u32::from(amount));
        match kind % 8 {
            0 => scheduler.sent_media(now),
            1 if kind >> 7 == 0 => scheduler.received_media(now, other),
            1 => scheduler.received_contribution(now, other),
            2 => scheduler.received_report(now, other, BYTES),
            3 => scheduler.received_goodbye(now, (0..u32::from(amount)).map(Ssrc), BYTES),
            4 => wish(&mut scheduler, &mut sent, timing, now, Duration::from_millis(u64::from(amount) * 10)),
            5 => {
                // At an hour of its own, where nothing need be due.
                now += Duration::from_millis(u64::from(amount));
                observe(&mut scheduler, &mut sent, &config, now);
            }
            6 => now += Duration::from_millis(u64::from(kind >> 3) * u64::from(amount)),
            _ => {
                now = now.max(scheduler.poll_timeout().expect("a member who may report has a timer"));
                observe(&mut scheduler, &mut sent, &config, now);
            }
        }
        assert!((1..=101).contains(&scheduler.members()));
        assert!(scheduler.senders() <= scheduler.members());
    }
    scheduler.leave(now, BYTES);
    let mut goodbyes = 0;
    while let Some(at) = scheduler.poll_timeout() {
        now = now.max(at);
        goodbyes += usize::from(scheduler.poll(now) == Due::Goodbye);
    }
    assert!(goodbyes <= 1);
    assert_eq!(scheduler.poll(now + Duration::from_secs(1_000)), Due::Nothing);
}

/// What was sent so far.
#[derive(Default)]
struct Sent {
    last_report: Option<Instant>,
    packets: u32,
    /// Early feedback since the last regular time.
    early: u32,
    wishes: u32,
}

fn wish(scheduler: &mut Scheduler, sent: &mut Sent, timing: Timing, now: Instant, within: Duration) {
    let timeout = scheduler.poll_timeout().expect("a member has a timer");
    match scheduler.feedback(now, within) {
        Feedback::Early(at) => {
            assert!(matches!(timing, Timing::Feedback { .. }));
            assert!(scheduler.poll_timeout().is_some_and(|timeout| timeout <= at));
            sent.wishes += 1;
        }
        Feedback::Regular(at) => {
            assert_eq!(at, timeout, "nothing is scheduled for it");
            sent.wishes += 1;
        }
        Feedback::TooLate => assert_eq!(scheduler.poll_timeout(), Some(timeout)),
    }
}

fn observe(scheduler: &mut Scheduler, sent: &mut Sent, config: &Config, now: Instant) {
    let timeout = scheduler.poll_timeout().expect("a member has a timer");
    let due = scheduler.poll(now);
    if due == Due::Nothing {
        return;
    }
    assert!(timeout <= now, "{due:?} at {now:?}, before {timeout:?}");
    match due {
        Due::Report => {
            if let Some(last) = sent.last_report {
                let shortest = match config.timing {
                    Timing::Regular => Duration::from_secs(5),
                    // Media or not, a pair may.
                    Timing::Reduced { session } => {
                        Duration::from_secs_f64(360_000.0 / f64::from(session.max(1)))
                            .min(Duration::from_secs(5))
                    }
                    Timing::Feedback { interval } => interval.mul_f64(COMPENSATION),
                };
                let shortest = shortest.mul_f64(0.5 / COMPENSATION);
                assert!(now.since(last) >= shortest, "{:?} < {shortest:?}", now.since(last));
            }
            sent.last_report = Some(now);
            sent.early = 0;
        }
        Due::Feedback => {
            assert!(sent.wishes > 0, "nobody wished for it");
            sent.early += 1;
            // One early, and with `trr-int` those that take the place of a report.
            let Timing::Feedback { interval } = config.timing else { panic!("not in this profile") };
            assert!(sent.early <= 1 || !interval.is_zero());
        }
        due => panic!("{due:?} of who stays"),
    }
    sent.wishes = 0;
    sent.packets += 1;
    scheduler.sent(BYTES);
    // Alone on the larger share, at the closest: one more for the beginning, one for early feedback.
    let all = f64::from(config.bandwidth.senders + config.bandwidth.receivers);
    let closest = BYTES as f64 * 8.0 / all * 0.5 / COMPENSATION;
    let most = now.since_epoch().as_secs_f64() / closest + 2.0;
    assert!(f64::from(sent.packets) <= most, "{} packets by {now:?}, not {most}", sent.packets);
}
