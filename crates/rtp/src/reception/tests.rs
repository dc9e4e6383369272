use super::*;
use crate::rtcp::{ExtendedSeq, FractionLost};
use crate::{Header, PacketBuilder, PayloadType};
use std::vec::Vec;

const FRAME: Duration = Duration::from_millis(20);

/// A sender of 20 ms frames and the source that hears some of them, 50 ms later.
struct Stream {
    source: Source,
    seq: u16,
    timestamp: u32,
    now: Instant,
}

impl Stream {
    fn starting_at(seq: u16) -> Self {
        let source = Source::new(Ssrc(7), ClockRate::HZ_48000);
        Self { source, seq, timestamp: u32::MAX - 2_000, now: Instant::from_millis(50) }
    }

    /// Sends one frame that does not arrive.
    fn lose(&mut self) -> (Seq, Timestamp) {
        let sent = (Seq(self.seq), Timestamp(self.timestamp));
        self.seq = self.seq.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(960);
        self.now += FRAME;
        sent
    }

    /// Sends one frame that arrives.
    fn hear(&mut self) -> Received {
        let (seq, timestamp) = self.lose();
        self.source.receive(self.now, seq, timestamp)
    }

    fn frames(&mut self, count: usize) -> Vec<Received> {
        (0..count).map(|_| self.hear()).collect()
    }

    fn report(&mut self) -> ReportBlock {
        self.source.report(self.now).unwrap()
    }
}

#[test]
fn a_source_is_confirmed_by_its_second_packet_and_both_count() {
    let mut stream = Stream::starting_at(65_535);
    assert_eq!(stream.hear().standing, Standing::Probation);
    assert_eq!(stream.source.report(stream.now), None);
    assert_eq!(stream.hear().standing, Standing::Valid);
    assert_eq!(stream.source.received(), 2);
    let report = stream.report();
    assert_eq!(report.cumulative_lost.get(), 0);
    assert_eq!(report.highest_seq, ExtendedSeq(0x1_0000), "one cycle since the first packet");
}

#[test]
fn a_packet_overtaken_by_the_first_counts_without_moving_the_cycles() {
    let mut stream = Stream::starting_at(0);
    stream.frames(2);
    let before = stream.report();
    let late = stream.source.receive(stream.now, Seq(65_535), Timestamp(u32::MAX - 2_960));
    assert_eq!(late.standing, Standing::Valid);
    let after = stream.report();
    assert_eq!(after.highest_seq, before.highest_seq);
    assert_eq!((stream.source.received(), after.cumulative_lost.get()), (3, 0));
}

#[test]
fn loss_is_counted_in_all_and_in_the_interval() {
    let mut stream = Stream::starting_at(100);
    stream.frames(10);
    for _ in 0..5 {
        stream.lose();
        stream.hear();
    }
    let first = stream.report();
    assert_eq!((first.cumulative_lost.get(), first.fraction_lost), (5, FractionLost(64)));
    assert_eq!(first.highest_seq, ExtendedSeq(119));
    stream.frames(10);
    let second = stream.report();
    assert_eq!((second.cumulative_lost.get(), second.fraction_lost), (5, FractionLost(0)));
}

#[test]
fn an_interval_without_packets_is_not_reported_and_its_loss_is_told_with_the_next_packet() {
    let mut stream = Stream::starting_at(0);
    stream.frames(4);
    stream.report();
    for _ in 0..3 {
        stream.lose();
        assert_eq!(stream.source.report(stream.now), None);
    }
    stream.hear();
    let after = stream.report();
    assert_eq!((after.cumulative_lost.get(), after.fraction_lost), (3, FractionLost(192)));
}

#[test]
fn duplicates_make_the_loss_negative() {
    let mut stream = Stream::starting_at(9);
    stream.frames(4);
    for _ in 0..3 {
        stream.source.receive(stream.now, Seq(10), Timestamp(0));
    }
    let report = stream.report();
    assert_eq!((report.cumulative_lost.get(), report.fraction_lost), (-3, FractionLost(0)));
}

