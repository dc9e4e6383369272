//! Keys of a telephone.

use super::{header, packet};
use arbitrary::Unstructured;
use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime, Timestamp};
use moim_rtp::Header;
use moim_rtp::payload::telephone_event::{
    End, EventCode, EventPacket, EventReceiver, EventSender, Key, Parameters, Pressed, TelephoneEvent, Volume,
};

const CLOCK: ClockRate = ClockRate::HZ_8000;
/// What is that far apart comes in order: the network holds nothing back as long.
const NEAR: Duration = Duration::from_secs(30);
/// So that nothing is before the first packet.
const START: u64 = 1 << 40;

/// Whatever a channel loses and repeats, each key of which anything arrives is told once, in order; with its duration
/// where its end arrives in time. What the channel reorders may be missed, but is never told twice.
pub fn events(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((kind, interval)) = input.arbitrary::<(u8, u8)>() else { return };
    let channel = if kind & 1 == 0 { Channel::Ordered } else { Channel::Reordering };
    let patience = if kind & 2 == 0 { Duration::MAX } else { Duration::from_millis(120) };
    let mut sender = EventSender::new(CLOCK, Duration::from_millis(interval.into()));
    let mut receiver = EventReceiver::new(patience);
    let mut keys = Vec::new();
    let mut now = Instant::from_millis(10);
    // Codes do not repeat, so that the number of a key is its code.
    while keys.len() < 200 && !input.is_empty() {
        let Ok((held, pause, fate)) = input.arbitrary::<(u16, u8, u64)>() else { break };
        let code = EventCode(keys.len() as u8);
        let mut packets = Vec::new();
        let at = Timestamp(ticks(now) as u32);
        assert_eq!(sender.press(now, at, code, Volume::default()), Pressed::Reported);
        let began = now;
        // Some last longer than a report can say.
        let up = now + Duration::from_millis(u64::from(held) / if held & 7 == 0 { 2 } else { 64 });
        let next = up + Duration::from_millis(1 + u64::from(pause));
        while let Some(due) = sender.poll_timeout().filter(|&due| due < up) {
            packets.extend(sender.poll_transmit(due).map(|packet| (due, packet)));
        }
        sender.release(up);
        while let Some(due) = sender.poll_timeout().filter(|&due| due < next) {
            packets.extend(sender.poll_transmit(due).map(|packet| (due, packet)));
        }
        let lasted = CLOCK.ticks(up.since(began)).max(1);
        check_sent(&packets, code, lasted);
        keys.push(Sent { began, lasted, packets, fate });
        now = next;
    }

    let mut told = Vec::new();
    for (at, sent) in arrivals(&keys, channel) {
        receiver.handle_timeout(at, &mut |key| told.push(key));
        let mut bytes = Vec::new();
        let timestamp = sent.timestamp.0;
        let header = Header { marker: sent.marker, ..header(101, 1, timestamp) };
        let packet = packet(&mut bytes, header, &sent.event.to_bytes());
        let time = MediaTime::new(START + u64::from(timestamp), CLOCK);
        receiver.receive(at, time, &packet, &mut |key| told.push(key)).expect("a report");
    }
    receiver.handle_timeout(Instant::MAX, &mut |key| told.push(key));
    check_told(&told, &keys, channel, patience);

    garbage(data);
}

