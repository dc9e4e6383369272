use super::*;
use std::vec::Vec;

const US: Ssrc = Ssrc(0);
/// What every packet of the tests has.
const BYTES: usize = 100;

fn at(seconds: f64) -> Instant {
    Instant::EPOCH + Duration::from_secs_f64(seconds)
}

fn seconds(span: Duration) -> f64 {
    span.as_secs_f64()
}

fn joined(config: Config) -> Scheduler {
    let mut scheduler = Scheduler::new(US, Config { first_report: BYTES, ..config });
    scheduler.join(Instant::EPOCH);
    scheduler
}

/// The next that is due, and when; sent at once.
fn next(scheduler: &mut Scheduler) -> (Instant, Due) {
    loop {
        let now = scheduler.poll_timeout().unwrap();
        match scheduler.poll(now) {
            Due::Nothing => {}
            due => {
                scheduler.sent(BYTES);
                return (now, due);
            }
        }
    }
}

/// The mean time between reports of one who knows of `others`, who stay.
fn mean_interval(config: Config, others: u32) -> f64 {
    const REPORTS: u32 = 2_000;
    let mut scheduler = joined(config);
    let mut last = Instant::EPOCH;
    for _ in 0..REPORTS {
        (1..=others).for_each(|other| scheduler.received_report(last, Ssrc(other), BYTES));
        last = next(&mut scheduler).0;
    }
    seconds(last.since_epoch()) / f64::from(REPORTS)
}

#[test]
fn a_few_report_every_five_seconds_on_average() {
    let mean = mean_interval(Config::default(), 3);
    // Reconsidering makes it longer by just as much as it is compensated for.
    assert!((mean - 5.0).abs() < 0.1, "{mean}");
    let mut scheduler = joined(Config::default());
    let first = seconds(next(&mut scheduler).0.since_epoch());
    assert!((1.0..=3.1).contains(&first), "half of the usual: {first}");
}

#[test]
fn many_share_the_bandwidth() {
    let bandwidth = Bandwidth { senders: 1_000, receivers: 3_000 };
    // 800 members send 800 bits each on 3 000 bit/s: one of them every 213 s.
    let mean = mean_interval(Config { bandwidth, group: Group::Many, ..Config::default() }, 799);
    assert!((mean / 213.3 - 1.0).abs() < 0.02, "{mean}");
}

#[test]
fn the_session_as_a_whole_keeps_to_its_bandwidth() {
    const MEMBERS: u32 = 60;
    let bandwidth = Bandwidth { senders: 500, receivers: 1_500 };
    let config = |seed| Config { bandwidth, group: Group::Many, seed, ..Config::default() };
    let mut members: Vec<_> = (0..MEMBERS)
        .map(|ssrc| {
            let mut member = Scheduler::new(Ssrc(ssrc), config(u64::from(ssrc)));
            member.join(Instant::EPOCH);
            member
        })
        .collect();
    let end = at(4_000.0);
    let (mut packets, mut early) = (0_usize, 0);
    loop {
        let timeout = |member: &Scheduler| member.poll_timeout().unwrap();
        let who = (0..members.len()).min_by_key(|&who| timeout(&members[who])).unwrap();
        let now = timeout(&members[who]);
        if now > end {
            break;
        }
        if members[who].poll(now) == Due::Nothing {
            continue;
        }
        members[who].sent(BYTES);
        let ssrc = members[who].ssrc;
        members.iter_mut().filter(|other| other.ssrc != ssrc).for_each(|other| {
            other.received_report(now, ssrc, BYTES);
        });
        packets += 1;
        early += usize::from(now < at(5.0));
    }
    assert!(members.iter().all(|member| member.members() == MEMBERS as usize));
    // Nobody knew of the others in the beginning; reconsidering kept most of them from reporting all the same.
    assert!(early < MEMBERS as usize, "{early} in the first five seconds");
    let rate = packets as f64 * BYTES as f64 * 8.0 / 4_000.0;
    // None of them sends media: they share what receivers have.
    assert!((1_300.0..=1_700.0).contains(&rate), "{rate} bit/s");
}

