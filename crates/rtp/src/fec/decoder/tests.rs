use super::*;
use crate::fec::parity::{Parity, split};
use crate::fec::tests::{hold, of_repair_stream, packet, recovered, repairs};
use crate::fec::ulpfec::Level;
use crate::fec::{Encoder, EncoderConfig, Format, Mask, Protection, Recovery};
use crate::{Packet, PacketBuilder};
use core::num::NonZeroU8;
use std::collections::BTreeSet;
use std::vec;
use std::vec::Vec;

const MEDIA: Ssrc = Ssrc(0x1111_2222);
const CONFIG: DecoderConfig = DecoderConfig { packets: 16, repairs: 4, bytes_per_packet: 300 };

fn row(packets: &[Vec<u8>]) -> Vec<u8> {
    let columns = NonZeroU8::new(packets.len() as u8).unwrap();
    let config = EncoderConfig { protection: Protection::Rows { columns }, ..EncoderConfig::default() };
    repairs(&mut Encoder::new(config).unwrap(), Format::FlexFec, packets).remove(0)
}

fn packets(first: u16, count: u16) -> Vec<Vec<u8>> {
    (0..count).map(|n| packet(MEDIA, first + n)).collect()
}

/// A decoder that has all of `packets` but the one at `lost`.
fn without(lost: usize, packets: &[Vec<u8>]) -> Decoder {
    let mut decoder = Decoder::new(CONFIG, &[MEDIA]);
    for packet in packets.iter().enumerate().filter(|(place, _)| *place != lost).map(|(_, packet)| packet) {
        assert_eq!(decoder.media(packet), Ok(Inserted::Kept));
    }
    decoder
}

