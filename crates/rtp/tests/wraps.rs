//! Three days of a stream in virtual time, over a path that loses, repeats and swaps packets: every number on the wire
//! wraps, most of them many times, and nothing notices.

use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime, Seq, SeqNo, Timestamp};
use moim_rtp::extension::AbsSendTime;
use moim_rtp::feedback::{Arrivals, Reported};
use moim_rtp::history::{History, Stored};
use moim_rtp::loss::Arrival;
use moim_rtp::nack::{self, Asked, Generator};
use moim_rtp::reception::{Source, Standing};
use moim_rtp::rtcp::schedule::{self, Due, Scheduler};
use moim_rtp::rtcp::{ArrivalTime, Part, SenderInfo, Writer, walk};
use moim_rtp::rtx::{self, Unwrapped};
use moim_rtp::{
    Extension, ExtensionForm, ExtensionId, Header, NtpTime, Packet, PacketBuilder, PayloadType, Ssrc,
    TransportSeq,
};
use std::collections::VecDeque;

const THREE_DAYS: Duration = Duration::from_secs(72 * 3_600);
/// Half way through it the arrival times of feedback wrap, 2³² times 250 µs after the epoch …
const BEGIN: Instant = Instant::from_millis(1_073_741_824 - 36 * 3_600_000);
/// … and an hour later the NTP era ends, 2³² s after 1900.
const ERA_ENDS: Duration = Duration::from_secs((1 << 32) - 2_208_988_800);
const ONE_WAY: Duration = Duration::from_millis(20);
const SENDER: Ssrc = Ssrc(7);
const RECEIVER: Ssrc = Ssrc(8);
const FIRST_SEQ: u16 = 65_000;
const FIRST_TIMESTAMP: u32 = u32::MAX - 20_000;
/// Bytes that each packet is said to have, so that their sum wraps.
const OCTETS: u64 = 2_500;

/// What happens to a packet on its way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Arrives,
    Lost,
    Twice,
    /// It is overtaken by the next one.
    Late,
}

impl Fate {
    fn of(index: u64) -> Self {
        match index {
            // The source is confirmed by its first two packets.
            0..10 => Self::Arrives,
            _ if index % 97 == 13 => Self::Lost,
            // Never beside a loss, so that every gap is of one packet.
            _ if index % 1_009 == 500 && !(12..=14).contains(&(index % 97)) => Self::Late,
            _ if index % 1_013 == 700 => Self::Twice,
            _ => Self::Arrives,
        }
    }
}

struct Path {
    rate: ClockRate,
    interval: Duration,
    // At the sender.
    history: History,
    reports: Scheduler,
    rtx_seq: Seq,
    // At the receiver.
    source: Source,
    generator: Generator,
    arrivals: Arrivals,
    answers: Scheduler,
    first: Option<(SeqNo, MediaTime)>,
    repairs: VecDeque<(Instant, Vec<u8>)>,
    // What is true.
    lost: u64,
    duplicates: u64,
    late: u64,
    repaired: u64,
    reported: u64,
    expected_before: u64,
    received_before: u64,
}

impl Path {
    fn new(rate: ClockRate, interval: Duration) -> Self {
        let scheduler = |ssrc, seed| {
            let mut scheduler =
                Scheduler::new(ssrc, schedule::Config { seed, ..schedule::Config::default() });
            scheduler.join(BEGIN);
            scheduler
        };
        Self {
            rate,
            interval,
            history: History::new(1_024, 64),
            reports: scheduler(SENDER, 1),
            rtx_seq: Seq(65_400),
            source: Source::new(SENDER, rate),
            generator: Generator::new(nack::Config { round_trip: ONE_WAY * 2, ..nack::Config::default() }),
            arrivals: Arrivals::new(256),
            answers: scheduler(RECEIVER, 2),
            first: None,
            repairs: VecDeque::new(),
            lost: 0,
            duplicates: 0,
            late: 0,
            repaired: 0,
            reported: 0,
            expected_before: 0,
            received_before: 0,
        }
    }

    fn seq(index: u64) -> Seq {
        Seq((u64::from(FIRST_SEQ) + index) as u16)
    }

    fn timestamp(&self, index: u64) -> Timestamp {
        let ticks = index * self.rate.ticks(self.interval);
        Timestamp((u64::from(FIRST_TIMESTAMP) + ticks) as u32)
    }

