use super::*;
use crate::payload::DepayloadError;
use crate::{BuildError, Header, Packet, PacketBuilder, Ssrc};
use moim_media::{Instant, Seq, SeqNo, Timestamp};
use std::string::{String, ToString};
use std::vec::Vec;

const T140: PayloadType = PayloadType::new(98).unwrap();
const PLAIN: Format = Format::Plain { t140: T140 };
const REDUNDANT: Format =
    Format::Redundant { red: PayloadType::new(99).unwrap(), t140: T140, generations: 2 };

fn ms(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn sender(format: Format) -> TextSender {
    TextSender::new(format, Timestamp(u32::MAX), SenderConfig::default())
}

/// A packet, and when it was sent.
struct Sent {
    at: Instant,
    packet: TextPacket,
    payload: Vec<u8>,
}

/// Everything there is to send from `now` until `end`.
fn run(sender: &mut TextSender, now: Instant, end: Instant) -> Vec<Sent> {
    let mut sent = Vec::new();
    while let Some(due) = sender.poll_timeout().map(|due| due.max(now)).filter(|&due| due <= end) {
        let mut payload = [0; 1_200].to_vec();
        let packet = sender.poll_transmit(due, &mut payload).unwrap().expect("it was due");
        payload.truncate(packet.len);
        sent.push(Sent { at: due, packet, payload });
    }
    sent
}

fn push(sender: &mut TextSender, now: Instant, text: &str) {
    assert_eq!(sender.push(now, text), text.len());
}

/// A receiver, and what it has told.
struct Reader {
    receiver: TextReceiver,
    text: String,
}

impl Reader {
    fn new(format: Format) -> Self {
        Self { receiver: TextReceiver::new(format, ReceiverConfig::default()), text: String::new() }
    }

    fn receive(
        &mut self,
        at: Instant,
        seq: u64,
        payload_type: PayloadType,
        payload: &[u8],
    ) -> Result<(), DepayloadError> {
        let header = Header {
            marker: false,
            payload_type,
            seq: Seq(seq as u16),
            timestamp: Timestamp(0),
            ssrc: Ssrc(1),
        };
        let mut bytes = [0; 1_300];
        let len = PacketBuilder::new(header).write(&[payload], &mut bytes).unwrap();
        let packet = Packet::parse(&bytes[..len]).unwrap();
        let text = &mut self.text;
        self.receiver.receive(at, SeqNo::new(seq), &packet, &mut |character| text.push(character))
    }

    fn plain(&mut self, at: u64, seq: u64, text: &str) {
        self.receive(ms(at), seq, T140, text.as_bytes()).unwrap();
    }

    fn wait(&mut self, until: u64) {
        let text = &mut self.text;
        self.receiver.handle_timeout(ms(until), &mut |character| text.push(character));
    }

    fn told(&mut self) -> String {
        core::mem::take(&mut self.text)
    }
}

#[test]
fn a_session_begins_with_a_byte_order_mark_that_nobody_sees() {
    let mut sender = sender(PLAIN);
    let sent = run(&mut sender, ms(0), ms(0));
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].packet.marker, &sent[0].payload[..]), (true, "\u{feff}".as_bytes()));
    assert_eq!((sent[0].packet.payload_type, sent[0].packet.timestamp), (T140, Timestamp(u32::MAX)));
    assert_eq!(sender.poll_timeout(), None);
    let mut reader = Reader::new(PLAIN);
    reader.receive(ms(0), 7, T140, &sent[0].payload).unwrap();
    assert_eq!(reader.told(), "");
}

