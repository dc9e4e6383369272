mod belonging;
mod repair;
mod room;

use super::*;
use crate::Retransmit;
use moim_media::ClockRate;
use moim_media::codec::{Activity, Content};
use std::collections::BTreeMap;

const STEP: u64 = 10;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn seq(number: u64) -> SeqNo {
    SeqNo::new(number)
}

/// One thing that was pulled, with the number of its packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Packet(u64),
    Overdue(u64),
    Repaired(u64),
    Rebuilt(u64),
    Missing(u64),
    Silence,
    Underrun,
    Idle,
}

/// A sender of equal packets, and a caller that pulls 10 ms every 10 ms and holds what is too much.
struct Call {
    buffer: JitterBuffer,
    frame: u64,
    fec: Duration,
    redundancy: Duration,
    content: Content,
    /// Packets under way by the millisecond in which they arrive.
    under_way: BTreeMap<(u64, u64), (MediaTime, Activity)>,
    now: u64,
    held: Duration,
    heard: Vec<(u64, Heard)>,
}

impl Call {
    fn new(frame: u64) -> Self {
        Self::with(frame, JitterConfig::default())
    }

    /// A buffer that aims at no delay at all, so that whatever is late is missed.
    fn eager() -> Self {
        Self::with(20, JitterConfig { max_delay: Duration::ZERO, ..JitterConfig::default() })
    }

    fn with(frame: u64, config: JitterConfig) -> Self {
        Self {
            buffer: JitterBuffer::new(config).unwrap(),
            frame,
            fec: Duration::ZERO,
            redundancy: Duration::ZERO,
            content: Content::Speech,
            under_way: BTreeMap::new(),
            now: 0,
            held: Duration::ZERO,
            heard: Vec::new(),
        }
    }

    fn time(&self, number: u64) -> MediaTime {
        MediaTime::new(1_000_000 + number * self.frame * 48, ClockRate::HZ_48000)
    }

    /// The packets of this range are sent as they should be and travel for `transit` ms.
    fn send(&mut self, packets: std::ops::Range<u64>, transit: u64) {
        for number in packets {
            self.send_at(number, number * self.frame + transit);
        }
    }

    fn send_at(&mut self, number: u64, arrives: u64) {
        self.under_way.insert((arrives, number), (self.time(number), Activity::Active));
    }

    fn insert(&mut self, number: u64, time: MediaTime, activity: Activity) -> Inserted {
        let info = self.info(activity);
        self.buffer.insert(at(self.now), seq(number), time, info, &number.to_be_bytes())
    }

    fn info(&self, activity: Activity) -> PacketInfo {
        PacketInfo {
            duration: ms(self.frame),
            activity,
            content: self.content,
            fec: self.fec,
            redundancy: self.redundancy,
        }
    }

    /// Lets time pass until `until`.
    fn run(&mut self, until: u64) {
        while self.now < until {
            while let Some((&key, _)) = self.under_way.first_key_value().filter(|(key, _)| key.0 <= self.now)
            {
                let (time, activity) = self.under_way.remove(&key).unwrap();
                let _ = self.insert(key.1, time, activity);
            }
            self.pull();
            self.now += STEP;
        }
    }