#[test]
fn a_steady_stream_has_no_jitter_and_a_shaken_one_has_its_mean() {
    let mut stream = Stream::starting_at(9);
    stream.frames(50);
    assert_eq!(stream.report().jitter, 0);
    for _ in 0..200 {
        stream.now += Duration::from_millis(10);
        stream.frames(1);
        stream.now = stream.now - Duration::from_millis(10);
        stream.frames(1);
    }
    // Every transit differs from the one before by 10 ms, 480 ticks.
    let jitter = stream.report().jitter;
    assert!((470..=480).contains(&jitter), "{jitter}");
    assert!(stream.source.jitter().abs_diff(Duration::from_millis(10)) < Duration::from_micros(250));
}

#[test]
fn a_stray_packet_changes_nothing() {
    let mut stream = Stream::starting_at(9);
    stream.frames(10);
    stream.report();
    let stray = stream.source.receive(stream.now, Seq(40_000), Timestamp(5));
    assert_eq!(stray.standing, Standing::Stray);
    assert_eq!(stream.source.report(stream.now), None);
    assert!(stream.frames(10).iter().all(|packet| packet.standing == Standing::Valid));
    assert_eq!(stream.report().cumulative_lost.get(), 0);
}

#[test]
fn a_restarted_sender_is_counted_anew() {
    for restarted in [40_000, 0xffff_u16.wrapping_sub(500), 5] {
        let mut stream = Stream::starting_at(1_000);
        stream.frames(10);
        (stream.seq, stream.timestamp) = (restarted, 0x7654_3210);
        let standings: Vec<_> = stream.frames(3).iter().map(|packet| packet.standing).collect();
        assert_eq!(standings, [Standing::Stray, Standing::Restarted, Standing::Valid], "{restarted}");
        let report = stream.report();
        assert_eq!(stream.source.received(), 3);
        assert_eq!((report.cumulative_lost.get(), report.jitter), (0, 0));
        assert_eq!(report.highest_seq.wire(), Seq(restarted.wrapping_add(2)));
    }
}

#[test]
fn packets_sent_again_are_late_and_not_a_restart() {
    let mut stream = Stream::starting_at(1_000);
    stream.frames(10);
    let (seq, timestamp) = (stream.seq, stream.timestamp);
    for _ in 0..300 {
        stream.lose();
    }
    stream.frames(10);
    for again in 0..300 {
        let (seq, timestamp) = (seq + again, timestamp.wrapping_add(960 * u32::from(again)));
        let received = stream.source.receive(stream.now, Seq(seq), Timestamp(timestamp));
        assert_eq!(received.standing, Standing::Valid);
    }
    let report = stream.report();
    assert_eq!((report.cumulative_lost.get(), report.jitter), (0, 0));
}

#[test]
fn the_last_sender_report_is_echoed_with_its_age() {
    let mut stream = Stream::starting_at(1);
    stream.frames(2);
    assert_eq!(stream.report().last_report, None);
    let sent = NtpTime::from_unix(Duration::from_secs(1_000_000));
    stream.source.sender_report(stream.now, sent);
    stream.now += Duration::from_millis(480);
    stream.hear();
    let report = stream.report();
    let delay = NtpShort(0x8000);
    assert_eq!(report.last_report, Some(LastReport { ntp: sent.middle32(), delay }));
    // It took 40 ms there and 40 ms back.
    let heard = NtpTime::from_unix(Duration::from_secs(1_000_000) + Duration::from_millis(580));
    let round_trip = report.round_trip(heard).unwrap();
    assert!(round_trip.abs_diff(Duration::from_millis(80)) < Duration::from_micros(32));
}

