//! One second of a call, then ten more that allocate nothing: parse, rewrite, count, report, remember, answer.

use core::time::Duration;
use moim_media::{ClockRate, Instant, Seq, SeqNo, Timestamp};
use moim_rtp::history::History;
use moim_rtp::payload::opus::{OpusDepayloader, OpusPayloader};
use moim_rtp::payload::{Depayloader, Payloader};
use moim_rtp::reception::Source;
use moim_rtp::rtcp::{NackPair, Part, SenderInfo, Writer, walk};
use moim_rtp::{
    Extension, ExtensionForm, ExtensionId, Header, NtpTime, Packet, PacketBuilder, PacketMut, PayloadType,
    Ssrc, is_rtcp,
};
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One direction of a call: what the sender and the receiver keep.
struct Direction {
    payloader: OpusPayloader,
    history: History,
    source: Source,
    now: Instant,
    sent: u16,
    repeated: usize,
}

impl Direction {
    fn new() -> Self {
        Self {
            payloader: OpusPayloader::new(),
            history: History::new(64, 256),
            source: Source::new(Ssrc(1), ClockRate::HZ_48000),
            now: Instant::EPOCH,
            sent: 65_500,
            repeated: 0,
        }
    }

    fn seconds(&mut self, seconds: u16) {
        for frame in 0..seconds * 50 {
            self.frame(frame);
            if frame % 50 == 49 {
                self.report();
            }
        }
    }

    /// 20 ms: one packet built, forwarded and – one in eight apart – received.
    fn frame(&mut self, frame: u16) {
        self.now += Duration::from_millis(20);
        self.sent = self.sent.wrapping_add(1);
        let header = Header {
            marker: false,
            payload_type: PayloadType::new(111).unwrap(),
            seq: Seq(self.sent),
            timestamp: Timestamp(u32::from(frame) * 960),
            ssrc: Ssrc(9),
        };
        let level = [Extension { id: ExtensionId::new(1).unwrap(), data: &[42] }];
        let (mut datagram, mut len) = ([0; 256], 0);
        let mut build = |fragment: moim_rtp::payload::Fragment<'_>| {
            let builder = PacketBuilder::new(Header { marker: fragment.marker, ..header });
            let builder = builder.extensions(ExtensionForm::OneByte, &level);
            len = builder.write(&[fragment.prefix, fragment.body], &mut datagram).unwrap();
        };
        self.payloader.packetize(&[7; 80], 200, &mut build).unwrap();
        self.history.insert(header.seq, &datagram[..len]);
        let mut forwarded = PacketMut::parse(&mut datagram[..len]).unwrap();
        forwarded.set_ssrc(Ssrc(1));
        forwarded.extension_mut(level[0].id).unwrap().fill(43);

        if frame % 8 == 3 {
            return;
        }
        let packet = Packet::parse(&datagram[..len]).unwrap();
        assert_eq!(packet.extension(level[0].id), Some(&[43][..]));
        self.source.receive(self.now, packet.seq(), packet.timestamp());
        let mut heard = 0;
        OpusDepayloader.depacketize(&packet, &mut |piece| heard += piece.body.len()).unwrap();
        assert_eq!(heard, 80);
    }

    /// A report in both directions, and what it asks for sent again.
    fn report(&mut self) {
        let mut datagram = [0; 512];
        let mut writer = Writer::new(&mut datagram);
        let block = self.source.report(self.now).unwrap();
        let last = u64::from(self.sent) + (1 << 16);
        let mut pairs = [NackPair { first: Seq(0), following: 0 }; 8];
        let mut named = 0;
        for (place, pair) in
            pairs.iter_mut().zip(NackPair::pack((last - 20..last).step_by(8).map(SeqNo::new)))
        {
            *place = pair;
            named += 1;
        }
        writer.sender_report(Ssrc(9), SenderInfo::default(), &[block]).unwrap();
        writer.cname(Ssrc(9), "someone").unwrap();
        writer.nack(Ssrc(9), Ssrc(1), &pairs[..named]).unwrap();
        let len = writer.len();
        assert!(is_rtcp(&datagram[..len]));
        for part in walk(&datagram[..len]) {
            match part.unwrap() {
                Part::SenderReport(report) => {
                    self.source.sender_report(self.now, report.info.ntp);
                    report.reports().for_each(|block| assert_eq!(block.round_trip(NtpTime(0)), None));
                }
                Part::SourceDescription(sources) => {
                    assert_eq!(sources.chunks().next().unwrap().cname(), Some(&b"someone"[..]));
                }
                Part::Nack(nack) => {
                    for seq in nack.seqs() {
                        self.repeated += usize::from(self.history.find(self.now, seq).is_some());
                    }
                }
                part => panic!("{part:?} was not written"),
            }
        }
    }
}

#[test]
fn ten_seconds_of_a_call_allocate_nothing() {
    let mut direction = Direction::new();
    direction.seconds(1);
    assert_eq!(Counting::count(|| direction.seconds(10)), Allocations::default());
    assert_eq!(direction.repeated, 11 * 3, "every request was answered");
    assert!(direction.source.received() > 400);
}
