//! What two parties can rely on, over networks of all kinds.

mod pair;

use core::time::Duration;
use moim_call::{Event, Handled, Ignored, Medium};
use moim_media::{Seq, Timestamp};
use moim_netsim::{Bottleneck, Jitter, LinkConfig, Loss, Network, Order};
use moim_playout::{PlayoutConfig, Produced};
use moim_rtp::rtcp::{CumulativeLost, ExtendedSeq, FractionLost, LastReport, NackPair, ReportBlock, Writer};
use moim_rtp::{Header, NtpShort, PacketBuilder, PayloadType, Ssrc};
use pair::{Pair, party, party_that_plays};

const SECOND: Duration = Duration::from_secs(1);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn delay(millis: u64) -> LinkConfig {
    LinkConfig { delay: ms(millis), ..LinkConfig::default() }
}

fn share(produced: &[Produced], kind: Produced) -> f64 {
    produced.iter().filter(|&&produced| produced == kind).count() as f64 / produced.len() as f64
}

#[test]
fn both_hear_one_another_and_know_how_far_apart_they_are() {
    let mut pair = Pair::over(delay(40), 1);
    pair.run(10 * SECOND);
    for (party, other) in [(&pair.a, &pair.b), (&pair.b, &pair.a)] {
        assert_eq!(
            party.events.first(),
            Some(&Event::RemoteJoined { medium: Medium::Voice, ssrc: other.call.ssrc() })
        );
        assert!(share(&party.produced[50..], Produced::Decoded) > 0.99);
        let round_trip = party.call.stats().round_trip.expect("reports went both ways");
        assert!((ms(79)..ms(82)).contains(&round_trip), "{round_trip:?}");
        assert!(party.call.stats().remote_loss < 0.02);
        assert!((7..=15).contains(&party.reports_sent), "{}", party.reports_sent);
    }
}

#[test]
fn what_is_lost_is_sent_again_where_the_delay_leaves_time_for_it() {
    let mut playout = PlayoutConfig::default();
    playout.jitter.min_delay = ms(80);
    let mut pair = Pair::over(LinkConfig { loss: Loss::random(0.05), ..delay(15) }, 2);
    pair.a = party_that_plays(1, playout);
    pair.run(30 * SECOND);
    let playout = pair.a.call.stats().playout;
    assert!(pair.b.call.stats().retransmitted > 20);
    assert!(playout.jitter.recovered > 20, "{:?}", playout.jitter);
    // 5 % would be lost without it.
    assert!(share(&pair.a.produced, Produced::Concealed) < 0.02);
    // The other plays at once, so asking could not help and is not done.
    assert_eq!(pair.b.call.stats().playout.jitter.requested, 0);
}

#[test]
fn a_narrow_link_is_found_and_lived_with() {
    let narrow = Bottleneck::new(40_000, Duration::from_secs(2));
    let mut pair = Pair::over(LinkConfig { bottleneck: Some(narrow), ..delay(20) }, 3);
    pair.run(60 * SECOND);
    let stats = pair.a.call.stats();
    // 50 packets a second with headers of 40 bytes: 16 of the 40 kbit/s are gone before any sound.
    assert!((12_000..=25_000).contains(&stats.bitrate), "{}", stats.bitrate);
    assert!(pair.a.events.iter().any(|event| matches!(event, Event::BitrateChanged { .. })));
    let queued = pair.network.link_from(moim_netsim::Side::A).queued_bytes(pair.now);
    assert!(queued < 40_000 / 8, "a second of queue is left: {queued} bytes");
}

