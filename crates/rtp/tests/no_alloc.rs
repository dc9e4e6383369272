//! One second of a call, then ten more that allocate nothing: parse, rewrite, count, report, remember, answer.

use core::ops::Range;
use core::time::Duration;
use moim_media::{ClockRate, Instant, Seq, SeqNo, Timestamp};
use moim_rtp::association::{Association, Config, Expected, Streams};
use moim_rtp::collision::{self, Guard};
use moim_rtp::extension::dependency_descriptor::DependencyReader;
use moim_rtp::extension::{AbsSendTime, Mid, MixerLevels};
use moim_rtp::fec::{
    Decoder, DecoderConfig, Encoder, EncoderConfig, Format, Inserted, Protection, flexfec, flexfec03, ulpfec,
};
use moim_rtp::feedback::{Arrivals, Reported};
use moim_rtp::history::History;
use moim_rtp::loss::Window;
use moim_rtp::nack::{self, Asked, Generator};
use moim_rtp::payload::av1::{Av1Depayloader, Av1Payloader};
use moim_rtp::payload::h264::{H264Depayloader, H264Payloader, PacketizationMode};
use moim_rtp::payload::opus::{OpusDepayloader, OpusPayloader};
use moim_rtp::payload::{Depayloader, Payloader};
use moim_rtp::reception::Source;
use moim_rtp::rtcp::schedule::{self, Bandwidth, Due, Scheduler, Timing};
use moim_rtp::rtcp::{
    App, AppSubtype, ArrivalOffset, Bitrate, BitrateBound, Described, Ecn, FirEntry, Item, ItemKind,
    NackPair, Overhead, PacketArrival, Part, Pli, SenderInfo, StreamArrivals, WriteError, Writer, walk, xr,
};
use moim_rtp::rtx::{self, Unwrapped};
use moim_rtp::{
    Extension, ExtensionForm, ExtensionId, Header, IdMap, NtpShort, NtpTime, Packet, PacketBuilder,
    PacketMut, Patched, PayloadType, Ssrc, TransportSeq, is_rtcp,
};
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One direction of a call: what the sender and the receiver keep.
struct Direction {
    payloader: OpusPayloader,
    history: History,
    source: Source,
    arrivals: Arrivals,
    arrived: usize,
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
            arrivals: Arrivals::new(64),
            arrived: 0,
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
        let [level, transport] = [1, 2].map(|id| ExtensionId::new(id).unwrap());
        let elements = [Extension { id: level, data: &[42] }, Extension { id: transport, data: &[0, 0] }];
        let (mut datagram, mut len) = ([0; 256], 0);
        let mut build = |fragment: moim_rtp::payload::Fragment<'_>| {
            let builder = PacketBuilder::new(Header { marker: fragment.marker, ..header });
            let builder = builder.extensions(ExtensionForm::OneByte, &elements);
            len = builder.write(&[fragment.prefix, fragment.body], &mut datagram).unwrap();
        };
        self.payloader.packetize(&[7; 80], 200, &mut build).unwrap();
        self.history.insert(header.seq, &datagram[..len]);
        let mut forwarded = PacketMut::parse(&mut datagram[..len]).unwrap();
        forwarded.set_ssrc(Ssrc(1));
        forwarded.extension_mut(level).unwrap().fill(43);
        let number = TransportSeq(Seq(self.sent));
        assert_eq!(forwarded.patch(transport, &number), Patched::Written);

        if frame % 8 == 3 {
            return;
        }
        let packet = Packet::parse(&datagram[..len]).unwrap();
        assert_eq!(packet.extension(level), Some(&[43][..]));
        self.arrivals.received(self.now, packet.read_extension::<TransportSeq>(transport).unwrap().0);
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
        writer.pli(Pli { sender: Ssrc(9), media: Ssrc(1) }).unwrap();
        writer.fir(Ssrc(9), &[FirEntry { media: Ssrc(1), number: 7 }]).unwrap();
        let reported = self.arrivals.write(&mut writer, Ssrc(9), Ssrc(1)).unwrap();
        assert!(matches!(reported, Reported::Packets(45..=55)), "{reported:?}");
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
                        if let Some(packet) = self.history.find(self.now, seq) {
                            send_again(packet);
                            self.repeated += 1;
                        }
                    }
                }
                Part::Pli(pli) => assert_eq!(pli.media, Ssrc(1)),
                Part::Fir(fir) => assert_eq!(fir.entries().len(), 1),
                Part::TransportFeedback(feedback) => {
                    self.arrived += feedback.packets().filter(|(_, arrival)| arrival.is_some()).count();
                }
                part => panic!("{part:?} was not written"),
            }
        }
    }
}

