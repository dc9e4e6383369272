//! Real-time text.

use super::{header, packet};
use arbitrary::Unstructured;
use core::time::Duration;
use moim_media::{Instant, SeqNo, Timestamp};
use moim_rtp::PayloadType;
use moim_rtp::payload::text::{
    BYTE_ORDER_MARK, Format, MISSING, Parameters, ReceiverConfig, SenderConfig, TextReceiver, TextSender,
};
use std::collections::BTreeMap;
use str0m::rtp::RedDecoder;

const T140: u8 = 98;
const RED: u8 = 99;
/// As many blocks as can wait.
const WAITING: usize = 16;

fn pt(number: u8) -> PayloadType {
    PayloadType::new(number).expect("seven bits")
}

/// What arrives of the text is told once and in order, whatever the channel loses, repeats and lets overtake; of what
/// does not arrive in any packet, each block is told as one mark. What is sent is what was typed, never faster than
/// the other side can take.
pub fn text(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((generations, cps, fate)) = input.arbitrary::<(u8, u8, u64)>() else { return };
    let generations = generations % 3;
    let format = match generations {
        0 => Format::Plain { t140: pt(T140) },
        _ => Format::Redundant { red: pt(RED), t140: pt(T140), generations },
    };
    let cps = u32::from(cps) + 1;
    let receiver = Parameters { cps };
    let config = SenderConfig { receiver, bytes_per_block: 16, bytes_waiting: 64, ..SenderConfig::default() };
    let mut sender = TextSender::new(format, Timestamp(u32::MAX - 99), config);

    let (mut now, mut typed, mut sent) = (Instant::from_millis(1), String::new(), Vec::new());
    while !input.is_empty() {
        let Ok((pause, text)) = input.arbitrary::<(u8, [char; 4])>() else { break };
        let pause = u64::from(pause >> 2) * [1, 10, 100, 1_000][usize::from(pause & 3)];
        let next = now + Duration::from_millis(pause);
        send(&mut sender, now, next, &mut sent);
        now = next;
        let text: String = text.iter().filter(|&&it| it != BYTE_ORDER_MARK).collect();
        let taken = sender.push(now, &text);
        typed.push_str(text.get(..taken).expect("whole characters"));
    }
    send(&mut sender, now, now + Duration::from_secs(3_600), &mut sent);
    assert_eq!((sender.waiting(), sender.poll_timeout()), (0, None));

    check_sent(&sent, &typed, generations, cps);
    check_received(&sent, format, fate);
    cut(data);
}

/// A packet: when it was sent, and the texts it holds, the newest last.
struct Sent {
    at: Instant,
    payload: Vec<u8>,
    blocks: Vec<String>,
}

fn send(sender: &mut TextSender, now: Instant, until: Instant, sent: &mut Vec<Sent>) {
    while let Some(at) = sender.poll_timeout().map(|due| due.max(now)).filter(|&at| at <= until) {
        let mut payload = vec![0; 200];
        let packet = sender.poll_transmit(at, &mut payload).expect("there is room").expect("it is due");
        payload.truncate(packet.len);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("whole characters");
        let blocks = match packet.payload_type.get() {
            RED => {
                let blocks = RedDecoder::decode(&payload).expect("str0m reads it");
                blocks.iter().map(|block| text(block.payload)).collect()
            }
            _ => vec![text(&payload)],
        };
        sent.push(Sent { at, payload, blocks });
    }
}

fn check_sent(sent: &[Sent], typed: &str, generations: u8, cps: u32) {
    let all: String = sent.iter().map(|it| it.blocks.last().expect("a block").as_str()).collect();
    assert_eq!(all.strip_prefix(BYTE_ORDER_MARK), Some(typed));
    for (number, packet) in sent.iter().enumerate() {
        let window = sent[number..].iter().take_while(|it| it.at < packet.at + Duration::from_secs(10));
        let characters: usize = window.map(|it| it.blocks.last().map_or(0, |it| it.chars().count())).sum();
        assert!(characters <= cps as usize * 10);
        assert!(packet.blocks.iter().any(|block| !block.is_empty()), "no packet is for nothing");
        let text = packet.blocks.last().is_some_and(|block| !block.is_empty());
        let mut last = packet.at;
        for (distance, later) in sent[number..].iter().enumerate().skip(1) {
            assert!(later.at >= last + Duration::from_millis(300));
            last = later.at;
            if distance > usize::from(generations) {
                break;
            }
            let found = later.blocks.iter().rev().nth(distance);
            // Sixteen seconds of silence are in no text's repetitions.
            assert!(found == packet.blocks.last() || (!text && found.is_none()));
        }
        assert!(!text || sent.len() > number + usize::from(generations), "repeated to the end");
    }
}