#[test]
fn each_packet_is_told_what_it_is_to_those_before() {
    let mut stream = Stream::starting_at(65_534);
    assert_eq!(stream.hear().arrival, None);
    assert_eq!(stream.hear().arrival, Some(Arrival::New { skipped: 0 }));
    let (seq, timestamp) = stream.lose();
    assert_eq!(stream.hear().arrival, Some(Arrival::New { skipped: 1 }));
    assert!(stream.source.window().missing().map(SeqNo::wire).eq([seq]));
    assert_eq!(stream.source.receive(stream.now, seq, timestamp).arrival, Some(Arrival::Late));
    assert_eq!(stream.source.receive(stream.now, seq, timestamp).arrival, Some(Arrival::Duplicate));
    let stray = stream.source.receive(stream.now, Seq(30_000), timestamp);
    assert_eq!((stray.standing, stray.arrival), (Standing::Stray, None));
}

#[test]
fn statistics_tell_all_that_is_known() {
    let mut source = Source::new(Ssrc(7), ClockRate::HZ_48000);
    let mut bytes = [0; 64];
    let mut receive = |source: &mut Source, seq: u16, payload: &[u8]| {
        let header = Header {
            marker: false,
            payload_type: PayloadType::new(111).unwrap(),
            seq: Seq(seq),
            timestamp: Timestamp(u32::from(seq) * 960),
            ssrc: Ssrc(7),
        };
        let len = PacketBuilder::new(header).write(&[payload], &mut bytes).unwrap();
        let now = Instant::EPOCH + FRAME * u32::from(seq);
        source.receive_packet(now, &Packet::parse(&bytes[..len]).unwrap(), ClockRate::HZ_48000).standing
    };
    for seq in [0, 1, 2, 6, 4, 4, 7] {
        receive(&mut source, seq, &[9; 10]);
    }
    let heard = Instant::from_millis(5);
    source.sender_report(heard, NtpTime(1 << 20));
    source.set_round_trip(Duration::from_millis(80));
    let expected = Statistics {
        packets: 7,
        bytes: 70,
        lost: 2,
        duplicates: 1,
        reordered: 1,
        jitter: Duration::ZERO,
        last_report: Some(heard),
        round_trip: Some(Duration::from_millis(80)),
    };
    assert_eq!(source.statistics(), expected);
    // The duplicate makes up for one of them in a report.
    assert_eq!(source.report(heard).unwrap().cumulative_lost.get(), 1);
    assert_eq!(receive(&mut source, 30_000, &[1; 5]), Standing::Stray);
    assert_eq!(source.statistics(), expected);
    assert_eq!(receive(&mut source, 30_001, &[1; 6]), Standing::Restarted);
    let restarted = source.statistics();
    assert_eq!((restarted.packets, restarted.bytes, restarted.lost), (2, 11, 0));
}

/// A sender of sound by 48 kHz that presses keys by 8 kHz, 50 ms away.
struct Telephone {
    source: Source,
    seq: u16,
    now: Instant,
}

impl Telephone {
    fn new() -> Self {
        let source = Source::new(Ssrc(7), ClockRate::HZ_48000);
        Self { source, seq: 65_500, now: Instant::from_millis(50) }
    }

    fn send(&mut self, timestamp: u32, rate: ClockRate) -> Received {
        self.seq = self.seq.wrapping_add(1);
        let now = self.now;
        self.now += FRAME;
        self.source.take(now, Seq(self.seq), Timestamp(timestamp), rate, 0)
    }
}