/// In a stream of its own, from which the receiver takes the original.
fn send_again(packet: &[u8]) {
    let original = Packet::parse(packet).unwrap();
    let stream = |ssrc, number| rtx::Stream { ssrc, payload_type: PayloadType::new(number).unwrap() };
    let (mut sent, mut back) = ([0; 256], [0; 256]);
    let len = rtx::wrap(&original, stream(Ssrc(10), 112), Seq(1), &mut sent).unwrap();
    let sent = Packet::parse(&sent[..len]).unwrap();
    let unwrapped = rtx::unwrap(&sent, stream(original.ssrc(), 111), &mut back).unwrap();
    assert_eq!((unwrapped, &back[..packet.len()]), (Unwrapped::Original(packet.len()), packet));
}

#[test]
fn ten_seconds_of_a_call_allocate_nothing() {
    let mut direction = Direction::new();
    direction.seconds(1);
    assert_eq!(Counting::count(|| direction.seconds(10)), Allocations::default());
    assert_eq!(direction.repeated, 11 * 3, "every request was answered");
    assert!(direction.source.received() > 400);
    assert!(direction.source.media_time(Timestamp(0)).is_some());
    assert!(direction.arrived > 400, "every arrival was reported");
}

/// Pictures through a format and back; a key frame each second.
struct Pictures {
    payloader: Box<dyn Payloader>,
    depayloader: Box<dyn Depayloader>,
    /// Appends the unit with this number, of which the first in thirty is a key frame.
    write: fn(u32, &mut Vec<u8>),
    unit: Vec<u8>,
    back: Vec<u8>,
    seq: u16,
}

impl Pictures {
    fn new(
        payloader: impl Payloader + 'static,
        depayloader: impl Depayloader + 'static,
        write: fn(u32, &mut Vec<u8>),
    ) -> Self {
        let [unit, back] = [(); 2].map(|()| Vec::with_capacity(30_000));
        Self {
            payloader: Box::new(payloader),
            depayloader: Box::new(depayloader),
            write,
            unit,
            back,
            seq: 65_500,
        }
    }

    fn seconds(&mut self, seconds: u32) {
        for frame in 0..seconds * 30 {
            self.unit.clear();
            (self.write)(frame, &mut self.unit);
            self.picture(frame);
        }
    }

    fn picture(&mut self, frame: u32) {
        self.back.clear();
        let mut datagram = [0; 1_500];
        let (back, depayloader, seq) = (&mut self.back, &mut self.depayloader, &mut self.seq);
        let mut through = |fragment: moim_rtp::payload::Fragment<'_>| {
            *seq = seq.wrapping_add(1);
            let header = Header {
                marker: fragment.marker,
                payload_type: PayloadType::new(96).unwrap(),
                seq: Seq(*seq),
                timestamp: Timestamp(frame * 3_000),
                ssrc: Ssrc(9),
            };
            let len = PacketBuilder::new(header).write(&[fragment.prefix, fragment.body], &mut datagram);
            let packet = Packet::parse(&datagram[..len.unwrap()]).unwrap();
            let mut append = |piece: moim_rtp::payload::Piece<'_>| {
                back.extend_from_slice(piece.prefix.as_bytes());
                back.extend_from_slice(piece.body);
            };
            depayloader.depacketize(&packet, &mut append).unwrap();
        };
        self.payloader.packetize(&self.unit, 1_188, &mut through).unwrap();
        let len = self.depayloader.finish(&mut self.back);
        assert_eq!(self.back[..len], self.unit);
    }
}

/// Of both kinds; the parameter sets change.
fn write_h264(frame: u32, unit: &mut Vec<u8>) {
    if frame.is_multiple_of(30) {
        let sets = [&[0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0x80], &[0, 0, 0, 1, 0x68, 0x80, 1, 1, 1]];
        sets.iter().for_each(|set| unit.extend_from_slice(&set[..]));
        unit.extend((0..frame / 30 % 4).map(|_| 7));
    }
    let header = if frame.is_multiple_of(30) { 0x65 } else { 0x41 };
    unit.extend_from_slice(&[0, 0, 0, 1, header, 0x88]);
    unit.extend((0..10_000).map(|_| 0x55));
}