fn check_received(sent: &[Sent], format: Format, fate: u64) {
    // Each packet is lost or arrives once or twice, and here and there two arrive the other way round.
    let mut arriving: Vec<(u64, Instant, &Sent)> = Vec::new();
    for (number, packet) in sent.iter().enumerate() {
        let copies = [0, 1, 1, 2][(fate >> (number * 2 % 62) & 3) as usize];
        arriving.extend((0..copies).map(|_| (100 + number as u64, packet.at, packet)));
    }
    if fate >> 63 != 0 {
        for pair in arriving.chunks_mut(2).filter(|pair| pair.len() == 2) {
            let (first, second) = (pair[0], pair[1]);
            if second.1.since(first.1) <= Duration::from_millis(300) {
                (pair[0], pair[1]) = ((second.0, first.1, second.2), (first.0, second.1, first.2));
            }
        }
    }

    let config = ReceiverConfig { blocks: WAITING, bytes_per_block: 16, ..ReceiverConfig::default() };
    let mut receiver = TextReceiver::new(format, config);
    let (mut told, mut known) = (String::new(), BTreeMap::new());
    let mut first = None;
    for (number, at, packet) in arriving {
        receiver.handle_timeout(at, &mut |character| told.push(character));
        let mut bytes = Vec::new();
        let wire = super::packet(&mut bytes, header(format.payload_type().get(), 1, 1), &packet.payload);
        receiver.receive(at, SeqNo::new(number), &wire, &mut |character| told.push(character)).expect("text");
        let oldest = number + 1 - packet.blocks.len() as u64;
        let first = *first.get_or_insert(oldest);
        let numbers = (oldest..).zip(&packet.blocks).filter(|(number, _)| *number >= first);
        known.extend(numbers);
    }
    receiver.handle_timeout(Instant::MAX, &mut |character| told.push(character));
    assert_eq!(receiver.poll_timeout(), None);

    let (mut expected, mut next) = (String::new(), first.unwrap_or_default());
    for (number, block) in known {
        let missing = (number - next).min(WAITING as u64);
        expected.extend(core::iter::repeat_n(MISSING, missing as usize));
        expected.extend(block.chars().filter(|&character| character != BYTE_ORDER_MARK));
        next = number + 1;
    }
    assert_eq!(told, expected);
}

/// Bytes that are no text, cut anywhere, are told as the standard library would; and no packet is too strange.
fn cut(data: &[u8]) {
    let config = ReceiverConfig::default();
    let mut receiver = TextReceiver::new(Format::Plain { t140: pt(T140) }, config);
    let mut strange =
        TextReceiver::new(Format::Redundant { red: pt(RED), t140: pt(T140), generations: 2 }, config);
    let (mut rest, mut told, mut number) = (data, String::new(), 0);
    while let Some(&first) = rest.first() {
        let (block, behind) = rest.split_at(rest.len().min(1 + usize::from(first & 7)));
        rest = behind;
        let mut bytes = Vec::new();
        let plain = packet(&mut bytes, header(T140, 1, 1), block);
        let tell = &mut |character| told.push(character);
        receiver.receive(Instant::EPOCH, SeqNo::new(number), &plain, tell).expect("any bytes are text");
        let mut bytes = Vec::new();
        let seq = SeqNo::new(u64::from(first) * 3);
        let _ =
            strange.receive(Instant::EPOCH, seq, &packet(&mut bytes, header(RED, 1, 1), data), &mut |_| ());
        number += 1;
    }
    let begun = data.iter().position(|byte| byte & 0xc0 != 0x80).unwrap_or(data.len());
    let mut text = &data[begun..];
    let cut = (1..=text.len().min(3)).find(|&len| {
        let end = core::str::from_utf8(&text[text.len() - len..]);
        end.is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    });
    text = &text[..text.len() - cut.unwrap_or(0)];
    let expected = String::from_utf8_lossy(text).replace(BYTE_ORDER_MARK, "");
    assert_eq!(told, expected);
}
