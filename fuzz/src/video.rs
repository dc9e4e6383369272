//! Laws of `moim-video`.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_media::codec::{EncodedVideo, FrameKind, VideoEncoder};
use moim_media::{ClockRate, FramePool, Instant, MediaTime, SeqNo, Timestamp, VideoFrame, VideoSize};
use moim_rtp::payload::Payloader;
use moim_rtp::payload::h264::{H264Depayloader, H264Payloader, PacketizationMode};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use moim_testkit::fake::video::Decoded;
use moim_testkit::fake::{FakeVideoConfig, FakeVideoDecoder, FakeVideoEncoder};
use moim_video::{Policy, VideoConfig, VideoPlayout};

const PACKETS: usize = 64;
const LIMIT: usize = 200;

#[derive(Arbitrary, Debug)]
enum Op {
    /// The next picture is sent; packets whose bit is set are lost, and may be asked for later.
    Send { key: bool, lost: u16 },
    /// The next picture is sent backwards, or every packet twice.
    Shuffle { twice: bool },
    /// A packet of before comes again.
    Again { back: u8 },
    /// What the receiver asks for comes.
    Answer { most: u8 },
    /// Padding under the next number.
    Padding,
    /// A whole packet under other numbers.
    Stray { seq: u64, ticks: u64 },
    /// What is due is shown.
    Poll { millis: u8 },
    /// Time jumps, even back.
    Jump { to: u64 },
    /// Lip sync wants something.
    MinDelay { millis: u16 },
}

/// Whatever comes and whenever, every picture shown was decoded from exactly the bytes that were sent, in order,
/// and never without what it builds on; and the receiver never asks more than a bounded number of times.
pub fn ops(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(shape) = input.arbitrary::<u8>() else { return };
    let mut call = Call::new(shape);
    while !input.is_empty() {
        let Ok(op) = input.arbitrary::<Op>() else { return };
        call.apply(&op);
    }
}

struct Sent {
    seq: SeqNo,
    time: MediaTime,
    bytes: Vec<u8>,
}

struct Call {
    receiver: VideoPlayout<FakeVideoDecoder>,
    encoder: FakeVideoEncoder,
    payloader: H264Payloader,
    picture: VideoFrame,
    /// Access units as they come out of the payload format, by picture.
    units: Vec<Vec<u8>>,
    sent: Vec<Sent>,
    seq: SeqNo,
    now: Instant,
    wants_key: bool,
    /// Strays have been inserted, which may pass for packets of the stream.
    disturbed: bool,
    last_shown: Option<usize>,
    marker: bool,
}