/// Of two spatial layers, with a sequence header that grows.
fn write_av1(frame: u32, unit: &mut Vec<u8>) {
    if frame.is_multiple_of(30) {
        let more = (frame / 30 % 4) as u8;
        unit.extend_from_slice(&[0x0a, 2 + more, 0, 0]);
        unit.extend((0..more).map(|_| 7));
    }
    for layer in [0x00, 0x08] {
        unit.extend_from_slice(&[0x36, layer, 0x90, 0x4e]);
        unit.extend((0..10_000).map(|_| 0x15));
    }
}

#[test]
fn ten_seconds_of_pictures_allocate_nothing() {
    for mut pictures in [
        Pictures::new(
            H264Payloader::new(PacketizationMode::NonInterleaved),
            H264Depayloader::new(),
            write_h264,
        ),
        Pictures::new(Av1Payloader::new(), Av1Depayloader::new(), write_av1),
    ] {
        pictures.seconds(1);
        assert_eq!(Counting::count(|| pictures.seconds(10)), Allocations::default());
    }
}

/// Packets protected by rows and columns; one in seven is lost.
struct Repaired {
    format: Format,
    encoder: Encoder,
    decoder: Decoder,
    seq: u16,
    lost: u32,
    recovered: u32,
}

impl Repaired {
    fn new(format: Format) -> Self {
        let columns = core::num::NonZeroU8::new(5).unwrap();
        let protection = Protection::Grid { columns, rows: 4 };
        let config = EncoderConfig { format, protection, bytes_per_packet: 1_200 };
        let encoder = Encoder::new(config).unwrap();
        let decoder = Decoder::new(DecoderConfig::default(), &[Ssrc(9)]);
        Self { format, encoder, decoder, seq: 65_000, lost: 0, recovered: 0 }
    }

    fn packets(&mut self, count: u16) {
        for n in 0..count {
            self.seq = self.seq.wrapping_add(1);
            let payload_type = PayloadType::new(96).unwrap();
            let timestamp = Timestamp(u32::from(n) * 3_000);
            let header = Header { marker: false, payload_type, seq: Seq(self.seq), timestamp, ssrc: Ssrc(9) };
            let mut bytes = [0; 1_200];
            let payload = [n.to_le_bytes()[0]; 1_100];
            let len =
                PacketBuilder::new(header).write(&[&payload[..1_000 + usize::from(n % 100)]], &mut bytes);
            let packet = &bytes[..len.unwrap()];
            self.encoder.protect(packet).unwrap();
            if n % 7 == 3 {
                self.lost += 1;
            } else {
                assert_eq!(self.decoder.media(packet), Ok(Inserted::Kept));
            }
            let mut repair = [0; 1_300];
            while let Some(payload) = self.encoder.poll_repair() {
                let len = payload.write(Header { ssrc: Ssrc(10), ..header }, &mut repair).unwrap();
                let packet = Packet::parse(&repair[..len]).unwrap();
                match self.format {
                    Format::FlexFec => match flexfec::read(&packet).unwrap() {
                        flexfec::Received::Repair(repair) => self.decoder.flexfec(&repair),
                        again => panic!("{again:?} was not sent"),
                    },
                    Format::FlexFec03 => self.decoder.flexfec(&flexfec03::read(&packet).unwrap()),
                    Format::UlpFec => self.decoder.ulpfec(Ssrc(9), &ulpfec::read(packet.payload()).unwrap()),
                };
            }
            while self.decoder.recover().is_some() {
                self.recovered += 1;
            }
        }
    }
}

#[test]
fn ten_seconds_of_repairs_allocate_nothing() {
    for format in [Format::FlexFec, Format::FlexFec03, Format::UlpFec] {
        let mut repaired = Repaired::new(format);
        repaired.packets(100);
        assert_eq!(Counting::count(|| repaired.packets(1_000)), Allocations::default());
        assert_eq!(repaired.decoder.missing().count(), 0);
        assert_eq!((repaired.recovered, repaired.lost), (157, 157));
    }
}

#[test]
fn descriptors_of_frames_allocate_nothing() {
    // One layer, one target, one chain; a template for key frames and one for all others.
    let key = [0xc0, 0, 1, 0x80, 0, 0x3a, 0x41, 1, 0];
    let mut reader = DependencyReader::new();
    let mut frames = |seqs: core::ops::Range<u64>| {
        for seq in seqs {
            let descriptor = if seq.is_multiple_of(30) {
                reader.read(SeqNo::new(seq), &key)
            } else {
                reader.read(SeqNo::new(seq), &[0xc1, 0, 2])
            };
            let descriptor = descriptor.unwrap();
            assert_eq!(descriptor.frame_diffs().count(), usize::from(!descriptor.begins_sequence()));
            assert!(descriptor.is_in_chain(0));
        }
    };
    frames(0..30);
    assert_eq!(Counting::count(|| frames(30..330)), Allocations::default());
}