#[test]
fn senders_have_their_share() {
    let bandwidth = Bandwidth { senders: 200, receivers: 600 };
    let mut scheduler = joined(Config { bandwidth, group: Group::Many, ..Config::default() });
    (1..40).for_each(|other| scheduler.received_report(Instant::EPOCH, Ssrc(other), BYTES));
    scheduler.sent_media(Instant::EPOCH);
    scheduler.received_media(Instant::EPOCH, Ssrc(1));
    assert_eq!((scheduler.members(), scheduler.senders()), (40, 2));
    // Two senders of 800 bits on 200 bit/s, where 38 others on 600 wait 50 s.
    let first = next(&mut scheduler).0;
    scheduler.sent_media(first);
    let second = next(&mut scheduler).0;
    assert!((3.0..=10.0).contains(&seconds(second.since(first))));
    // Without media since the last report but one it is a sender no more.
    assert!(scheduler.is_sender());
    next(&mut scheduler);
    assert!(!scheduler.is_sender());
}

#[test]
fn who_begins_to_send_reports_sooner() {
    let bandwidth = Bandwidth { senders: 200, receivers: 600 };
    let mut scheduler = joined(Config { bandwidth, group: Group::Many, ..Config::default() });
    (1..40).for_each(|other| scheduler.received_report(Instant::EPOCH, Ssrc(other), BYTES));
    let now = next(&mut scheduler).0;
    let before = scheduler.poll_timeout().unwrap();
    let half = now + before.since(now) / 2;
    scheduler.sent_media(half);
    // 40 receivers of 800 bits on 600 bit/s wait 53.3 s; one sender on 200 bit/s waits no less than five.
    let after = scheduler.poll_timeout().unwrap();
    let share = seconds(after.since(half)) / seconds(before.since(half));
    assert!((share - 5.0 / (40.0 * 800.0 / 600.0)).abs() < 1e-6, "{share}");
    // Once.
    scheduler.sent_media(half);
    assert_eq!(scheduler.poll_timeout(), Some(after));
    let (sent, due) = next(&mut scheduler);
    assert_eq!(due, Due::Report);
    assert!(seconds(sent.since(now)) >= 2.5 / 1.218_28);
}

#[test]
fn a_contributor_is_a_member_and_no_sender() {
    let mut scheduler = joined(Config::default());
    scheduler.received_contribution(at(0.0), Ssrc(5));
    scheduler.received_contribution(at(0.0), US);
    assert_eq!((scheduler.members(), scheduler.senders()), (2, 0));
}

#[test]
fn who_leaves_makes_room_at_once() {
    let bandwidth = Bandwidth { senders: 200, receivers: 600 };
    let mut scheduler = joined(Config { bandwidth, group: Group::Many, ..Config::default() });
    (1..=500).for_each(|other| scheduler.received_report(Instant::EPOCH, Ssrc(other), BYTES));
    let now = next(&mut scheduler).0;
    let before = scheduler.poll_timeout().unwrap().since(now);
    assert!(seconds(before) > 250.0);
    scheduler.received_goodbye(now, (1..=498).map(Ssrc), BYTES);
    let after = scheduler.poll_timeout().unwrap().since(now);
    assert_eq!(scheduler.members(), 3);
    assert!((seconds(after) / seconds(before) - 3.0 / 501.0).abs() < 1e-6);
}

#[test]
fn who_is_silent_for_five_intervals_is_gone() {
    let mut scheduler = joined(Config::default());
    scheduler.received_media(Instant::EPOCH, Ssrc(1));
    scheduler.received_report(Instant::EPOCH, Ssrc(2), BYTES);
    let mut senders_left = None;
    loop {
        let (now, _) = next(&mut scheduler);
        if scheduler.senders() == 0 {
            senders_left = senders_left.or(Some(now));
        }
        if scheduler.members() == 1 {
            // Twice and five times five seconds, as seen with a report.
            let stopped = seconds(senders_left.unwrap().since_epoch());
            assert!((10.0..=18.0).contains(&stopped), "{stopped}");
            assert!((25.0..=33.0).contains(&seconds(now.since_epoch())), "{now:?}");
            break;
        }
    }
}