    /// Wall-clock time.
    fn ntp(now: Instant) -> NtpTime {
        NtpTime::from_unix(now.since(BEGIN) + ERA_ENDS - Duration::from_secs(37 * 3_600))
    }

    fn sent_at(&self, index: u64) -> Instant {
        let since = self.interval.as_nanos() as u64 * index;
        BEGIN + Duration::from_nanos(since)
    }

    fn run(&mut self) -> u64 {
        let packets = (THREE_DAYS.as_nanos() / self.interval.as_nanos()) as u64;
        let mut overtaken = None;
        for index in 0..packets {
            let packet = self.send(index);
            let arrives = self.sent_at(index) + ONE_WAY;
            self.serve(arrives);
            match Fate::of(index) {
                Fate::Lost => self.lost += 1,
                Fate::Late => overtaken = Some((index, packet)),
                fate => {
                    self.receive(arrives, index, &packet, fate);
                    if let Some((index, packet)) = overtaken.take() {
                        self.receive(arrives + Duration::from_millis(1), index, &packet, Fate::Late);
                    }
                }
            }
            if index % 10 == 9 {
                self.feedback();
            }
            self.report(self.sent_at(index) + ONE_WAY * 2, index);
        }
        packets
    }

    fn send(&mut self, index: u64) -> Vec<u8> {
        let now = self.sent_at(index);
        let header = Header {
            marker: false,
            payload_type: PayloadType::new(96).unwrap(),
            seq: Self::seq(index),
            timestamp: self.timestamp(index),
            ssrc: SENDER,
        };
        let [time, number] = [1, 2].map(|id| ExtensionId::new(id).unwrap());
        let sent = AbsSendTime::at(now).to_bytes();
        // Numbers of the transport begin elsewhere.
        let transport = TransportSeq(Seq(header.seq.0.wrapping_add(500))).to_bytes();
        let elements = [Extension { id: time, data: &sent }, Extension { id: number, data: &transport }];
        let mut bytes = vec![0; 64];
        let builder = PacketBuilder::new(header).extensions(ExtensionForm::OneByte, &elements);
        let len = builder.write(&[&index.to_be_bytes()], &mut bytes).unwrap();
        bytes.truncate(len);
        assert_eq!(self.history.insert(header.seq, &bytes), Stored::Kept);
        self.reports.sent_media(now);
        bytes
    }

    fn receive(&mut self, now: Instant, index: u64, packet: &[u8], fate: Fate) {
        let packet = Packet::parse(packet).unwrap();
        let received = self.source.receive_packet(now, &packet, self.rate);
        let (first_seq, first_time) = *self.first.get_or_insert((received.seq, received.time));
        // Neither number has lost or gained a cycle.
        assert_eq!(received.seq, first_seq + index);
        assert_eq!(received.time.ticks() - first_time.ticks(), index * self.rate.ticks(self.interval));
        assert_eq!(received.standing, if index == 0 { Standing::Probation } else { Standing::Valid });
        if index > 1 {
            let arrival = match fate {
                Fate::Late => Arrival::Late,
                _ => {
                    let skipped = [Fate::Lost, Fate::Late].contains(&Fate::of(index - 1));
                    Arrival::New { skipped: u64::from(skipped) }
                }
            };
            assert_eq!(received.arrival, Some(arrival));
        }
        self.generator.received(now, received.seq);
        self.answers.received_media(now, packet.ssrc());
        let number = packet.read_extension::<TransportSeq>(ExtensionId::new(2).unwrap()).unwrap();
        self.arrivals.received(now, number.0);
        let sent = packet.read_extension::<AbsSendTime>(ExtensionId::new(1).unwrap()).unwrap();
        let on_its_way = AbsSendTime::at(now).since(sent);
        let truly = if fate == Fate::Late { self.interval } else { Duration::ZERO } + ONE_WAY;
        assert!(on_its_way.abs_diff(truly) <= Duration::from_millis(2), "{on_its_way:?}");
        if fate == Fate::Twice {
            let again = self.source.receive_packet(now, &packet, self.rate);
            assert_eq!(again.arrival, Some(Arrival::Duplicate));
            self.generator.received(now, again.seq);
            self.duplicates += 1;
        }
        self.late += u64::from(fate == Fate::Late);
    }

