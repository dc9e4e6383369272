//! One second of a call, then ten more that allocate nothing: sound with redundancy, keys, text.

use core::num::NonZeroU16;
use core::time::Duration;
use moim_media::{ClockRate, Instant, MediaTime, Seq, SeqNo, Timestamp};
use moim_rtp::payload::comfort_noise::{self, ComfortNoise, NoiseLevel, Reflection};
use moim_rtp::payload::telephone_event::{EventCode, EventReceiver, EventSender, Pressed, Volume};
use moim_rtp::payload::text::{Format, ReceiverConfig, SenderConfig, TextReceiver, TextSender};
use moim_rtp::red::{Numbering, RedSender, Unit, recover};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const OPUS: PayloadType = PayloadType::new(111).unwrap();
const RED: PayloadType = PayloadType::new(63).unwrap();
const T140: PayloadType = PayloadType::new(98).unwrap();
const LINE: &str = "How are you? 잘 지내요.\u{2028}";
const FRAME: Duration = Duration::from_millis(20);

/// Writes a packet with `payload` into `into`.
fn packet<'a>(header: Header, payload: &[u8], into: &'a mut [u8]) -> Packet<'a> {
    let len = PacketBuilder::new(header).write(&[payload], into).unwrap();
    Packet::parse(&into[..len]).unwrap()
}

fn header(payload_type: PayloadType, seq: u64, timestamp: Timestamp) -> Header {
    Header { marker: false, payload_type, seq: Seq(seq as u16), timestamp, ssrc: Ssrc(1) }
}

struct Party {
    red: RedSender,
    keys: (EventSender, EventReceiver),
    text: (TextSender, TextReceiver),
    now: Instant,
    frame: u64,
    sentences: u64,
    pressed: usize,
    heard: usize,
    read: usize,
}

impl Party {
    fn new() -> Self {
        let format = Format::Redundant { red: RED, t140: T140, generations: 2 };
        let clock = ClockRate::HZ_48000;
        Self {
            red: RedSender::new(&[1, 2], 200),
            keys: (EventSender::new(clock, FRAME), EventReceiver::new(Duration::from_millis(500))),
            text: (
                TextSender::new(format, Timestamp(7), SenderConfig::default()),
                TextReceiver::new(format, ReceiverConfig::default()),
            ),
            now: Instant::EPOCH,
            frame: 0,
            sentences: 0,
            pressed: 0,
            heard: 0,
            read: 0,
        }
    }

    fn seconds(&mut self, seconds: u64) {
        for _ in 0..seconds * 50 {
            self.now += FRAME;
            self.frame += 1;
            self.sound();
            self.key();
            self.line();
        }
    }

    fn sound(&mut self) {
        let (mut payload, mut bytes) = ([0; 700], [0; 800]);
        let timestamp = Timestamp((self.frame * 960) as u32);
        let unit = Unit { payload_type: OPUS, timestamp, data: &[9; 160] };
        let len = self.red.write(unit, &mut payload).unwrap().len;
        let packet = packet(header(RED, self.frame, timestamp), &payload[..len], &mut bytes);
        let spaced = Numbering::Spaced(NonZeroU16::new(960).unwrap());
        for numbering in [Numbering::Consecutive, spaced] {
            self.heard += recover(&packet, numbering).unwrap().map(|it| it.payload.len()).sum::<usize>();
        }
        let colour = [0.3, -0.1].map(Reflection::nearest);
        let len = comfort_noise::write(NoiseLevel::SILENCE, &colour, &mut payload).unwrap();
        assert!(ComfortNoise::parse(&payload[..len]).unwrap().reflections().eq(colour));
    }

    /// A key in every second, of which one packet in three is lost.
    fn key(&mut self) {
        let (sender, receiver) = &mut self.keys;
        let mut count = |_| self.pressed += 1;
        match self.frame % 50 {
            0 => {
                let at = Timestamp((self.frame * 960) as u32);
                assert_eq!(sender.press(self.now, at, EventCode(5), Volume::default()), Pressed::Reported);
            }
            10 => sender.release(self.now),
            _ => {}
        }
        while let Some(sent) = sender.poll_transmit(self.now) {
            let mut bytes = [0; 16];
            let header = Header { marker: sent.marker, ..header(OPUS, self.frame, sent.timestamp) };
            let packet = packet(header, &sent.event.to_bytes(), &mut bytes);
            let time = MediaTime::new(sent.timestamp.0.into(), ClockRate::HZ_48000);
            if !self.frame.is_multiple_of(3) {
                receiver.receive(self.now, time, &packet, &mut count).unwrap();
            }
        }
        receiver.handle_timeout(self.now, &mut count);
    }

    /// A line in every second; every third packet is lost, now and then more.
    fn line(&mut self) {
        let (sender, receiver) = &mut self.text;
        if self.frame % 50 == 1 {
            assert_eq!(sender.push(self.now, LINE), LINE.len());
        }
        let mut payload = [0; 600];
        let mut count = |_| self.read += 1;
        if let Some(sent) = sender.poll_transmit(self.now, &mut payload).unwrap() {
            self.sentences += 1;
            let mut bytes = [0; 700];
            let header = header(sent.payload_type, self.sentences, sent.timestamp);
            let packet = packet(header, &payload[..sent.len], &mut bytes);
            if self.sentences % 3 != 1 && self.sentences % 16 > 3 {
                receiver.receive(self.now, SeqNo::new(self.sentences), &packet, &mut count).unwrap();
            }
        }
        receiver.handle_timeout(self.now, &mut count);
    }
}

#[test]
fn ten_seconds_of_sound_keys_and_text_allocate_nothing() {
    let mut party = Party::new();
    party.seconds(1);
    assert_eq!(Counting::count(|| party.seconds(10)), Allocations::default());
    assert_eq!(party.heard, (3 * 550 - 3) * 160 * 2);
    assert!(party.pressed >= 20, "{} ups and downs", party.pressed);
    assert!(party.read > 100, "{} characters", party.read);
}