#[test]
fn few_say_goodbye_at_once_and_many_in_turn() {
    let mut scheduler = joined(Config::default());
    next(&mut scheduler);
    scheduler.leave(at(20.0), BYTES);
    assert_eq!(next(&mut scheduler), (at(20.0), Due::Goodbye));
    assert_eq!((scheduler.poll_timeout(), scheduler.poll(at(100.0))), (None, Due::Nothing));

    let bandwidth = Bandwidth { senders: 1_000, receivers: 3_000 };
    let mut scheduler = joined(Config { bandwidth, group: Group::Many, ..Config::default() });
    (1..=100).for_each(|other| scheduler.received_media(Instant::EPOCH, Ssrc(other)));
    let now = next(&mut scheduler).0;
    scheduler.leave(now, BYTES);
    // All others leave as well: each of them makes us wait longer.
    scheduler.received_goodbye(now, (1..=100).map(Ssrc), BYTES);
    let (left, due) = next(&mut scheduler);
    assert_eq!(due, Due::Goodbye);
    // 101 × 800 bits on 3 000 bit/s, spread.
    assert!((10.0..=34.0).contains(&seconds(left.since(now))), "{:?}", left.since(now));
}

#[test]
fn who_never_spoke_leaves_without_a_word() {
    let mut scheduler = joined(Config::default());
    scheduler.leave(at(0.1), BYTES);
    assert_eq!((scheduler.poll_timeout(), scheduler.poll(at(9.0))), (None, Due::Nothing));
    let mut scheduler = joined(Config::default());
    scheduler.sent_media(at(0.0));
    scheduler.leave(at(0.1), BYTES);
    assert_eq!(scheduler.poll(at(0.1)), Due::Goodbye);
}

#[test]
fn without_bandwidth_nothing_is_ever_due() {
    let bandwidth = Bandwidth { senders: 1_000, receivers: 0 };
    let mut scheduler = joined(Config { bandwidth, ..Config::default() });
    assert_eq!(scheduler.poll_timeout(), None);
    assert_eq!(scheduler.poll(at(1_000.0)), Due::Nothing);
    assert_eq!(scheduler.feedback(at(0.0), Duration::MAX), Feedback::TooLate);
}

#[test]
fn bandwidth_of_senders_is_for_those_who_send() {
    let bandwidth = Bandwidth { senders: 1_000, receivers: 0 };
    let mut scheduler = Scheduler::new(US, Config { bandwidth, ..Config::default() });
    scheduler.sent_media(at(0.0));
    scheduler.join(at(0.0));
    assert!(scheduler.poll_timeout().is_some(), "sent before it joined");
    let mut scheduler = joined(Config { bandwidth, ..Config::default() });
    assert_eq!(scheduler.poll_timeout(), None);
    for begin in [at(100.0), at(200.0)] {
        scheduler.sent_media(begin);
        let (first, due) = next(&mut scheduler);
        assert_eq!(due, Due::Report);
        assert!((1.0..=6.2).contains(&seconds(first.since(begin))), "{first:?}");
        // In the one after it is a sender still, and then no more.
        assert_eq!(next(&mut scheduler).1, Due::Report);
        assert_eq!(scheduler.poll_timeout(), None);
    }
}

fn avpf(group: Group, interval: f64) -> Config {
    let bandwidth = Bandwidth { senders: 1_000, receivers: 3_000 };
    let timing = Timing::Feedback { interval: Duration::from_secs_f64(interval) };
    Config { bandwidth, timing, group, ..Config::default() }
}

const SOON: Duration = Duration::from_millis(100);

#[test]
fn one_of_a_pair_gives_feedback_at_once_and_once_an_interval() {
    let mut scheduler = joined(avpf(Group::Pair, 0.0));
    scheduler.received_report(at(0.0), Ssrc(1), BYTES);
    let first = next(&mut scheduler).0;
    let regular = scheduler.poll_timeout().unwrap();
    let now = first + Duration::from_millis(1);
    assert_eq!(scheduler.feedback(now, SOON), Feedback::Early(now));
    assert_eq!(scheduler.feedback(now, SOON), Feedback::Early(now), "the second goes along");
    assert_eq!((scheduler.poll_timeout(), scheduler.poll(now)), (Some(now), Due::Feedback));
    // For that, one report is left out.
    let skipped = scheduler.poll_timeout().unwrap();
    assert!(skipped > regular);
    assert_eq!(skipped.since(first), regular.since(first) * 2);
    // Until then there is no early feedback any more.
    assert_eq!(scheduler.feedback(now, Duration::from_millis(1)), Feedback::TooLate);
    assert_eq!(scheduler.feedback(now, Duration::from_secs(10)), Feedback::Regular(skipped));
    let (then, due) = next(&mut scheduler);
    assert_eq!(due, Due::Report);
    let early = then + Duration::from_millis(1);
    assert_eq!(scheduler.feedback(early, SOON), Feedback::Early(early));
}