    /// What happens until `now` besides packets that arrive in their turn: requests, and what is sent again.
    fn serve(&mut self, now: Instant) {
        loop {
            let asks = self.generator.poll_timeout().unwrap_or(Instant::MAX);
            let comes = self.repairs.front().map_or(Instant::MAX, |&(at, _)| at);
            if asks.min(comes) > now {
                return;
            }
            if comes <= asks {
                let (now, repair) = self.repairs.pop_front().unwrap();
                self.repair(now, &repair);
            } else {
                self.ask(asks);
            }
        }
    }

    fn ask(&mut self, now: Instant) {
        let mut bytes = [0; 64];
        let mut writer = Writer::new(&mut bytes);
        let asked = self.generator.write(now, &mut writer, RECEIVER, SENDER).unwrap();
        // Every loss is alone.
        assert_eq!(asked, Asked::Packets(1));
        for part in walk(writer.as_bytes()) {
            let Ok(Part::Nack(nack)) = part else { panic!("{part:?} was not written") };
            for seq in nack.seqs() {
                let original = self.history.find(now + ONE_WAY, seq).expect("it was sent lately");
                let original = Packet::parse(original).unwrap();
                let mut repeated = vec![0; 64];
                let len = rtx::wrap(&original, stream(17, 97), self.rtx_seq, &mut repeated).unwrap();
                repeated.truncate(len);
                self.rtx_seq = Seq(self.rtx_seq.0.wrapping_add(1));
                self.repairs.push_back((now + ONE_WAY * 2, repeated));
            }
        }
    }

    fn repair(&mut self, now: Instant, repeated: &[u8]) {
        let mut original = [0; 64];
        let repeated = Packet::parse(repeated).unwrap();
        let Ok(Unwrapped::Original(len)) = rtx::unwrap(&repeated, stream(SENDER.0, 96), &mut original) else {
            panic!("it is one");
        };
        let original = Packet::parse(&original[..len]).unwrap();
        let index = u64::from_be_bytes(original.payload().try_into().unwrap());
        assert!(Fate::of(index) == Fate::Lost);
        let seq = self.source.full_seq(original.seq()).unwrap();
        assert_eq!(seq, self.first.unwrap().0 + index, "the very packet");
        self.generator.received(now, seq);
        self.repaired += 1;
    }

    fn feedback(&mut self) {
        let mut bytes = [0; 256];
        let mut writer = Writer::new(&mut bytes);
        let reported = self.arrivals.write(&mut writer, RECEIVER, SENDER).unwrap();
        assert!(matches!(reported, Reported::Packets(_)));
        for part in walk(writer.as_bytes()) {
            let Ok(Part::TransportFeedback(feedback)) = part else { panic!("{part:?} was not written") };
            let mut before: Option<(Seq, ArrivalTime)> = None;
            for (seq, arrival) in feedback.packets().filter_map(|(seq, arrival)| Some((seq, arrival?))) {
                self.reported += 1;
                let Some((last, then)) = before.replace((seq, arrival)) else { continue };
                let sent = u64::from(seq.0.wrapping_sub(last.0)) * self.interval.as_nanos() as u64;
                let came = arrival.nanos_since(then).cast_unsigned();
                // In its turn, or overtaken by the next.
                let shift = self.interval.as_nanos() as u64 + 2_000_000;
                assert!(came.wrapping_add(shift).wrapping_sub(sent) <= shift * 2);
            }
        }
    }

    /// A report each way, when one is due.
    fn report(&mut self, now: Instant, index: u64) {
        if self.answers.poll(now) == Due::Report {
            self.answers.sent(64);
            self.reports.received_report(now + ONE_WAY, RECEIVER, 64);
            self.answer(now, index);
        }
        if self.reports.poll(now) == Due::Report {
            let sent = index + 1;
            let info = SenderInfo {
                ntp: Self::ntp(now),
                timestamp: self.timestamp(index),
                packets: sent as u32,
                octets: (sent * OCTETS) as u32,
            };
            let mut bytes = [0; 64];
            let mut writer = Writer::new(&mut bytes);
            writer.sender_report(SENDER, info, &[]).unwrap();
            self.reports.sent(writer.len());
            let Some(Ok(Part::SenderReport(report))) = walk(writer.as_bytes()).next() else { panic!() };
            assert_eq!(report.info, info);
            self.answers.received_report(now + ONE_WAY, report.ssrc, writer.len());
            self.source.sender_report(now + ONE_WAY, report.info.ntp);
            let named = self.source.media_time(report.info.timestamp).unwrap();
            let (_, first) = self.first.unwrap();
            assert_eq!(named.ticks() - first.ticks(), index * self.rate.ticks(self.interval));
        }
    }