/// A repair packet that names `packets` packets from `base` and says whatever it wants.
fn forged(source: Ssrc, base: u16, packets: u16, recovery: Recovery, body: &[u8]) -> Vec<u8> {
    let pattern = Pattern::Mask(Mask::of(0..packets).unwrap());
    let protected = [Protected { source, base: Seq(base), pattern }];
    let (mut header, mut bytes) = ([0; 32], vec![0; 100 + body.len()]);
    let len = flexfec::write_header(recovery, &protected, &mut header).unwrap();
    let sources = [source];
    let builder = PacketBuilder::new(of_repair_stream(1)).csrcs(&sources);
    let len = builder.write(&[&header[..len], body], &mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

#[test]
fn what_cannot_be_a_packet_is_dropped() {
    let packets = packets(100, 4);
    let honest = row(&packets);
    let header = Packet::parse(&honest).unwrap().header_len();
    let sum = Packet::parse(&honest).unwrap().payload().to_vec();
    // The length, the version's neighbours, the end of the sum, bytes behind it.
    for (at, what) in [(2, 0x40), (3, 0xff), (0, 0x0f), (sum.len() - 1, 1)] {
        let mut decoder = without(1, &packets);
        let mut wrong = honest.clone();
        wrong[header + at] ^= what;
        let longest = packets.iter().map(Vec::len).max() == Some(packets[1].len());
        if at == sum.len() - 1 && longest {
            continue;
        }
        assert_eq!(hold(&mut decoder, Format::FlexFec, &wrong), Held::Kept, "{at}");
        assert_eq!(recovered(&mut decoder), Vec::<Vec<u8>>::new(), "{at}");
        // The honest one is as good as before.
        assert_eq!(hold(&mut decoder, Format::FlexFec, &honest), Held::Kept);
        assert_eq!(recovered(&mut decoder), [packets[1].clone()]);
    }
    let mut cut = honest.clone();
    cut.truncate(honest.len() - 1);
    let mut decoder = without(1, &packets);
    assert_eq!(hold(&mut decoder, Format::FlexFec, &cut), Held::Kept);
    assert!(recovered(&mut decoder).is_empty(), "a packet is longer than the sum");
}

#[test]
fn a_forged_sum_touches_no_packet_that_arrived() {
    let packets = packets(100, 4);
    let mut decoder = without(3, &packets);
    let recovery = Recovery::of_packet(&[0x80; 12], 20);
    // It says what nobody sent, about a packet that nobody has.
    let ahead = forged(MEDIA, 105, 1, recovery, &[7; 20]);
    assert_eq!(hold(&mut decoder, Format::FlexFec, &ahead), Held::Kept);
    assert_eq!(recovered(&mut decoder).len(), 1);
    // About one that is here it has nothing to say.
    let here = forged(MEDIA, 100, 1, recovery, &[7; 20]);
    assert_eq!(hold(&mut decoder, Format::FlexFec, &here), Held::Spent);
    assert_eq!(hold(&mut decoder, Format::FlexFec, &row(&packets)), Held::Kept);
    assert_eq!(recovered(&mut decoder), [packets[3].clone()]);
    // And when the packet comes, it counts and not what was said of it.
    let five = packet(MEDIA, 105);
    assert_eq!(decoder.media(&five), Ok(Inserted::Repaired));
    let four = packet(MEDIA, 104);
    assert_eq!(hold(&mut decoder, Format::FlexFec, &row(&[four.clone(), five])), Held::Kept);
    assert_eq!(recovered(&mut decoder), [four]);
}

#[test]
fn what_is_out_of_reach_is_refused_and_moves_nothing() {
    let packets = packets(1_000, 4);
    let mut decoder = without(2, &packets);
    let recovery = Recovery::of_packet(&[0x80; 12], 0);
    for (base, held) in [(1_020, Held::Ahead), (987, Held::Late), (40_000, Held::Late), (17_000, Held::Ahead)]
    {
        let far = forged(MEDIA, base, 1, recovery, &[]);
        assert_eq!(hold(&mut decoder, Format::FlexFec, &far), held, "{base}");
    }
    assert_eq!(hold(&mut decoder, Format::FlexFec, &forged(Ssrc(5), 1_000, 4, recovery, &[])), Held::Foreign);
    assert_eq!(
        hold(&mut decoder, Format::FlexFec, &forged(MEDIA, 1_000, 4, recovery, &[0; 301])),
        Held::TooLong
    );
    assert_eq!(hold(&mut decoder, Format::FlexFec, &row(&packets)), Held::Kept);
    assert_eq!(recovered(&mut decoder), [packets[2].clone()]);
    assert_eq!(decoder.media(&packet(Ssrc(5), 1)), Ok(Inserted::Foreign));
    assert!(decoder.media(&[0x80; 11]).is_err());
}

#[test]
fn the_oldest_repair_packet_makes_room_and_refused_ones_do_not_need_any() {
    let all = packets(100, 10);
    let mut decoder = Decoder::new(CONFIG, &[MEDIA]);
    // Five rows of two, of which both are lost.
    for row_of in all.chunks(2) {
        assert_eq!(hold(&mut decoder, Format::FlexFec, &row(row_of)), Held::Kept);
    }
    let foreign = forged(Ssrc(5), 100, 4, Recovery::default(), &[]);
    assert_eq!(hold(&mut decoder, Format::FlexFec, &foreign), Held::Foreign);
    let missing: BTreeSet<_> = decoder.missing().map(|(_, seq)| seq.0).collect();
    assert_eq!(missing, BTreeSet::from_iter(102..110));
    assert_eq!(decoder.media(&all[0]), Ok(Inserted::Kept));
    assert!(recovered(&mut decoder).is_empty(), "its sum is gone");
    assert_eq!(decoder.media(&all[2]), Ok(Inserted::Kept));
    assert_eq!(recovered(&mut decoder), [all[3].clone()]);
}

#[test]
fn what_is_forgotten_is_not_made_up() {
    let all = packets(100, 30);
    let mut decoder = Decoder::new(CONFIG, &[MEDIA]);
    assert_eq!(decoder.media(&all[0]), Ok(Inserted::Kept));
    assert_eq!(hold(&mut decoder, Format::FlexFec, &row(&all[..3])), Held::Kept);
    assert_eq!(decoder.missing().count(), 2);
    // Far on, in the slots where the first ones were.
    assert_eq!(decoder.media(&all[19]), Ok(Inserted::Stray));
    for packet in &all[20..] {
        assert_eq!(decoder.media(packet), Ok(Inserted::Kept));
        assert!(recovered(&mut decoder).is_empty());
    }
    assert_eq!(decoder.missing().count(), 0);
    assert_eq!(decoder.media(&all[1]), Ok(Inserted::Late));
    assert!(recovered(&mut decoder).is_empty());
}

#[test]
fn a_stream_that_starts_afresh_is_protected_again() {
    let (old, new) = (packets(100, 3), packets(30_000, 4));
    let mut decoder = without(0, &old);
    assert_eq!(hold(&mut decoder, Format::FlexFec, &row(&old)), Held::Kept);
    assert_eq!(decoder.media(&new[0]), Ok(Inserted::Stray));
    assert_eq!(decoder.media(&new[1]), Ok(Inserted::Kept));
    assert!(recovered(&mut decoder).is_empty());
    assert_eq!(decoder.media(&new[3]), Ok(Inserted::Kept));
    assert_eq!(hold(&mut decoder, Format::FlexFec, &row(&new[1..])), Held::Kept);
    assert_eq!(recovered(&mut decoder), [new[2].clone()]);
    decoder.clear();
    assert_eq!(decoder.media(&old[0]), Ok(Inserted::Kept));
}

#[test]
fn one_forged_packet_ahead_makes_none_late() {
    let all = packets(100, 4);
    let mut decoder = without(2, &all);
    assert_eq!(decoder.media(&packet(MEDIA, 2_000)), Ok(Inserted::Stray));
    assert_eq!(hold(&mut decoder, Format::FlexFec, &row(&all)), Held::Kept);
    assert_eq!(recovered(&mut decoder), [all[2].clone()]);
}

#[test]
fn a_packet_too_long_is_missing_and_stays_so() {
    let config = DecoderConfig { bytes_per_packet: 40, ..CONFIG };
    let mut decoder = Decoder::new(config, &[MEDIA]);
    let header = of_repair_stream(0);
    let mut long = [1; 41];
    PacketBuilder::new(crate::Header { ssrc: MEDIA, seq: Seq(7), ..header })
        .write(&[&[1; 29]], &mut long)
        .unwrap();
    assert_eq!(decoder.media(&long), Ok(Inserted::TooLong));
    let recovery = split(&long).unwrap().0;
    assert_eq!(hold(&mut decoder, Format::FlexFec, &forged(MEDIA, 7, 1, recovery, &[1; 29])), Held::Kept);
    assert_eq!(recovered(&mut decoder), Vec::<Vec<u8>>::new());
}

/// The sum of the parts of `packets` from `start` on, `len` bytes.
fn part(packets: &[&Vec<u8>], start: usize, len: usize) -> (Recovery, Vec<u8>) {
    let mut parity = Parity::new(300);
    let mut body = vec![0; len];
    for packet in packets {
        let (recovery, tail) = split(packet).unwrap();
        parity.add(recovery, tail);
        crate::fec::xor(&mut body, tail.get(start..).unwrap_or_default());
    }
    (parity.recovery(), body)
}

/// ULPFEC over four packets: the first 20 bytes of each two by their own sum, the rest of all by one of the sums.
fn levels(packets: &[Vec<u8>], base: u16) -> [Vec<u8>; 2] {
    let rest = packets.iter().map(Vec::len).max().unwrap() - 12 - 20;
    let all: Vec<_> = packets.iter().collect();
    let (a, first) = part(&all[..2], 0, 20);
    let (b, second) = part(&all[2..], 0, 20);
    let (_, both) = part(&all, 20, rest);
    let mask = |offsets: &[u16]| Mask::of(offsets.iter().copied()).unwrap();
    let level = |packets, body| Level { packets, start: 0, body };
    let write = |recovery, levels: &[Level<'_>]| {
        let mut bytes = [0; 400];
        let len = ulpfec::write(recovery, Seq(base), levels, &mut bytes).unwrap();
        bytes[..len].to_vec()
    };
    [
        write(a, &[level(mask(&[0, 1]), &first)]),
        write(b, &[level(mask(&[2, 3]), &second), level(mask(&[0, 1, 2, 3]), &both)]),
    ]
}

#[test]
fn levels_protect_beginnings_more_than_ends() {
    let packets = packets(64, 4);
    assert!(packets.iter().all(|packet| packet.len() > 36), "all have a second part");
    let repairs = levels(&packets, 64);
    let ulpfec = |decoder: &mut Decoder, repair: &[u8]| decoder.ulpfec(MEDIA, &ulpfec::read(repair).unwrap());
    for lost in 0..4 {
        let mut decoder = without(lost, &packets);
        // In either order.
        let order = if lost % 2 == 0 { [0, 1] } else { [1, 0] };
        let mut found = Vec::new();
        for index in order {
            ulpfec(&mut decoder, &repairs[index]);
            found.extend(recovered(&mut decoder));
        }
        assert_eq!(found, [packets[lost].clone()]);
        assert_eq!(decoder.missing().count(), 0);
    }
    // Two are lost: their beginnings are known, their ends are not, and nothing is given.
    let mut decoder = Decoder::new(CONFIG, &[MEDIA]);
    for index in [0, 2] {
        assert_eq!(decoder.media(&packets[index]), Ok(Inserted::Kept));
    }
    for repair in &repairs {
        assert_eq!(ulpfec(&mut decoder, repair), Held::Kept);
        assert!(recovered(&mut decoder).is_empty());
    }
    assert!(decoder.missing().map(|(_, seq)| seq.0).eq([65, 67]));
    // One arrives after all, so the other is found.
    assert_eq!(decoder.media(&packets[1]), Ok(Inserted::Kept));
    assert_eq!(recovered(&mut decoder), [packets[3].clone()]);
}