#[test]
fn strangers_change_nothing() {
    let mut calm = Pair::over(delay(20), 4);
    calm.run(3 * SECOND);
    let mut disturbed = Pair::over(delay(20), 4);
    let mut packet = [0; 200];
    for round in 0..300_u32 {
        disturbed.run(ms(10));
        let header = Header {
            marker: false,
            payload_type: PayloadType::new(111).unwrap(),
            seq: Seq(round as u16),
            timestamp: Timestamp(round * 960),
            ssrc: Ssrc(0xbad),
        };
        let len = PacketBuilder::new(header).write(&[b"not a packet of the codec"], &mut packet).unwrap();
        if round > 20 {
            let handled = disturbed.a.call.handle_datagram(disturbed.now, &packet[..len]);
            assert_eq!(handled, Handled::Ignored(Ignored::OtherSource));
        }
        for garbage in [&b""[..], b"\x80", b"GET / HTTP/1.1\r\n", &[0x80; 40], &[0x80, 200, 0, 1, 2]] {
            let handled = disturbed.a.call.handle_datagram(disturbed.now, garbage);
            assert!(matches!(handled, Handled::Ignored(_)), "{garbage:?}: {handled:?}");
        }
        if round > 20 {
            let len = all_is_lost(disturbed.a.call.ssrc(), &mut packet);
            let handled = disturbed.a.call.handle_datagram(disturbed.now, &packet[..len]);
            assert_eq!(handled, Handled::Ignored(Ignored::OtherSource));
        }
    }
    assert_eq!(calm.a.produced, disturbed.a.produced);
    let (calm, disturbed) = (calm.a.call.stats(), disturbed.a.call.stats());
    assert_eq!(calm.playout, disturbed.playout);
    assert_eq!((calm.bitrate, calm.retransmitted), (disturbed.bitrate, disturbed.retransmitted));
    assert_eq!(calm.round_trip, disturbed.round_trip);
}

/// A stranger's report that everything of `media` was lost and is wanted again; its length.
fn all_is_lost(media: Ssrc, report: &mut [u8]) -> usize {
    let block = ReportBlock {
        ssrc: media,
        fraction_lost: FractionLost(255),
        cumulative_lost: CumulativeLost::new(1_000),
        highest_seq: ExtendedSeq(0),
        jitter: 0,
        last_report: Some(LastReport { ntp: NtpShort(1), delay: NtpShort(0) }),
    };
    let mut writer = Writer::new(report);
    writer.receiver_report(Ssrc(0xbad), &[block; 2]).unwrap();
    writer.nack(Ssrc(0xbad), media, &[NackPair { first: Seq(0), following: u16::MAX }]).unwrap();
    writer.len()
}

#[test]
fn when_nothing_gets_through_any_more_we_do_not_send_more_and_more() {
    let mut pair = Pair::over(delay(20), 11);
    pair.run(3 * SECOND);
    let before = pair.a.call.stats().bitrate;
    let blackout = LinkConfig { loss: Loss::random(1.0), ..delay(20) };
    pair.network = Network::new(blackout, delay(20), 5).unwrap();
    pair.run(30 * SECOND);
    let after = pair.a.call.stats().bitrate;
    assert!(after < before / 2, "{before} before, {after} after 30 s of blackout");
}

#[test]
fn speaking_again_after_a_long_silence_is_no_blackout() {
    let mut pair = Pair::over(delay(20), 13);
    pair.run(3 * SECOND);
    for _ in 0..5 {
        let before = pair.a.call.stats().bitrate;
        pair.a.muted = true;
        pair.run(10 * SECOND);
        pair.a.muted = false;
        pair.run(3 * SECOND);
        let after = pair.a.call.stats().bitrate;
        assert!(after >= before, "{before} before the silence, {after} after it");
    }
}

#[test]
fn a_stranger_who_speaks_first_but_cannot_go_on_delays_nobody() {
    let mut pair = Pair::over(delay(20), 14);
    let mut packet = [0; 200];
    for round in 0..100_u16 {
        // Never two in a row, so that nothing confirms it.
        let header = Header {
            marker: false,
            payload_type: PayloadType::new(111).unwrap(),
            seq: Seq(round * 7),
            timestamp: Timestamp(0),
            ssrc: Ssrc(0xbad),
        };
        let len = PacketBuilder::new(header).write(&[b"hello"], &mut packet).unwrap();
        let _ = pair.a.call.handle_datagram(pair.now, &packet[..len]);
        pair.run(ms(10));
    }
    assert_eq!(pair.a.events, [Event::RemoteJoined { medium: Medium::Voice, ssrc: pair.b.call.ssrc() }]);
    assert!(share(&pair.a.produced[20..], Produced::Decoded) > 0.95);
}

#[test]
fn two_parties_of_one_seed_are_told_why_they_hear_nothing() {
    let mut pair = Pair::over(delay(20), 12);
    pair.a = party(2);
    pair.run(SECOND);
    assert_eq!(pair.a.events, [Event::OwnSourceHeard]);
    assert_eq!(pair.b.events, [Event::OwnSourceHeard]);
}