#[test]
fn another_clock_does_not_disturb_jitter_or_time() {
    let mut telephone = Telephone::new();
    // Both clocks run all the time from the same random number (RFC 7160, section 4.1).
    let stamp = |millis: u32, rate: ClockRate| (u32::MAX - 5_000).wrapping_add(millis * (rate.hz() / 1_000));
    let mut times = Vec::new();
    for frame in 0..600_u32 {
        let received = match frame % 100 {
            // Five packets of one event, under the time of its begin, among sound and alone.
            at @ (50 | 52 | 54 | 56 | 58 | 80..85) => {
                let begin = if at < 80 { frame / 100 * 100 + 50 } else { frame / 100 * 100 + 80 };
                let received = telephone.send(stamp(begin * 20, ClockRate::HZ_8000), ClockRate::HZ_8000);
                assert_eq!(received.time.rate(), ClockRate::HZ_8000);
                times.push((begin, received.time));
                received
            }
            _ => {
                let received = telephone.send(stamp(frame * 20, ClockRate::HZ_48000), ClockRate::HZ_48000);
                times.push((frame, received.time));
                received
            }
        };
        assert_ne!(received.standing, Standing::Stray);
    }
    let (_, first) = times[0];
    for (frame, time) in times {
        let off = time.since(first).abs_diff(FRAME * frame);
        // The other clock begins with the tick that is nearest.
        let tick = if time.rate() == ClockRate::HZ_8000 { Duration::from_micros(63) } else { Duration::ZERO };
        assert!(off <= tick, "packet of frame {frame}: {off:?}");
    }
    assert_eq!(telephone.source.jitter(), Duration::ZERO);
    assert_eq!(telephone.source.statistics().lost, 0);
}

#[test]
fn a_sender_that_counts_on_with_another_clock_is_followed() {
    let mut telephone = Telephone::new();
    // One counter for both clocks: it runs at whatever rate is in use (RFC 7160, section 3.2).
    let mut stamp = 1_000_u32;
    let mut first = None;
    for frame in 0..1_000_u32 {
        let rate = if frame % 200 < 100 { ClockRate::HZ_48000 } else { ClockRate::HZ_8000 };
        let received = telephone.send(stamp, rate);
        stamp = stamp.wrapping_add(rate.hz() / 50);
        let first = *first.get_or_insert(received.time);
        let expected = FRAME * frame;
        assert!(received.time.since(first).abs_diff(expected) < Duration::from_millis(1), "{frame}");
    }
    assert_eq!(telephone.source.jitter(), Duration::ZERO);
}

#[test]
fn jitter_is_told_by_the_first_clock() {
    let mut telephone = Telephone::new();
    for frame in 0..400_u32 {
        let shake = Duration::from_millis(u64::from(frame % 2) * 10);
        telephone.now += shake;
        telephone.send(frame * 160, ClockRate::HZ_8000);
        telephone.now = telephone.now - shake;
    }
    let jitter = telephone.source.report(telephone.now).unwrap().jitter;
    assert!((470..=480).contains(&jitter), "{jitter}");
}

#[test]
fn keys_pressed_one_after_the_other_do_not_shake() {
    let mut telephone = Telephone::new();
    for frame in 0..400_u32 {
        // After sound, eight packets for each key.
        match frame {
            0..8 => telephone.send(frame * 960, ClockRate::HZ_48000),
            _ => telephone.send(frame / 8 * 8 * 160, ClockRate::HZ_8000),
        };
    }
    assert_eq!(telephone.source.jitter(), Duration::ZERO);
}

#[test]
fn a_sender_report_is_read_by_the_clock_in_use() {
    let mut telephone = Telephone::new();
    let sound = telephone.send(96_000, ClockRate::HZ_48000);
    telephone.send(96_960, ClockRate::HZ_48000);
    assert_eq!(telephone.source.media_time(Timestamp(96_000)), Some(sound.time));
    let event = telephone.send(16_320, ClockRate::HZ_8000);
    assert_eq!(telephone.source.media_time(Timestamp(16_320)), Some(event.time));
    assert!(event.time.since(sound.time).abs_diff(FRAME * 2) < Duration::from_micros(63));
    // More clocks than anybody uses: each is followed all the same.
    for hz in 1..20 {
        let rate = ClockRate::new(hz * 1_000).unwrap();
        let received = telephone.send(7, rate);
        assert_eq!(received.time.rate(), rate);
        assert!(
            received.time.since(sound.time).abs_diff(FRAME * (2 + hz)) <= Duration::from_millis(hz.into())
        );
    }
}