    fn pull(&mut self) {
        while self.held < ms(STEP) {
            let number = |packet: &Packet<'_>| {
                assert_eq!(packet.payload, packet.seq.get().to_be_bytes());
                packet.seq.get()
            };
            let (heard, length) = match self.buffer.pull(at(self.now), self.held) {
                Pulled::Packet(packet) => (Heard::Packet(number(&packet)), packet.info.duration),
                Pulled::Overdue(packet) => (Heard::Overdue(number(&packet)), Duration::ZERO),
                Pulled::Repairable { missing, from, copy: Copied::InBand } => {
                    (Heard::Repaired(number(&from) - 1), missing)
                }
                Pulled::Repairable { missing, from, copy: Copied::Deep { offset } } => {
                    let back = offset.as_millis() as u64 / self.frame;
                    (Heard::Rebuilt(number(&from) - back), missing)
                }
                Pulled::Missing { missing } => (Heard::Missing(missing.as_millis() as u64), missing),
                Pulled::Silence { lasting } => (Heard::Silence, lasting),
                Pulled::Underrun => (Heard::Underrun, ms(STEP)),
                Pulled::Idle => (Heard::Idle, ms(STEP)),
            };
            self.heard.push((self.now, heard));
            self.held += length;
        }
        self.held -= ms(STEP);
    }

    /// What was heard from `from` on, without times.
    fn since(&self, from: u64) -> Vec<Heard> {
        self.heard.iter().filter(|(at, _)| *at >= from).map(|(_, heard)| *heard).collect()
    }

    fn count(&self, heard: Heard) -> usize {
        self.heard.iter().filter(|(_, other)| *other == heard).count()
    }

    fn packets(&self) -> Vec<u64> {
        self.heard
            .iter()
            .filter_map(|(_, heard)| if let Heard::Packet(number) = heard { Some(*number) } else { None })
            .collect()
    }

    fn when(&self, heard: Heard) -> u64 {
        self.heard.iter().find(|(_, other)| *other == heard).unwrap_or_else(|| panic!("{heard:?}")).0
    }
}

#[test]
fn packets_come_out_in_order_and_whole() {
    for frame in [5, 10, 20, 40, 60, 120] {
        let mut call = Call::new(frame);
        call.send(0..4_000 / frame, 40);
        call.run(3_900);
        let packets = call.packets();
        assert!(packets.len() as u64 >= 3_600 / frame, "{frame} ms: {}", packets.len());
        assert!((0..).zip(&packets).all(|(number, packet)| number == *packet), "{frame} ms: {packets:?}");
        assert_eq!(call.count(Heard::Underrun), 0, "{frame} ms");
        assert!(call.buffer.delay() <= ms(30), "{frame} ms: {:?}", call.buffer.delay());
    }
}

#[test]
fn a_quarter_of_a_step_is_a_packet_too() {
    let mut buffer = JitterBuffer::new(JitterConfig::default()).unwrap();
    let info = PacketInfo {
        duration: Duration::from_micros(2_500),
        activity: Activity::Active,
        content: Content::Speech,
        fec: Duration::ZERO,
        redundancy: Duration::ZERO,
    };
    let mut next = 0;
    for step in 0..200 {
        for quarter in 0..4 {
            let number = step * 4 + quarter;
            let sent = Instant::from_micros(number * 2_500);
            let time = MediaTime::new(number * 120, ClockRate::HZ_48000);
            assert_eq!(buffer.insert(sent, seq(number), time, info, &[]), Inserted::Accepted);
        }
        let mut held = Duration::ZERO;
        while held < ms(10) {
            held += match buffer.pull(at(step * 10 + 10), held) {
                Pulled::Packet(packet) => {
                    assert_eq!(packet.seq, seq(next));
                    next += 1;
                    packet.info.duration
                }
                Pulled::Idle if next == 0 => ms(10),
                other => panic!("{other:?}"),
            };
        }
    }
    assert!(next >= 780, "{next}");
}

#[test]
fn before_the_first_packet_there_is_nothing() {
    let mut call = Call::new(20);
    call.run(100);
    assert_eq!(call.since(0), [Heard::Idle; 10]);
    assert_eq!((call.buffer.delay(), call.buffer.target()), (Duration::ZERO, Duration::ZERO));
}

#[test]
fn the_first_packet_waits_a_little_and_is_heard() {
    let mut call = Call::new(20);
    call.send(0..50, 1_000);
    call.run(1_500);
    assert_eq!(call.when(Heard::Packet(0)), 1_030);
    assert_eq!(call.count(Heard::Overdue(0)), 0);
}

#[test]
fn duplicates_and_late_packets_are_told_apart() {
    let mut call = Call::new(20);
    call.send(0..40, 0);
    call.send(41..60, 0);
    call.run(1_000);
    let (played, lost, waiting) = (call.time(30), call.time(40), call.time(70));
    assert_eq!(call.insert(30, played, Activity::Active), Inserted::Duplicate);
    assert_eq!(call.insert(40, lost, Activity::Active), Inserted::Late);
    assert_eq!(call.insert(70, waiting, Activity::Active), Inserted::Accepted);
    assert_eq!(call.insert(70, waiting, Activity::Active), Inserted::Duplicate);
    let stats = call.buffer.stats();
    assert_eq!((stats.duplicates, stats.late), (2, 1));
}