#[test]
fn our_own_packets_coming_back_are_known() {
    let mut pair = Pair::over(delay(20), 5);
    pair.a.call.push_mic(pair.now, &[0.25; 960]);
    let mut packet = [0; 1_500];
    let sent = pair.a.call.poll_transmit(pair.now, &mut packet).expect("a frame is a packet");
    let handled = pair.a.call.handle_datagram(pair.now, &packet[..sent.len]);
    assert_eq!(handled, Handled::Ignored(Ignored::OwnSource));
}

#[test]
fn a_flood_of_requests_at_worst_doubles_what_is_sent() {
    let mut pair = Pair::over(delay(20), 6);
    pair.run(SECOND);
    let before = pair.a.call.stats();
    let mut report = [0; 1_200];
    for round in 0..100 {
        for first in (0..=u16::MAX).step_by(17) {
            let mut writer = Writer::new(&mut report);
            let pair_of_all = NackPair { first: Seq(first), following: u16::MAX };
            writer.nack(pair.b.call.ssrc(), pair.a.call.ssrc(), &[pair_of_all]).unwrap();
            let len = writer.len();
            let _ = pair.a.call.handle_datagram(pair.now, &report[..len]);
        }
        pair.run(ms(10 * (round % 3)));
    }
    let after = pair.a.call.stats();
    let (sent, again) =
        (after.sent_packets - before.sent_packets, after.retransmitted - before.retransmitted);
    assert!(again > 0);
    // What was earned before the flood counts too.
    assert!(again <= sent + 32, "{again} sent again beside {sent}");
    assert!(after.retransmitted <= after.sent_packets);
}

#[test]
fn goodbye_is_heard_and_ends_it() {
    let mut pair = Pair::over(delay(20), 7);
    pair.run(2 * SECOND);
    let gone = pair.a.call.ssrc();
    pair.a.call.leave(pair.now);
    pair.run(3 * SECOND);
    assert!(pair.b.events.contains(&Event::RemoteLeft { medium: Medium::Voice, ssrc: gone }));
    assert_eq!(pair.b.produced.last(), Some(&Produced::Idle));
    assert_eq!(pair.a.call.poll_timeout(), None);
    let sent = pair.a.media_sent;
    pair.run(SECOND);
    assert_eq!(pair.a.media_sent, sent);
}

#[test]
fn what_a_goodbye_overtook_is_no_return() {
    let jitter = Jitter::Gamma { mean: ms(30), deviation: ms(30) };
    let link = LinkConfig { jitter, order: Order::Free, ..delay(60) };
    for seed in 1..20 {
        let mut pair = Pair::over(link.clone(), seed);
        pair.run(3 * SECOND);
        let ssrc = pair.a.call.ssrc();
        pair.a.call.leave(pair.now);
        pair.run(SECOND);
        let told = [
            Event::RemoteJoined { medium: Medium::Voice, ssrc },
            Event::RemoteLeft { medium: Medium::Voice, ssrc },
        ];
        let about: Vec<_> = pair.b.events.iter().filter(|event| told.contains(event)).collect();
        assert_eq!(about, told.each_ref(), "seed {seed}");
    }
}

#[test]
fn a_party_that_comes_back_as_another_source_is_heard_again() {
    let mut pair = Pair::over(delay(20), 8);
    pair.run(2 * SECOND);
    let events = core::mem::take(&mut pair.a.events);
    assert_eq!(events.len(), 1, "{events:?}");
    // No goodbye: it crashed.
    pair.a = party(77);
    pair.run(4 * SECOND);
    assert!(
        pair.b.events.contains(&Event::RemoteJoined { medium: Medium::Voice, ssrc: pair.a.call.ssrc() }),
        "{:?}",
        pair.b.events
    );
    let last_second = &pair.b.produced[pair.b.produced.len() - 100..];
    assert!(share(last_second, Produced::Decoded) > 0.98);
}

#[test]
fn one_seed_is_one_course_of_events() {
    let course = |seed| {
        let mut pair = Pair::over(LinkConfig { loss: Loss::gilbert(0.05, 2.0), ..delay(30) }, seed);
        pair.run(5 * SECOND);
        (pair.a.produced, pair.a.call.stats(), pair.b.reports_sent)
    };
    assert_eq!(course(9), course(9));
    assert_ne!(course(9), course(10));
}
