use super::*;
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