#[test]
fn reordered_packets_are_put_in_order() {
    let mut call = Call::with(20, JitterConfig { min_delay: ms(40), ..JitterConfig::default() });
    for pair in 0..50 {
        call.send_at(2 * pair, (2 * pair + 1) * 20 + 5);
        call.send_at(2 * pair + 1, (2 * pair + 1) * 20);
    }
    call.run(1_900);
    let packets = call.packets();
    assert!(packets.len() > 85 && packets.windows(2).all(|pair| pair[1] == pair[0] + 1), "{packets:?}");
}

#[test]
fn a_lost_packet_is_repaired_from_the_next_one() {
    let mut call = Call::new(20);
    call.fec = ms(20);
    call.send(0..50, 0);
    call.send(51..100, 0);
    call.run(1_500);
    assert_eq!(call.count(Heard::Repaired(50)), 1);
    assert_eq!(call.when(Heard::Packet(51)), call.when(Heard::Repaired(50)) + 20);
    assert_eq!(call.buffer.stats().repairable, 1);
}

#[test]
fn what_fec_does_not_reach_is_missing_in_steps_of_a_frame() {
    let mut call = Call::with(20, JitterConfig { min_delay: ms(120), ..JitterConfig::default() });
    call.fec = ms(20);
    call.send(0..50, 0);
    call.send(54..100, 0);
    call.run(1_700);
    let from = call.when(Heard::Missing(20));
    let expected = [Heard::Missing(20), Heard::Missing(20), Heard::Missing(20), Heard::Repaired(53)];
    assert_eq!(call.since(from)[..4], expected);
    assert_eq!(call.when(Heard::Packet(54)), from + 80);
}

#[test]
fn a_packet_that_comes_while_its_gap_is_concealed_costs_no_time() {
    let mut call = Call::with(20, JitterConfig { min_delay: ms(100), ..JitterConfig::default() });
    call.send(0..50, 0);
    call.send(52..100, 0);
    // Both are missing at their deadline (1 100 and 1 120); the first comes when both have been concealed.
    call.send_at(50, 1_131);
    call.run(1_700);
    assert_eq!(call.count(Heard::Missing(20)), 2);
    assert_eq!(call.count(Heard::Overdue(50)), 1);
    assert_eq!(call.when(Heard::Packet(52)), 1_140);
}

#[test]
fn after_an_underrun_the_late_packet_continues() {
    let mut call = Call::eager();
    call.send(0..100, 0);
    call.send(100..150, 15);
    call.run(2_900);
    assert!(call.count(Heard::Underrun) >= 1);
    let packets = call.packets();
    assert!((0..).zip(&packets).all(|(number, packet)| number == *packet), "nothing is dropped: {packets:?}");
}

#[test]
fn a_lost_packet_is_paid_for_with_the_concealment_it_caused() {
    let mut call = Call::eager();
    call.send(0..100, 0);
    call.send(101..150, 0);
    call.run(2_900);
    let delay = call.when(Heard::Packet(99)) - 99 * 20;
    assert_eq!(call.count(Heard::Underrun), 2, "no newer packet had come at its deadline");
    assert_eq!(call.when(Heard::Packet(101)), 101 * 20 + delay);
}

#[test]
fn a_stall_leaves_no_delay_behind() {
    let mut call = Call::eager();
    call.send(0..100, 0);
    for number in 100..115 {
        call.send_at(number, 2_300);
    }
    call.send(115..200, 0);
    call.run(2_310);
    assert!(call.count(Heard::Overdue(100)) == 1, "older than the delay allows: {:?}", call.since(2_290));
    assert!(call.buffer.delay() <= ms(50), "{:?}", call.buffer.delay());
    call.run(3_900);
    assert!(call.packets().contains(&114));
    assert!(call.buffer.delay() <= ms(20), "{:?}", call.buffer.delay());
}