/// A key, and what was sent of it.
struct Sent {
    began: Instant,
    lasted: u64,
    packets: Vec<(Instant, EventPacket)>,
    /// Two bits for each packet, by turns.
    fate: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Channel {
    Ordered,
    Reordering,
}

impl Sent {
    /// The packets that arrive, as often as they do.
    fn arriving(&self) -> impl Iterator<Item = (Instant, EventPacket)> {
        self.packets.iter().enumerate().flat_map(|(number, &packet)| {
            let copies = [0, 0, 1, 2][(self.fate >> (number % 32 * 2) & 3) as usize];
            core::iter::repeat_n(packet, copies)
        })
    }
}

fn arrivals(keys: &[Sent], channel: Channel) -> Vec<(Instant, EventPacket)> {
    let mut arrivals: Vec<_> = keys.iter().flat_map(Sent::arriving).collect();
    if channel == Channel::Reordering {
        for pair in arrivals.chunks_mut(2).filter(|pair| pair.len() == 2) {
            let (first, second) = (pair[0], pair[1]);
            if second.0.since(first.0) < NEAR {
                (pair[0].1, pair[1].1) = (second.1, first.1);
            }
        }
    }
    arrivals
}

fn ticks(now: Instant) -> u64 {
    CLOCK.ticks(now.since_epoch())
}

fn check_sent(packets: &[(Instant, EventPacket)], code: EventCode, lasted: u64) {
    let (_, first) = packets.first().expect("the beginning");
    let mut end = u64::from(first.timestamp.0);
    for (number, (_, packet)) in packets.iter().enumerate() {
        assert_eq!((packet.event.event, packet.marker), (code, number == 0));
        assert!(packet.event.duration > 0);
        end = u64::from(packet.timestamp.0) + u64::from(packet.event.duration);
        assert!(end <= u64::from(first.timestamp.0) + lasted);
    }
    let ends = packets.iter().filter(|(_, packet)| packet.event.end).count();
    assert!((1..=3).contains(&ends) && packets.iter().rev().take(ends).all(|(_, packet)| packet.event.end));
    assert_eq!(end, u64::from(first.timestamp.0) + lasted);
}

fn check_told(told: &[Key], keys: &[Sent], channel: Channel, patience: Duration) {
    let mut downs = Vec::new();
    for pair in told.chunks(2) {
        let [Key::Down { event: down, at, .. }, Key::Up { event: up, duration, end }] = *pair else {
            panic!("{pair:?}")
        };
        assert_eq!(down, up);
        let key = &keys[usize::from(down.0)];
        let began = START + ticks(key.began);
        assert!(at.ticks() >= began && at.ticks() - began < key.lasted);
        // The beginning may be lost with all of its segment.
        let lasted = CLOCK.duration(key.lasted - (at.ticks() - began));
        assert!(duration <= lasted);
        assert!(end == End::Presumed || duration == lasted);
        let ended = key.arriving().any(|(_, packet)| packet.event.end);
        assert!(end == End::Presumed || ended);
        if channel == Channel::Ordered && patience == Duration::MAX {
            assert_eq!(end == End::Reported, ended);
        }
        assert!(downs.last().is_none_or(|&before| before < down.0), "in order, and once");
        downs.push(down.0);
    }
    if channel == Channel::Ordered {
        let arrived = (0..).zip(keys).filter(|(_, key)| key.arriving().next().is_some());
        assert!(arrived.map(|(number, _)| number).eq(downs));
    }
}

/// Reports and parameters are what they are made of, and no packet is too strange.
fn garbage(data: &[u8]) {
    if let Ok(fmtp) = core::str::from_utf8(data) {
        let parameters = Parameters::parse(fmtp);
        assert_eq!(Parameters::parse(&parameters.to_string()), parameters);
    }
    let mut receiver = EventReceiver::new(Duration::from_millis(1));
    let mut down = 0_i32;
    for (number, payload) in (0..).zip(data.chunks(12)) {
        let mut bytes = Vec::new();
        let time = MediaTime::new(u64::from(payload[0]) * 40, CLOCK);
        let packet = packet(&mut bytes, header(101, number, 1), payload);
        let result = receiver.receive(Instant::EPOCH, time, &packet, &mut |key| {
            down += if matches!(key, Key::Down { .. }) { 1 } else { -1 };
            assert!((0..=1).contains(&down));
        });
        assert_eq!(result.is_ok(), payload.len() % 4 == 0);
        if let Some(reports) = TelephoneEvent::read_all(payload) {
            for (report, bytes) in reports.zip(payload.as_chunks::<4>().0) {
                let [event, flags, d0, d1] = *bytes;
                assert_eq!(report.to_bytes(), [event, flags & 0xbf, d0, d1]);
            }
        }
    }
}