#[test]
fn one_of_many_waits_whether_another_says_it() {
    let mut scheduler = joined(avpf(Group::Many, 0.0));
    (1..=20).for_each(|other| scheduler.received_report(at(0.0), Ssrc(other), BYTES));
    let first = next(&mut scheduler).0;
    let interval = scheduler.poll_timeout().unwrap().since(first);
    let Feedback::Early(chosen) = scheduler.feedback(first, SOON) else { panic!("it is allowed") };
    assert!(chosen > first && chosen <= first + interval / 2);
    scheduler.withdraw();
    assert_eq!(scheduler.poll(chosen), Due::Nothing);
    // Close to the next report it goes with that.
    let close = first + interval.mul_f64(0.75);
    assert_eq!(scheduler.feedback(close, SOON), Feedback::Regular(first + interval));
    assert_eq!(next(&mut scheduler).1, Due::Report);
}

#[test]
fn reports_are_suppressed_within_the_agreed_interval() {
    let mut scheduler = joined(avpf(Group::Pair, 60.0));
    scheduler.received_report(at(0.0), Ssrc(1), BYTES);
    let first = next(&mut scheduler).0;
    let (second, due) = next(&mut scheduler);
    assert_eq!(due, Due::Report);
    assert!((30.0..=90.5).contains(&seconds(second.since(first))));
    // What waits goes out without a report.
    let timeout = scheduler.poll_timeout().unwrap();
    let now = second + Duration::from_micros(1);
    assert_eq!(scheduler.feedback(now, SOON), Feedback::Early(now));
    assert_eq!(scheduler.poll(now), Due::Feedback);
    assert!(matches!(scheduler.feedback(now, Duration::from_secs(9)), Feedback::Regular(at) if at > timeout));
    let (third, due) = next(&mut scheduler);
    assert_eq!(due, Due::Feedback);
    assert!(seconds(third.since(second)) < 2.0);
}

#[test]
fn in_the_plain_profile_feedback_goes_with_a_report() {
    let mut scheduler = joined(Config::default());
    let next_report = scheduler.poll_timeout().unwrap();
    assert_eq!(scheduler.feedback(at(0.0), SOON), Feedback::TooLate);
    assert_eq!(scheduler.feedback(at(0.0), Duration::from_secs(9)), Feedback::Regular(next_report));
    assert_eq!(next(&mut scheduler).1, Due::Report);
}

#[test]
fn a_flood_of_names_is_bounded() {
    let mut scheduler = joined(Config { members: 16, ..Config::default() });
    (1..100_000).for_each(|ssrc| scheduler.received_report(at(0.0), Ssrc(ssrc), usize::MAX));
    assert_eq!(scheduler.members(), 17);
    assert!(scheduler.poll(at(2_000_000.0)) == Due::Report);
    // Our own name is not another's.
    let mut scheduler = joined(Config::default());
    scheduler.received_media(at(0.0), US);
    assert_eq!((scheduler.members(), scheduler.senders()), (1, 0));
}

#[test]
fn no_configuration_is_too_much_for_it() {
    let bandwidth = Bandwidth { senders: 1, receivers: 1 };
    let timing = Timing::Feedback { interval: Duration::MAX };
    let mut scheduler = joined(Config { bandwidth, timing, first_report: usize::MAX, ..Config::default() });
    (1..1_000).for_each(|ssrc| scheduler.received_media(at(0.0), Ssrc(ssrc)));
    for _ in 0..5 {
        let now = scheduler.poll_timeout().unwrap();
        scheduler.poll(now);
        scheduler.feedback(now, Duration::MAX);
        scheduler.received_goodbye(now, (1..500).map(Ssrc), usize::MAX);
    }
}