#[test]
fn a_slower_path_is_taken_as_it_is() {
    let mut call = Call::eager();
    call.send(0..200, 10);
    call.send(200..400, 160);
    call.run(7_900);
    // The underrun lasts as long as the path became longer; from then on there is sound.
    let underruns = call.count(Heard::Underrun);
    assert_eq!(underruns, 15);
    let dropped = call.heard.iter().filter(|(_, heard)| matches!(heard, Heard::Overdue(_))).count();
    assert!(dropped <= 1, "{dropped}");
    assert_eq!(call.buffer.stats().shifts, 1);
    assert!(call.buffer.target() <= ms(40), "over the new base: {:?}", call.buffer.target());
}

#[test]
fn a_silence_lasts_as_long_as_the_sender_was_silent() {
    let mut call = Call::new(20);
    call.send(0..50, 0);
    call.under_way.insert((1_000, 50), (call.time(50), Activity::Silent));
    // The next talk spurt: consecutive in sequence, 700 ms later in time, and 15 ms late.
    for number in 51..80 {
        call.under_way.insert((number * 20 + 715, number), (call.time(number + 35), Activity::Active));
    }
    call.run(2_200);
    assert_eq!(call.count(Heard::Underrun), 0);
    let spurt = call.when(Heard::Packet(51));
    assert!((1_740..=1_760).contains(&spurt), "{spurt}");
    assert!(call.buffer.delay() <= ms(40), "a silence is no delay: {:?}", call.buffer.delay());
    assert!(call.count(Heard::Silence) >= 66);
}

#[test]
fn a_hole_in_media_time_alone_is_a_silence() {
    let mut call = Call::with(20, JitterConfig { min_delay: ms(60), ..JitterConfig::default() });
    call.send(0..50, 0);
    for number in 50..80 {
        call.under_way.insert((number * 20 + 40, number), (call.time(number + 2), Activity::Active));
    }
    call.run(1_500);
    assert_eq!(call.count(Heard::Missing(20)), 0);
    assert!(call.count(Heard::Silence) >= 3, "{:?}", call.since(1_000));
}

#[test]
fn after_an_outage_the_stream_begins_anew_without_the_past() {
    let mut call = Call::new(20);
    call.send(0..100, 0);
    call.send(250..350, 0);
    // Lost before the outage, and never asked for: its time is over when it comes.
    call.send_at(90, 4_990);
    call.under_way.remove(&(1_800, 90));
    call.run(6_500);
    assert!(call.count(Heard::Idle) > 150);
    let packets = call.packets();
    assert!(packets.windows(2).all(|pair| pair[0] < pair[1]), "{packets:?}");
    assert_eq!(packets.iter().filter(|number| **number >= 250).count() as u64, packets.last().unwrap() - 249);
    assert!(call.buffer.delay() <= ms(30), "{:?}", call.buffer.delay());
}

#[test]
fn after_a_clock_was_set_back_the_past_fades_as_ever() {
    let mut call = Call::new(20);
    call.now = 3_600_000;
    let (start, jitter) = (180_000, |number: u64| if number.is_multiple_of(3) { 80 } else { 0 });
    for number in 0..500 {
        call.send_at(start + number, (start + number) * 20 + jitter(number));
    }
    call.run(3_610_000);
    // Ten more seconds of jitter at the new hour, and then none.
    (call.now, call.under_way) = (10_000, BTreeMap::new());
    for number in 500..3_000 {
        let arrives = 10_000 + (number - 500) * 20 + if number < 1_000 { jitter(number) } else { 0 };
        call.send_at(start + number, arrives);
    }
    call.run(59_000);
    assert_eq!(call.buffer.stats().restarts, 1);
    assert!(call.buffer.target() <= ms(30), "{:?}", call.buffer.target());
}

#[test]
fn a_caller_that_stopped_pulling_comes_back_to_the_present() {
    let mut call = Call::new(20);
    call.send(0..400, 0);
    call.run(2_000);
    // The loudspeaker stands still for two seconds; packets come in.
    for number in 100..200 {
        call.now = number * 20;
        let time = call.time(number);
        let _ = call.insert(number, time, Activity::Active);
    }
    call.run(5_000);
    assert!(call.buffer.delay() <= ms(1_100), "{:?}", call.buffer.delay());
}

