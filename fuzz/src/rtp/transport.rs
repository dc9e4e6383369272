//! What goes with the media: packets sent again, and word of their arrival.

use arbitrary::Unstructured;
use core::time::Duration;
use moim_media::{Instant, Seq};
use moim_rtp::feedback::{Arrivals, Reported};
use moim_rtp::rtcp::{ArrivalTime, Part, Writer, walk};
use moim_rtp::rtx::{Stream, Unwrapped, unwrap, wrap};
use moim_rtp::{Packet, PayloadType, Ssrc};
use std::collections::BTreeMap;

/// A packet that was sent again comes back as it was, without its padding; one of a retransmission stream is what
/// its original, sent again, would be.
pub fn rtx(data: &[u8]) {
    let Ok(packet) = Packet::parse(data) else { return };
    let padded = data.len() - usize::from(packet.padding());
    let mut plain = data[..padded].to_vec();
    plain[0] &= !0x20;
    let header = packet.header();
    let itself = Stream { ssrc: header.ssrc, payload_type: header.payload_type };
    let other =
        Stream { ssrc: Ssrc(!header.ssrc.0), payload_type: PayloadType::new(97).expect("seven bits") };

    let (mut sent, mut back) = (vec![0xff; padded + 2], vec![0xff; padded]);
    assert_eq!(wrap(&packet, other, Seq(!header.seq.0), &mut sent), Ok(padded + 2));
    let repeated = Packet::parse(&sent).expect("just written");
    assert_eq!((repeated.ssrc(), repeated.seq()), (other.ssrc, Seq(!header.seq.0)));
    assert_eq!((repeated.marker(), repeated.timestamp()), (header.marker, header.timestamp));
    assert_eq!(unwrap(&repeated, itself, &mut back), Ok(Unwrapped::Original(padded)));
    assert_eq!(back, plain);

    // And the packet itself, taken for one that was sent again.
    let mut original = vec![0; padded];
    match unwrap(&packet, other, &mut original).expect("it is shorter") {
        Unwrapped::Probe => assert!(packet.payload().len() < 2),
        Unwrapped::Original(len) => {
            assert_eq!(len, padded - 2);
            let original = Packet::parse(&original[..len]).expect("just written");
            assert_eq!(wrap(&original, itself, header.seq, &mut back), Ok(padded));
            assert_eq!(back, plain);
        }
    }
}

/// Whatever arrives in whatever order, the reports say of each packet what a plain list says, once, unless it came
/// after all; they cover everything, and stop.
pub fn arrivals(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((packets, start)) = input.arbitrary::<(u8, u16)>() else { return };
    let mut log = Arrivals::new(usize::from(packets));
    let reach = log.capacity() as u64;
    // From the second cycle on, so that there are numbers before the first.
    let mut truth = Truth { received: BTreeMap::new(), begin: 0, end: 0 };
    let (mut next, mut now) = (u64::from(start) + (1 << 16), Instant::EPOCH);
    while !input.is_empty() {
        let Ok((kind, amount)) = input.arbitrary::<(u8, u8)>() else { return };
        now += Duration::from_micros(u64::from(amount) * 700);
        let amount = u64::from(amount);
        let number = match kind % 8 {
            0..=3 => next + u64::from(kind >> 6) % reach,
            4 => next.saturating_sub(1 + amount % reach),
            5 => {
                now += Duration::from_secs(amount);
                next
            }
            // The first packet of all is no stray.
            6 if truth.end > 0 => {
                // Far away, and the stream's own next packet, so that no two strays meet.
                log.received(now, Seq(next.wrapping_add(20_000) as u16));
                next
            }
            6 => next,
            _ => {
                truth.report(&mut log, 24 + usize::from(kind >> 3) * 4);
                continue;
            }
        };
        log.received(now, Seq(number as u16));
        truth.receive(number, ArrivalTime::at(now), reach);
        next = truth.end;
    }
    while truth.report(&mut log, 24) > 0 {}
}

/// What arrived first, when, and which numbers are to be reported.
struct Truth {
    received: BTreeMap<u64, ArrivalTime>,
    begin: u64,
    end: u64,
}

impl Truth {
    fn receive(&mut self, number: u64, at: ArrivalTime, reach: u64) {
        if self.end == 0 {
            (self.begin, self.end) = (number, number + 1);
        }
        if self.received.contains_key(&number) {
            return;
        }
        self.received.insert(number, at);
        self.end = self.end.max(number + 1);
        self.begin = self.begin.min(number).max(self.end.saturating_sub(reach));
    }

    /// How many packets the next report is about.
    fn report(&mut self, log: &mut Arrivals, bytes: usize) -> usize {
        let mut buffer = vec![0; bytes];
        let mut writer = Writer::new(&mut buffer);
        let reported = log.write(&mut writer, Ssrc(1), Ssrc(2)).expect("one packet needs 24 bytes");
        let Reported::Packets(count) = reported else {
            assert!(writer.is_empty());
            assert_eq!(self.begin, self.end);
            return 0;
        };
        let Some(Ok(Part::TransportFeedback(feedback))) = walk(writer.as_bytes()).next() else {
            panic!("what was written is read")
        };
        let end = self.begin + count as u64;
        assert!(count > 0 && end <= self.end);
        let expected = (self.begin..end).map(|n| (Seq(n as u16), self.received.get(&n).copied()));
        assert!(feedback.packets().eq(expected));
        self.begin = end;
        count
    }
}