/// A forwarder: whose packet it is, and the same under the numbers of a subscriber.
struct Forwarder {
    streams: Streams<u8>,
    map: IdMap,
    moved: usize,
}

impl Forwarder {
    const LEVELS: ExtensionId = ExtensionId::new(1).unwrap();
    const MID: ExtensionId = ExtensionId::new(2).unwrap();
    const SENT: ExtensionId = ExtensionId::new(3).unwrap();

    /// The speaker has another source each second, and others try to be it.
    fn seconds(&mut self, seconds: Range<u32>) {
        for packet in seconds.start * 50..seconds.end * 50 {
            let now = Instant::from_millis(u64::from(packet) * 20);
            let source = packet / 50;
            if packet % 50 < 40 {
                self.forward(now, Ssrc(source), packet);
            } else {
                self.forward(now, Ssrc(1_000 + packet), 0);
            }
        }
    }

    fn forward(&mut self, now: Instant, ssrc: Ssrc, number: u32) {
        let header = Header {
            marker: false,
            payload_type: PayloadType::new(111).unwrap(),
            seq: Seq(number as u16),
            timestamp: Timestamp(number * 960),
            ssrc,
        };
        let sent = AbsSendTime::at(now).to_bytes();
        let elements = [(Self::LEVELS, &[30, 127][..]), (Self::MID, b"audio"), (Self::SENT, &sent)]
            .map(|(id, data)| Extension { id, data });
        let mut bytes = [0; 256];
        let builder = PacketBuilder::new(header).extensions(ExtensionForm::OneByte, &elements);
        let len = builder.write(&[&[7; 80]], &mut bytes).unwrap();
        let packet = Packet::parse(&bytes[..len]).unwrap();
        let levels: MixerLevels<'_> = packet.read_extension(Self::LEVELS).unwrap();
        assert_eq!(levels.levels().len(), 2);
        match self.streams.associate(now, &packet) {
            Association::Moved { key: 5, .. } => self.moved += 1,
            association => assert_eq!(association.key(), Some(5)),
        }

        let mut packet = PacketMut::parse(&mut bytes[..len]).unwrap();
        packet.remap_extensions(&self.map);
        assert_eq!(packet.patch(Self::LEVELS, &Mid::new("0").unwrap()), Patched::Written);
        let packet = Packet::parse(&bytes[..len]).unwrap();
        assert_eq!(packet.read_extension(Self::LEVELS), Mid::new("0"));
        assert_eq!(packet.extensions().count(), 2, "the time of departure was left out");
    }
}

#[test]
fn ten_seconds_of_forwarding_allocate_nothing() {
    let payload_types = [PayloadType::new(111).unwrap()];
    let config = Config { mid: Some(Forwarder::MID), ..Config::default() };
    let mut streams = Streams::new(config);
    streams
        .expect(5, Expected { mid: Mid::new("audio"), payload_types: &payload_types, ..Expected::default() });
    let map = IdMap::from_iter([(Forwarder::LEVELS, Forwarder::MID), (Forwarder::MID, Forwarder::LEVELS)]);
    let mut forwarder = Forwarder { streams, map, moved: 0 };
    forwarder.seconds(0..1);
    assert_eq!(Counting::count(|| forwarder.seconds(1..11)), Allocations::default());
    assert_eq!(forwarder.moved, 10, "each new source was taken for the stream's");
}

/// Kinds of RTCP that are not said every second.
fn write_rare_kinds(writer: &mut Writer<'_>) -> Result<(), WriteError> {
    let (ssrc, media) = (Ssrc(9), Ssrc(1));
    let items = &[Item { kind: ItemKind::CNAME, text: b"someone" }, Item { kind: ItemKind::MID, text: b"0" }];
    writer.source_description(&[Described { ssrc, items }])?;
    let subtype = AppSubtype::new(3).unwrap();
    writer.app(&App { ssrc, subtype, name: *b"moim", data: &[1, 2, 3, 4] })?;
    writer.remb(ssrc, Bitrate(1_000_000), &[media])?;
    let overhead = Overhead::new(40).unwrap();
    writer.tmmbr(ssrc, &[BitrateBound { ssrc: media, bitrate: Bitrate(500_000), overhead }])?;
    let offset = ArrivalOffset::between(Instant::EPOCH, Instant::from_millis(20));
    let arrival = Some(PacketArrival { ecn: Ecn::Capable1, offset });
    let packets = &[arrival, None, arrival];
    writer.congestion_feedback(
        ssrc,
        NtpShort(1),
        &[StreamArrivals { media, first: Seq(65_535), packets }],
    )?;
    let thinning = xr::Thinning::default();
    let range = xr::PacketRange { media, first: Seq(1), end: Seq(40), thinning };
    writer.extended_report(ssrc, |blocks| {
        blocks.reference_time(NtpTime(1))?;
        blocks.delays(&[xr::DelayReport { receiver: media, last: None }])?;
        blocks.losses(range, (1..40).map(|n| n != 7))?;
        blocks.voip_metrics(&xr::VoipMetrics::default())
    })
}