#[test]
fn text_goes_at_once_after_a_silence_and_then_by_the_interval() {
    let mut sender = sender(PLAIN);
    run(&mut sender, ms(0), ms(0));
    let mut sent = Vec::new();
    for (at, text) in [(1_000, "a"), (1_050, "b"), (1_200, "c"), (1_400, "d"), (2_000, "e")] {
        sent.extend(run(&mut sender, ms(0), ms(at)));
        push(&mut sender, ms(at), text);
        let mut payload = [0; 10];
        if let Some(packet) = sender.poll_transmit(ms(at), &mut payload).unwrap() {
            sent.push(Sent { at: ms(at), packet, payload: payload[..packet.len].to_vec() });
        }
    }
    let rows: Vec<_> =
        sent.iter().map(|it| (it.at.since(ms(0)).as_millis(), it.packet.marker, &it.payload[..])).collect();
    let expected: [(u128, bool, &[u8]); 4] =
        [(1_000, true, b"a"), (1_300, false, b"bc"), (1_600, false, b"d"), (2_000, true, b"e")];
    assert_eq!(rows, expected);
    assert_eq!(sent[3].packet.timestamp, Timestamp(1_999), "milliseconds, wrapped");
}

#[test]
fn text_is_repeated_until_it_was_sent_as_often_as_agreed() {
    let mut sender = sender(REDUNDANT);
    let mut sent = run(&mut sender, ms(0), ms(10_000));
    assert_eq!(sent.len(), 3, "the byte order mark and two repetitions");
    push(&mut sender, ms(20_000), "ab");
    sent = run(&mut sender, ms(20_000), ms(20_000));
    push(&mut sender, ms(20_100), "c");
    sent.extend(run(&mut sender, ms(20_000), ms(90_000)));
    assert_eq!(sender.poll_timeout(), None);
    let rows: Vec<_> =
        sent.iter().map(|it| (it.at.since(ms(20_000)).as_millis(), it.packet.marker)).collect();
    assert_eq!(rows, [(0, true), (300, false), (600, false), (900, false)]);
    // What was sent before the silence is too old to be repeated: more than 16.383 s.
    assert_eq!(sent[0].payload, [98, b'a', b'b']);
    assert_eq!(sent[1].payload, [0xe2, 4, 0xb0, 2, 98, b'a', b'b', b'c']);
    assert_eq!(sent[2].payload, [0xe2, 9, 0x60, 2, 0xe2, 4, 0xb0, 1, 98, b'a', b'b', b'c']);
    assert_eq!(sent[3].payload, [0xe2, 9, 0x60, 1, 0xe2, 4, 0xb0, 0, 98, b'c']);
}

#[test]
fn what_is_pasted_waits_for_the_receiver() {
    let config = SenderConfig { bytes_waiting: 1_000, ..SenderConfig::default() };
    let mut sender = TextSender::new(PLAIN, Timestamp(0), config);
    let text = "ä".repeat(600);
    assert_eq!(sender.push(ms(0), &text), 996, "the byte order mark waits too, and characters are whole");
    let sent = run(&mut sender, ms(0), ms(100_000));
    assert!(sent.iter().all(|it| it.payload.len() <= 240));
    // 30 per second: 300 at once, and the rest, the mark counted, ten seconds later.
    let characters = |until: u64| -> usize {
        let sent = sent.iter().filter(|it| it.at <= ms(until));
        sent.map(|it| core::str::from_utf8(&it.payload).expect("whole characters").chars().count()).sum()
    };
    assert_eq!((characters(9_999), characters(100_000)), (300, 499));
    assert_eq!(sender.waiting(), 0);
}

#[test]
fn a_buffer_too_small_changes_nothing() {
    for (format, needed) in [(PLAIN, 3), (REDUNDANT, 4)] {
        let mut sender = sender(format);
        let refused = sender.poll_transmit(ms(0), &mut [0; 2]);
        assert_eq!(refused, Err(BuildError::BufferTooSmall { needed, actual: 2 }));
        assert!(run(&mut sender, ms(0), ms(0))[0].packet.marker);
    }
}