#[test]
fn a_lost_packet_is_asked_for_once_per_round_trip_while_that_helps() {
    let round_trip = ms(40);
    let mut call = Call::with(20, JitterConfig { min_delay: ms(200), ..JitterConfig::default() });
    call.send(0..50, 0);
    call.send(51..100, 0);
    let mut asked = Vec::new();
    for now in (0..1_400).step_by(10) {
        call.run(now + 10);
        while let Some(number) = call.buffer.poll_retransmit(at(now), round_trip) {
            asked.push((now, number.get()));
        }
    }
    // 51 shows at 1 020 that 50 is missing. It is needed at 1 200, so the last request is worth it until 1 160.
    assert_eq!(asked, [(1_030, 50), (1_080, 50), (1_130, 50)]);
    assert_eq!(call.buffer.retransmit_due(), None);
    assert_eq!(call.buffer.stats().requested, 3);
}

#[test]
fn an_answer_in_time_is_played_and_teaches_no_jitter() {
    let mut call = Call::with(20, JitterConfig { min_delay: ms(120), ..JitterConfig::default() });
    call.send(0..50, 0);
    call.send(51..100, 0);
    call.run(1_040);
    assert_eq!(call.buffer.poll_retransmit(at(1_040), ms(40)), Some(seq(50)));
    // A second request would come too late; the answer to the first one is still known for what it is.
    call.send_at(50, 1_090);
    call.run(1_085);
    assert_eq!(call.buffer.poll_retransmit(at(1_085), ms(40)), None);
    call.run(1_500);
    assert_eq!(call.buffer.stats().recovered, 1);
    assert_eq!(call.count(Heard::Packet(50)), 1);
    assert_eq!(call.count(Heard::Underrun) + call.count(Heard::Missing(20)), 0);
}

#[test]
fn without_a_way_to_ask_nothing_is_asked_for() {
    let config =
        JitterConfig { retransmit: None::<Retransmit>, min_delay: ms(200), ..JitterConfig::default() };
    let mut call = Call::with(20, config);
    call.send(0..50, 0);
    call.send(51..100, 0);
    call.run(1_100);
    assert_eq!(call.buffer.poll_retransmit(at(1_100), ms(10)), None);
    assert_eq!(call.buffer.retransmit_due(), None);
}

#[test]
fn no_duration_is_too_long_to_reckon_with() {
    let mut call = Call::new(20);
    (call.fec, call.redundancy) = (Duration::MAX, Duration::MAX);
    call.send(0..5, 0);
    call.send(7..50, 0);
    call.run(300);
    assert!(call.buffer.wants_redundancy(seq(60), Duration::ZERO));
    call.run(1_000);
    assert!(call.packets().len() > 40, "{:?}", call.packets());

    let mut buffer = JitterBuffer::new(JitterConfig::default()).unwrap();
    let info = PacketInfo { duration: Duration::MAX, ..call.info(Activity::Active) };
    for number in [0, 5, 9] {
        let _ = buffer.insert(at(number), seq(number), call.time(number), info, b"long");
        let _ = buffer.wants_redundancy(seq(number + 4), Duration::ZERO);
    }
    assert_eq!(
        buffer.poll_retransmit(at(500), Duration::MAX),
        Some(seq(1)),
        "nothing is known of when it is needed"
    );
    for _ in 0..20 {
        let _ = buffer.pull(at(500), Duration::MAX);
    }
}

#[test]
fn late_words_are_held_and_late_music_is_not() {
    for (content, overdue) in [(Content::Speech, 3), (Content::General, 4)] {
        let mut call = Call::new(20);
        call.content = content;
        call.send(0..100, 40);
        // A stall of 100 ms: five packets come at once.
        for number in 100..105 {
            call.send_at(number, 105 * 20 + 40);
        }
        call.send(105..200, 40);
        call.run(3_000);
        let dropped = call.heard.iter().filter(|(_, heard)| matches!(heard, Heard::Overdue(_))).count();
        assert_eq!(dropped, overdue, "{content:?}");
    }
}
