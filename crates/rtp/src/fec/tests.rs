//! What is sent, lost and recovered.

use super::*;
use crate::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use core::num::NonZeroU8;
use moim_media::{Seq, Timestamp};
use std::collections::BTreeSet;
use std::vec;
use std::vec::Vec;

/// A packet unlike its neighbours in all that is summed up.
pub(super) fn packet(source: Ssrc, seq: u16) -> Vec<u8> {
    let n = u32::from(seq) + source.0 % 1_000;
    let header = Header {
        marker: n.is_multiple_of(3),
        payload_type: PayloadType::new((96 + n % 7) as u8).unwrap(),
        seq: Seq(seq),
        timestamp: Timestamp(n.wrapping_mul(0x9e37_79b9)),
        ssrc: source,
    };
    let csrcs = vec![Ssrc(n); n as usize % 3];
    let block = vec![n as u8; 4 * (n as usize % 2)];
    let mut builder = PacketBuilder::new(header).csrcs(&csrcs).padding((n % 5) as u8);
    if !block.is_empty() {
        builder = builder.extension_block(0xbede, &block);
    }
    let payload: Vec<u8> = (0..20 + n * 37 % 150).map(|byte| (byte.wrapping_mul(n) >> 2) as u8).collect();
    let mut bytes = vec![0; 300];
    let len = builder.write(&[&payload], &mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

fn packets(source: Ssrc, first: u16, count: u16) -> Vec<Vec<u8>> {
    (0..count).map(|n| packet(source, first.wrapping_add(n))).collect()
}

const MEDIA: Ssrc = Ssrc(0x1111_2222);
const REPAIR: Ssrc = Ssrc(0x7777_8888);

pub(super) fn of_repair_stream(seq: u16) -> Header {
    let payload_type = PayloadType::new(120).unwrap();
    Header { marker: false, payload_type, seq: Seq(seq), timestamp: Timestamp(5), ssrc: REPAIR }
}

/// Repair packets as they travel: RTP, but for ULPFEC, whose payload goes into RED.
pub(super) fn repairs(encoder: &mut Encoder, format: Format, packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut repairs = Vec::new();
    let mut drain = |encoder: &mut Encoder| {
        while let Some(payload) = encoder.poll_repair() {
            let mut bytes = vec![0; 400];
            let len = if format == Format::UlpFec {
                bytes = [payload.header(), payload.body()].concat();
                bytes.len()
            } else {
                payload.write(of_repair_stream(repairs.len() as u16), &mut bytes).unwrap()
            };
            repairs.push(bytes[..len].to_vec());
        }
    };
    for packet in packets {
        encoder.protect(packet).unwrap();
        drain(encoder);
    }
    encoder.finish();
    drain(encoder);
    repairs
}

fn encoder(format: Format, protection: Protection) -> Encoder {
    Encoder::new(EncoderConfig { format, protection, bytes_per_packet: 300 }).unwrap()
}

pub(super) fn hold(decoder: &mut Decoder, format: Format, repair: &[u8]) -> Held {
    match format {
        Format::UlpFec => decoder.ulpfec(MEDIA, &ulpfec::read(repair).unwrap()),
        Format::FlexFec03 => decoder.flexfec(&flexfec03::read(&Packet::parse(repair).unwrap()).unwrap()),
        Format::FlexFec => match flexfec::read(&Packet::parse(repair).unwrap()).unwrap() {
            flexfec::Received::Repair(repair) => decoder.flexfec(&repair),
            flexfec::Received::Retransmission(..) => panic!("it is a sum"),
        },
    }
}

pub(super) fn recovered(decoder: &mut Decoder) -> Vec<Vec<u8>> {
    core::iter::from_fn(|| decoder.recover().map(<[u8]>::to_vec)).collect()
}

fn columns(columns: u8) -> NonZeroU8 {
    NonZeroU8::new(columns).unwrap()
}

/// Sends 24 packets and loses those at these places; returns the places of those that are missing in the end.
fn lose(format: Format, protection: &Protection, lost: &[usize]) -> BTreeSet<usize> {
    let packets = packets(MEDIA, 65_530, 24);
    let repairs = repairs(&mut encoder(format, protection.clone()), format, &packets);
    let config = DecoderConfig { packets: 32, repairs: 32, bytes_per_packet: 300 };
    let mut decoder = Decoder::new(config, &[MEDIA]);
    for packet in
        packets.iter().enumerate().filter(|(place, _)| !lost.contains(place)).map(|(_, packet)| packet)
    {
        assert_eq!(decoder.media(packet), Ok(Inserted::Kept));
    }
    let mut found = Vec::new();
    for repair in &repairs {
        assert!(matches!(hold(&mut decoder, format, repair), Held::Kept | Held::Spent));
        found.extend(recovered(&mut decoder));
    }
    let missing: BTreeSet<usize> =
        lost.iter().copied().filter(|&place| !found.contains(&packets[place])).collect();
    assert_eq!(found.len(), lost.len() - missing.len(), "nothing but what was lost, once each");
    let said: BTreeSet<_> =
        decoder.missing().map(|(_, seq)| usize::from(seq.0.wrapping_sub(65_530))).collect();
    assert_eq!(said, missing);
    missing
}

const FORMATS: [Format; 3] = [Format::FlexFec, Format::FlexFec03, Format::UlpFec];

#[test]
fn a_row_repairs_one_loss() {
    for format in FORMATS {
        let rows = Protection::Rows { columns: columns(6) };
        assert_eq!(lose(format, &rows, &[0, 11, 14, 23]), BTreeSet::new());
        assert_eq!(lose(format, &rows, &[1, 2, 8]), BTreeSet::from([1, 2]));
    }
}

#[test]
fn columns_repair_a_burst_of_a_row() {
    for format in FORMATS {
        let block = Protection::Columns { columns: columns(4), rows: 3 };
        assert_eq!(lose(format, &block, &[2, 3, 4, 5, 12, 13, 14, 15]), BTreeSet::new());
        assert_eq!(lose(format, &block, &[0, 4, 5]), BTreeSet::from([0, 4]));
    }
}

#[test]
fn a_grid_repairs_what_neither_rows_nor_columns_do() {
    for format in FORMATS {
        let grid = Protection::Grid { columns: columns(4), rows: 3 };
        // Row 0 has two losses until a column gives one, whose row then gives the next, and so on.
        assert_eq!(lose(format, &grid, &[0, 1, 4, 6, 10]), BTreeSet::new());
        // Four corners of a rectangle are in two rows and two columns.
        assert_eq!(lose(format, &grid, &[0, 2, 8, 10, 3]), BTreeSet::from([0, 2, 8, 10]));
    }
}

#[test]
fn masks_repair_what_they_overlap() {
    let masks = Protection::Masks(vec![Mask::of([0, 1, 2, 7]).unwrap(), Mask::of([2, 3, 4]).unwrap()]);
    for format in FORMATS {
        assert_eq!(lose(format, &masks, &[2, 3, 9]), BTreeSet::new());
        assert_eq!(lose(format, &masks, &[3, 4]), BTreeSet::from([3, 4]));
    }
}

#[test]
fn one_repair_packet_protects_several_sources() {
    let (a, b) = (Ssrc(0xaaaa), Ssrc(0xbbbb));
    let sent: Vec<_> =
        [(a, 65_535), (b, 9), (a, 0), (b, 10), (b, 60)].map(|(of, seq)| packet(of, seq)).into();
    let masks = Protection::Masks(vec![Mask::of(0..5).unwrap()]);
    let repairs = repairs(&mut encoder(Format::FlexFec, masks), Format::FlexFec, &sent);
    let [repair] = &repairs[..] else { panic!("one for all") };
    let csrcs: Vec<_> = Packet::parse(repair).unwrap().csrcs().collect();
    assert_eq!(csrcs, [a, b]);
    for lost in 0..sent.len() {
        let config = DecoderConfig { packets: 64, repairs: 1, bytes_per_packet: 300 };
        let mut decoder = Decoder::new(config, &[b, a]);
        for (place, packet) in sent.iter().enumerate() {
            assert!(place == lost || decoder.media(packet) == Ok(Inserted::Kept));
        }
        assert_eq!(hold(&mut decoder, Format::FlexFec, repair), Held::Kept);
        assert_eq!(recovered(&mut decoder), [sent[lost].clone()]);
    }
}

#[test]
fn a_repair_packet_may_overtake_what_it_repairs() {
    let packets = packets(MEDIA, 100, 6);
    let rows = Protection::Rows { columns: columns(6) };
    let repairs = repairs(&mut encoder(Format::FlexFec, rows), Format::FlexFec, &packets);
    let mut decoder = Decoder::new(DecoderConfig::default(), &[MEDIA]);
    assert_eq!(hold(&mut decoder, Format::FlexFec, &repairs[0]), Held::Kept);
    for packet in &packets[1..] {
        assert!(recovered(&mut decoder).is_empty());
        assert_eq!(decoder.media(packet), Ok(Inserted::Kept));
    }
    assert_eq!(decoder.missing().collect::<Vec<_>>(), [(MEDIA, Seq(100))]);
    assert_eq!(recovered(&mut decoder), [packets[0].clone()]);
    // The lost one arrives after all.
    assert_eq!(decoder.media(&packets[0]), Ok(Inserted::Repaired));
    assert_eq!(decoder.media(&packets[0]), Ok(Inserted::Duplicate));
    assert_eq!(hold(&mut decoder, Format::FlexFec, &repairs[0]), Held::Spent);
}
