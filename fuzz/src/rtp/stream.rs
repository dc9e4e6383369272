//! What a sender and a receiver keep of a stream.

use arbitrary::Unstructured;
use core::time::Duration;
use moim_media::{ClockRate, Instant, Seq, Timestamp};
use moim_rtp::Ssrc;
use moim_rtp::history::{History, Stored};
use moim_rtp::reception::{Source, Standing};
use std::collections::{BTreeMap, VecDeque};

/// The history finds what a list of the last packets finds, and each at most once in a round trip.
pub fn history(data: &[u8]) {
    const BYTES: usize = 8;
    const SHORTEST: Duration = Duration::from_millis(5);
    let mut input = Unstructured::new(data);
    let Ok((packets, round_trip)) = input.arbitrary::<(u8, u8)>() else { return };
    let round_trip = Duration::from_millis(u64::from(round_trip));
    let mut history = History::new(usize::from(packets), BYTES);
    history.set_round_trip(round_trip);
    let mut sent: VecDeque<(u16, Vec<u8>)> = VecDeque::new();
    let mut repeated: BTreeMap<u16, Instant> = BTreeMap::new();
    let (mut next, mut now) = (0xffc0_u16, Instant::EPOCH);
    while !input.is_empty() {
        let Ok((step, choice)) = input.arbitrary::<(u8, u16)>() else { return };
        now += Duration::from_millis(u64::from(step >> 4));
        if step & 1 == 0 {
            let packet = vec![choice as u8; usize::from(step >> 1 & 15)];
            let stored = history.insert(Seq(next), &packet);
            assert_eq!(stored == Stored::Kept, packet.len() <= BYTES);
            sent.push_front((next, packet));
            sent.truncate(history.capacity());
            repeated.remove(&next);
            next = next.wrapping_add(1);
            continue;
        }
        let seq = next.wrapping_sub(1).wrapping_sub(choice % 300);
        let packet = sent.iter().find(|(found, _)| *found == seq).map(|(_, packet)| packet);
        let answer = packet.filter(|packet| {
            packet.len() <= BYTES
                && repeated.get(&seq).is_none_or(|&at| now.since(at) >= round_trip.max(SHORTEST))
        });
        assert_eq!(history.find(now, Seq(seq)), answer.map(|packet| &packet[..]));
        if answer.is_some() {
            repeated.insert(seq, now);
        }
    }
}

/// A stream with loss, reordering, repetition and stray packets is reported as what it was.
pub fn reception(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(start) = input.arbitrary::<u16>() else { return };
    let mut source = Source::new(Ssrc(1), ClockRate::HZ_48000);
    // What it was: numbers counted from the first packet, in 64 bits.
    let (mut newest, mut received) = (1_u64, 2_u64);
    let (mut reported_expected, mut reported_received) = (0, 0);
    let mut now = Instant::EPOCH;
    let wire = |number: u64| (Seq(start.wrapping_add(number as u16)), Timestamp((number * 960) as u32));
    for number in [0, 1] {
        let (seq, timestamp) = wire(number);
        source.receive(now, seq, timestamp);
    }
    while !input.is_empty() {
        let Ok((kind, amount)) = input.arbitrary::<(u8, u8)>() else { return };
        now += Duration::from_millis(u64::from(amount));
        let amount = u64::from(amount);
        let number = match kind % 8 {
            0..=3 => newest + 1 + amount % 4,
            4 => newest + amount,
            5 => newest.saturating_sub(amount % 100),
            6 => {
                let (Seq(near), timestamp) = wire(newest);
                // Each far from the others too, so that none confirms the one before.
                let far = near.wrapping_add(10_000 + 2 * u16::from(kind));
                let stray = source.receive(now, Seq(far), timestamp);
                assert_eq!(stray.standing, Standing::Stray);
                // The stream's own next packet, so that two strays do not meet.
                newest + 1
            }
            _ => {
                let report = source.report(now);
                assert_eq!(report.is_some(), received > reported_received);
                let Some(report) = report else { continue };
                let expected = newest + 1;
                let lost = expected as i64 - received as i64;
                assert_eq!(i64::from(report.cumulative_lost.get()), lost.max(-(1 << 23)));
                let interval = (expected - reported_expected, received - reported_received);
                let lost = interval.0.saturating_sub(interval.1);
                let fraction = (lost * 256).checked_div(interval.0).unwrap_or(0).min(255);
                assert_eq!(u64::from(report.fraction_lost.0), fraction);
                assert_eq!(u64::from(report.highest_seq.0), u64::from(start) + newest);
                assert_eq!(report.highest_seq.wire(), wire(newest).0);
                (reported_expected, reported_received) = (expected, received);
                continue;
            }
        };
        let (seq, timestamp) = wire(number);
        let packet = source.receive(now, seq, timestamp);
        assert_eq!(packet.standing, Standing::Valid);
        assert_eq!((packet.seq.wire(), packet.time.ticks() as u32), (seq, timestamp.0));
        newest = newest.max(number);
        received += 1;
        assert_eq!(source.received(), received);
    }
}