impl Call {
    fn new(shape: u8) -> Self {
        let size = VideoSize::new(16, 16).expect("a size");
        let codec = FakeVideoConfig {
            bitrate: 100_000,
            disposable: u32::from(shape & 3),
            slices: 1 + usize::from(shape >> 2 & 1),
            ..FakeVideoConfig::default()
        };
        let config = VideoConfig {
            packets: PACKETS,
            packet_bytes: 300,
            unit_bytes: 1 << 14,
            size,
            policy: if shape & 8 == 0 { Policy::Latency } else { Policy::Freeze },
            ..VideoConfig::default()
        };
        let decoder = FakeVideoDecoder::new();
        Self {
            receiver: VideoPlayout::new(config, Box::new(H264Depayloader::new()), decoder)
                .expect("a receiver"),
            encoder: FakeVideoEncoder::new(codec).expect("an encoder"),
            payloader: H264Payloader::new(PacketizationMode::NonInterleaved),
            picture: FramePool::new(size, 1).write(|_| ()).expect("a picture"),
            units: Vec::new(),
            sent: Vec::new(),
            seq: SeqNo::new(if shape & 16 == 0 { 0 } else { (1 << 16) - 20 }),
            now: Instant::from_millis(1_000),
            wants_key: true,
            disturbed: false,
            last_shown: None,
            marker: shape & 32 == 0,
        }
    }

    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Send { key, lost } => {
                let from = self.encode(key);
                for packet in from..self.sent.len() {
                    if lost >> ((packet - from) % 16) & 1 == 0 {
                        self.insert(packet);
                    }
                }
            }
            Op::Shuffle { twice } => {
                let from = self.encode(false);
                for packet in (from..self.sent.len()).rev() {
                    self.insert(packet);
                    if twice {
                        self.insert(packet);
                    }
                }
            }
            Op::Again { back } => {
                if let Some(packet) = self.sent.len().checked_sub(usize::from(back) + 1) {
                    self.insert(packet);
                }
            }
            Op::Answer { most } => self.answer(most),
            Op::Padding => {
                let time = self.sent.last().map_or(self.time(), |sent| sent.time);
                self.send(time, false, &[&[]]);
                self.insert(self.sent.len() - 1);
            }
            Op::Stray { seq, ticks } => {
                let Some(sent) = self.sent.last() else { return };
                let packet = Packet::parse(&sent.bytes).expect("our own packet");
                let time = MediaTime::new(ticks, ClockRate::HZ_90000);
                let _ = self.receiver.insert(self.now, SeqNo::new(seq), time, &packet);
                self.disturbed = true;
            }
            Op::Poll { millis } => self.poll(Duration::from_millis(u64::from(millis))),
            Op::Jump { to } => self.now = Instant::from_nanos(to),
            Op::MinDelay { millis } => {
                self.receiver.set_min_delay(Duration::from_millis(u64::from(millis)));
            }
        }
    }

    /// The next picture; where its packets begin.
    fn encode(&mut self, key: bool) -> usize {
        let from = self.sent.len();
        let kind =
            if key || core::mem::take(&mut self.wants_key) { FrameKind::Key } else { FrameKind::Delta };
        let (time, mut unit) = (self.time(), Vec::new());
        let encoded = self.encoder.encode(&self.picture, time, kind, &mut unit);
        assert!(matches!(encoded, Ok(EncodedVideo::AccessUnit(_))), "{encoded:?}");
        let mut payloads = Vec::new();
        let sink = &mut |fragment: moim_rtp::payload::Fragment<'_>| {
            payloads.push((fragment.marker, [fragment.prefix, fragment.body].concat()));
        };
        self.payloader.packetize(&unit, LIMIT, sink).expect("a unit that fits");
        for (marker, payload) in payloads {
            self.send(time, marker && self.marker, &[&payload]);
        }
        self.units.push(unit);
        from
    }

    fn time(&self) -> MediaTime {
        MediaTime::new((1 << 33) + self.units.len() as u64 * 3_000, ClockRate::HZ_90000)
    }

    fn send(&mut self, time: MediaTime, marker: bool, payload: &[&[u8]]) {
        let seq = self.seq;
        self.seq = seq.next();
        let header = Header {
            marker,
            payload_type: PayloadType::new(96).expect("a payload type"),
            seq: seq.wire(),
            timestamp: Timestamp((time.ticks() & u64::from(u32::MAX)) as u32),
            ssrc: Ssrc(1),
        };
        let mut bytes = vec![0; 300];
        let len = PacketBuilder::new(header).write(payload, &mut bytes).expect("a packet that fits");
        bytes.truncate(len);
        self.sent.push(Sent { seq, time, bytes });
    }

    fn insert(&mut self, packet: usize) {
        let sent = &self.sent[packet];
        let packet = Packet::parse(&sent.bytes).expect("our own packet");
        let _ = self.receiver.insert(self.now, sent.seq, sent.time, &packet);
    }

    fn answer(&mut self, most: u8) {
        let round_trip = Duration::from_millis(50);
        let mut asked = Vec::new();
        while let Some(seq) = self.receiver.poll_retransmit(self.now, round_trip) {
            asked.push(seq);
            assert!(asked.len() <= 256, "more requests than losses are kept in mind");
        }
        if self.receiver.poll_key_frame_request(self.now, round_trip).is_some() {
            assert_eq!(
                self.receiver.poll_key_frame_request(self.now, round_trip),
                None,
                "asked twice at once"
            );
            self.wants_key = true;
        }
        for seq in asked.into_iter().take(usize::from(most)) {
            if let Some(packet) = self.sent.iter().position(|sent| sent.seq == seq) {
                self.insert(packet);
            } else {
                assert!(self.disturbed, "asked for {seq:?}, which was never sent");
            }
        }
    }

    fn poll(&mut self, after: Duration) {
        self.now += after;
        let mut shown = Vec::new();
        while let Some(picture) = self.receiver.poll_picture(self.now) {
            assert!(self.disturbed || picture.due <= self.now, "too early");
            let unit = self.units.iter().position(|unit| unit == picture.access_unit);
            shown.push(unit.expect("a unit that was never sent"));
            assert!(shown.len() <= PACKETS, "more pictures than packets");
        }
        if !self.disturbed {
            for number in shown {
                assert!(
                    self.last_shown.is_none_or(|last| last < number),
                    "{number} after {:?}",
                    self.last_shown
                );
                self.last_shown = Some(number);
            }
        }
        let history = self.receiver.decoder().history();
        let broken =
            history.iter().find(|decoded| !matches!(decoded, Decoded::Frame(_) | Decoded::Dropped(_)));
        assert!(self.disturbed || broken.is_none(), "{broken:?} in {history:?}");
        assert!(self.receiver.delay() <= Duration::from_secs(2) || self.disturbed);
    }
}