#[test]
fn two_losses_in_a_row_are_repaired_and_three_are_marked() {
    let mut sender = sender(REDUNDANT);
    let mut sent = run(&mut sender, ms(0), ms(10_000));
    for (step, text) in ["one ", "two ", "three ", "four ", "five ", "six "].into_iter().enumerate() {
        let at = ms(20_000 + 300 * step as u64);
        push(&mut sender, at, text);
        sent.extend(run(&mut sender, at, at));
    }
    sent.extend(run(&mut sender, ms(20_000), ms(90_000)));
    let told = |lost: core::ops::Range<usize>| {
        let mut reader = Reader::new(REDUNDANT);
        for (number, it) in sent.iter().enumerate().filter(|(number, _)| !lost.contains(number)) {
            let at = it.at.since(ms(0)).as_millis() as u64;
            reader.wait(at);
            reader.receive(it.at, 100 + number as u64, it.packet.payload_type, &it.payload).unwrap();
        }
        reader.wait(100_000);
        reader.told()
    };
    assert_eq!(told(0..0), "one two three four five six ");
    assert_eq!(told(4..6), "one two three four five six ");
    assert_eq!(told(4..7), "one \u{fffd}three four five six ");
    assert_eq!(told(0..5), "one two three four five six ", "the first packet that comes brings those before");
    assert_eq!(told(0..6), "two three four five six ");
}

#[test]
fn text_waits_a_second_for_what_is_late() {
    let mut reader = Reader::new(PLAIN);
    reader.plain(0, 10, "a");
    reader.plain(300, 12, "c");
    reader.plain(600, 13, "d");
    assert_eq!((reader.told(), reader.receiver.poll_timeout()), ("a".to_string(), Some(ms(1_300))));
    reader.wait(1_299);
    reader.plain(1_299, 11, "b");
    assert_eq!((reader.told(), reader.receiver.poll_timeout()), ("bcd".to_string(), None));
    reader.plain(1_300, 11, "b");
    reader.plain(1_300, 13, "d");
    reader.plain(1_300, 16, "g");
    reader.wait(2_300);
    assert_eq!(reader.told(), "\u{fffd}\u{fffd}g");
    reader.plain(2_301, 15, "f");
    assert_eq!(reader.told(), "", "too late");
}

#[test]
fn a_long_gap_is_as_long_as_what_can_wait() {
    let mut reader = Reader::new(PLAIN);
    reader.plain(0, 10, "a");
    reader.plain(1, 12, "c");
    reader.plain(2, 1 << 40, "z");
    assert_eq!(reader.told(), format_args!("a\u{fffd}c{}", "\u{fffd}".repeat(16)).to_string());
    reader.wait(5_000);
    assert_eq!(reader.told(), "z", "the gap goes on, and has been told");
    reader.plain(5_000, (1 << 40) + 16, "b");
    reader.wait(9_999);
    assert_eq!(reader.told(), format_args!("{}b", "\u{fffd}".repeat(15)).to_string());
}

#[test]
fn a_stream_that_begins_anew_is_not_a_gap() {
    let mut reader = Reader::new(PLAIN);
    reader.plain(0, 10, "a");
    reader.plain(0, 12, "c");
    let text = &mut reader.text;
    reader.receiver.clear(&mut |character| text.push(character));
    reader.plain(0, 3, "x");
    assert_eq!(reader.told(), "a\u{fffd}cx");
}

#[test]
fn what_is_not_text_is_refused() {
    let other = PayloadType::new(0).unwrap();
    let mut reader = Reader::new(REDUNDANT);
    assert_eq!(reader.receive(ms(0), 1, other, b"a"), Err(DepayloadError::Unsupported));
    let red = REDUNDANT.payload_type();
    assert_eq!(reader.receive(ms(0), 1, red, &[0xe2]), Err(DepayloadError::Malformed));
    assert_eq!(reader.receive(ms(0), 1, red, &[0, b'a']), Err(DepayloadError::Unsupported));
    // A repeated block of another format is none of ours; the text is.
    assert_eq!(reader.receive(ms(0), 1, red, &[0x80, 0, 0, 1, 98, 9, b'a']), Ok(()));
    assert_eq!(reader.receive(ms(0), 2, T140, b"b"), Ok(()));
    assert_eq!(reader.told(), "ab");
    assert_eq!(REDUNDANT.red_parameters().unwrap().to_string(), "98/98/98");
    assert_eq!(PLAIN.red_parameters(), None);
}