fn exchange_rare_kinds() {
    let mut datagram = [0; 512];
    let mut writer = Writer::new(&mut datagram);
    write_rare_kinds(&mut writer).unwrap();
    let mut parts = 0;
    for part in walk(writer.as_bytes()) {
        parts += 1;
        match part.unwrap() {
            Part::SourceDescription(sources) => {
                assert_eq!(sources.chunks().flat_map(|chunk| chunk.items()).count(), 2);
            }
            Part::App(app) => assert_eq!(app.data, [1, 2, 3, 4]),
            Part::Remb(remb) => assert_eq!(remb.streams().len(), 1),
            Part::Tmmbr(request) => assert_eq!(request.bounds().len(), 1),
            Part::CongestionFeedback(feedback) => {
                assert_eq!(feedback.streams().flat_map(|stream| stream.packets()).count(), 3);
            }
            Part::ExtendedReport(report) => assert_eq!(report.blocks().flatten().count(), 4),
            part => panic!("{part:?} was not written"),
        }
    }
    assert_eq!(parts, 6);
}

#[test]
fn rare_kinds_of_rtcp_allocate_nothing() {
    assert_eq!(Counting::count(exchange_rare_kinds), Allocations::default());
}

/// What an SFU keeps of a stream: who it is of, what is missing, what to ask for, and when to report.
struct Watched {
    guard: Guard<u16>,
    window: Window,
    generator: Generator,
    scheduler: Scheduler,
    now: Instant,
    number: u64,
    asked: usize,
    reports: usize,
}

impl Watched {
    fn seconds(&mut self, seconds: u64) {
        for _ in 0..seconds * 200 {
            self.now += Duration::from_millis(5);
            self.number += 1;
            // One in fifty is lost, one in a thousand a whole row of them.
            let gap = if self.number.is_multiple_of(1_000) { 500 } else { 1 };
            self.number += if self.number.is_multiple_of(50) { gap } else { 0 };
            let (seq, ssrc) = (SeqNo::new(self.number), Ssrc(u32::try_from(self.number % 2_000).unwrap()));
            self.guard.media(self.now, ssrc, &7);
            self.window.jump(seq);
            self.generator.received(self.now, seq);
            self.scheduler.received_media(self.now, ssrc);
            let mut bytes = [0; 128];
            let mut writer = Writer::new(&mut bytes);
            if self.generator.poll_timeout().is_some_and(|at| at <= self.now) {
                self.asked += usize::from(
                    self.generator.write(self.now, &mut writer, Ssrc(1), ssrc) != Ok(Asked::Nothing),
                );
                self.scheduler.feedback(self.now, Duration::from_millis(100));
            }
            if self.scheduler.poll(self.now) != Due::Nothing {
                self.scheduler.sent(100);
                self.reports += 1;
            }
            assert!(self.window.missing().count() <= self.window.capacity());
        }
        self.scheduler.received_goodbye(self.now, (0..2_000).map(Ssrc), 100);
    }
}

#[test]
fn ten_seconds_of_a_stream_watched_allocate_nothing() {
    let timing = Timing::Feedback { interval: Duration::ZERO };
    let config = schedule::Config {
        timing,
        members: 500,
        bandwidth: Bandwidth::of_session(50_000_000),
        ..schedule::Config::default()
    };
    let mut watched = Watched {
        guard: Guard::new(collision::Config { sources: 500, ..collision::Config::default() }),
        window: Window::new(512),
        generator: Generator::new(nack::Config { packets: 512, ..nack::Config::default() }),
        scheduler: Scheduler::new(Ssrc(5_000), config),
        now: Instant::EPOCH,
        number: 65_000,
        asked: 0,
        reports: 0,
    };
    watched.scheduler.join(watched.now);
    watched.seconds(1);
    assert_eq!(Counting::count(|| watched.seconds(10)), Allocations::default());
    assert!(watched.asked > 30 && watched.reports > 5, "{} {}", watched.asked, watched.reports);
}