    fn answer(&mut self, now: Instant, index: u64) {
        let Some(block) = self.source.report(now) else { return };
        let mut bytes = [0; 64];
        let mut writer = Writer::new(&mut bytes);
        writer.receiver_report(RECEIVER, &[block]).unwrap();
        let Some(Ok(Part::ReceiverReport(report))) = walk(writer.as_bytes()).next() else { panic!() };
        assert_eq!(report.reports().next(), Some(block));
        let newest = (0..=index).rev().find(|&index| matches!(Fate::of(index), Fate::Arrives | Fate::Twice));
        let expected = newest.unwrap() + 1;
        let received = self.source.received();
        let highest = u64::from(FIRST_SEQ) + expected - 1;
        assert_eq!(u64::from(block.highest_seq.0), highest, "with its cycles");
        assert_eq!(i64::from(block.cumulative_lost.get()), expected as i64 - received as i64);
        let interval = (expected - self.expected_before, received - self.received_before);
        let lost = interval.0 as i64 - interval.1 as i64;
        assert_eq!(i64::from(block.fraction_lost.0), (lost.max(0) << 8) / interval.0 as i64);
        (self.expected_before, self.received_before) = (expected, received);
        assert_eq!(block.jitter, 0);
        if let Some(round_trip) = block.round_trip(Self::ntp(now + ONE_WAY)) {
            // Within what 2⁻¹⁶ s can tell.
            assert!(round_trip.abs_diff(ONE_WAY * 2) < Duration::from_micros(50), "{round_trip:?}");
            self.source.set_round_trip(round_trip);
        }
    }
}

fn stream(ssrc: u32, payload_type: u8) -> rtx::Stream {
    rtx::Stream { ssrc: Ssrc(ssrc), payload_type: PayloadType::new(payload_type).unwrap() }
}

fn three_days(rate: ClockRate, interval: Duration) {
    let mut path = Path::new(rate, interval);
    let packets = path.run();
    let end = BEGIN + THREE_DAYS;
    path.serve(end + Duration::from_secs(10));

    let cycles = |from: u64, count: u64, bits: u32| (from + count) >> bits;
    let ticks = packets * rate.ticks(interval);
    assert!(cycles(u64::from(FIRST_SEQ), packets, 16) >= 39, "sequence numbers");
    assert!(cycles(u64::from(FIRST_TIMESTAMP), ticks, 32) >= 3, "timestamps");
    assert!(cycles(0, packets * OCTETS, 32) >= 1, "octets sent");
    assert!(Path::ntp(BEGIN).0 > Path::ntp(end).0, "the NTP era");
    assert!(ArrivalTime::at(BEGIN).0 > ArrivalTime::at(end).0, "arrival times");

    let statistics = path.source.statistics();
    assert_eq!(statistics.packets, packets - path.lost + path.duplicates);
    assert_eq!(statistics.bytes, statistics.packets * 8);
    assert_eq!((statistics.duplicates, statistics.reordered), (path.duplicates, path.late));
    assert_eq!((statistics.lost, statistics.jitter), (path.lost, Duration::ZERO));
    assert!(statistics.last_report.is_some_and(|at| end.since(at) < Duration::from_secs(10)));
    assert!(statistics.round_trip.is_some());
    let counts = path.generator.counts();
    assert_eq!((counts.asked, counts.repaired, counts.given_up), (path.lost, path.lost, 0));
    assert_eq!((counts.overtaken, path.repaired), (path.late, path.lost));
    let pending = packets % 10;
    assert_eq!(path.reported, packets - path.lost - pending.min(path.reported));
    for scheduler in [&path.reports, &path.answers] {
        assert_eq!((scheduler.members(), scheduler.senders()), (2, 1));
    }
}

#[test]
fn three_days_of_video_wrap_unnoticed() {
    three_days(ClockRate::HZ_90000, Duration::from_millis(100));
}

#[test]
fn three_days_of_sound_wrap_unnoticed() {
    three_days(ClockRate::HZ_48000, Duration::from_millis(60));
}
