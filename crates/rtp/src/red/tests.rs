use super::*;
use crate::{BuildError, Header, Packet, PacketBuilder, Ssrc};
use core::num::NonZeroU16;
use moim_media::Seq;
use std::vec::Vec;

fn pt(number: u8) -> PayloadType {
    PayloadType::new(number).unwrap()
}

fn unit(timestamp: u32, data: &[u8]) -> Unit<'_> {
    Unit { payload_type: pt(111), timestamp: Timestamp(timestamp), data }
}

fn written(len: usize, redundant: usize, left_out: usize) -> Result<Written, BuildError> {
    Ok(Written { len, redundant, left_out })
}

/// Timestamps and bytes of all blocks in `payload`, sent at `timestamp`.
fn blocks(payload: &[u8], timestamp: u32) -> Vec<(u32, &[u8])> {
    let red = Red::parse(payload).unwrap();
    red.blocks().map(|block| (block.offset.before(Timestamp(timestamp)).0, block.data)).collect()
}

#[test]
fn a_payload_is_read_field_by_field() {
    #[rustfmt::skip]
    let payload = [
        // Payload type 5, offset 0x1234, length 2; 111, the greatest offset, length 0; then the primary, 0.
        0x85, 0x48, 0xd0, 0x02, 0xef, 0xff, 0xfc, 0x00, 0x00,
        1, 2, 3, 4, 5,
    ];
    let red = Red::parse(&payload).unwrap();
    let block = |number, offset, data| Block {
        payload_type: pt(number),
        offset: TimestampOffset::new(offset).unwrap(),
        data,
    };
    let expected = [block(5, 0x1234, &[1, 2][..]), block(111, 0x3fff, &[]), block(0, 0, &[3, 4, 5])];
    assert!(red.blocks().eq(expected));
    assert_eq!(red.redundant().len(), 2);
    assert_eq!(red.primary(), expected[2]);
}

#[test]
fn blocks_that_are_not_there_are_missed_with_their_number() {
    let truncated = |needed, actual| Err(RedError::Truncated { needed, actual });
    assert_eq!(Red::parse(&[]), truncated(1, 0));
    assert_eq!(Red::parse(&[0xef]), truncated(5, 1));
    assert_eq!(Red::parse(&[0xef, 0, 0, 0]), truncated(5, 4));
    assert_eq!(Red::parse(&[0xef, 0, 0, 2, 111, 9]), truncated(7, 6));
    assert_eq!(Red::parse(&[0xef, 0, 0, 0, 0xef, 0, 0]), truncated(9, 7));
    // The primary may be empty, and the only block.
    assert_eq!(Red::parse(&[0x6f]).unwrap().primary().data, []);
}

#[test]
fn every_packet_brings_those_before_it() {
    let mut sender = RedSender::new(&[2, 1, 0, 1], 8);
    let mut payload = [0xff; 64];
    assert_eq!(sender.write(unit(0, b"a"), &mut payload), written(2, 0, 0));
    assert_eq!(payload[..2], [111, b'a']);
    assert_eq!(sender.write(unit(960, b"bc"), &mut payload), written(8, 1, 0));
    assert_eq!(payload[..8], [0xef, 0x0f, 0x00, 1, 111, b'a', b'b', b'c']);
    for (number, data) in [(2, "d"), (3, ""), (4, "ef")] {
        let _ = sender.write(unit(number * 960, data.as_bytes()), &mut payload).unwrap();
    }
    assert_eq!(blocks(&payload[..12], 4 * 960), [(2 * 960, &b"d"[..]), (3 * 960, b""), (4 * 960, b"ef")]);
    sender.clear();
    assert_eq!(sender.write(unit(9_999, b"g"), &mut payload), written(2, 0, 0));
}

#[test]
fn distances_may_leave_packets_out() {
    let mut sender = RedSender::new(&[1, 3], 8);
    let mut payload = [0; 64];
    for number in 0..5_u8 {
        let _ = sender.write(unit(u32::from(number) * 960, &[number]), &mut payload).unwrap();
    }
    assert_eq!(blocks(&payload[..12], 4 * 960), [(960, &[1][..]), (3 * 960, &[3]), (4 * 960, &[4])]);
    let mut none = RedSender::new(&[], 8);
    assert_eq!(none.write(unit(0, b"a"), &mut payload), written(2, 0, 0));
    assert_eq!(none.write(unit(1, b"a"), &mut payload), written(2, 0, 0));
}

#[test]
fn what_does_not_fit_is_left_out_with_all_before_it() {
    let long = [7; MAX_BLOCK + 1];
    let mut payload = [0; 4_096];
    let chain = [unit(3, b"c"), unit(2, b"b"), unit(1, b"a")];
    let mut try_with = |units: [Unit<'_>; 3], at, room: usize| {
        write(units.into_iter(), unit(at, b"d"), &mut payload[..room]).unwrap()
    };
    let of = |redundant: usize| Written { len: 2 + 5 * redundant, redundant, left_out: 3 - redundant };
    assert_eq!(try_with(chain, 4, 17), of(3));
    assert_eq!(try_with(chain, 4, 16), of(2), "the buffer is full");
    assert_eq!(try_with(chain, 0x4001, 64), of(2), "the oldest is too old");
    assert_eq!(try_with(chain, 2, 64), of(0), "the newest is newer than the primary");
    assert_eq!(try_with([chain[0], unit(2, &long), chain[2]], 4, 4_096), of(1), "too long");
    let longest = [unit(3, &long[1..]), chain[1], chain[2]];
    assert_eq!(
        try_with(longest, 4, 4_096),
        Written { len: 2 + 10 + 4 + MAX_BLOCK, redundant: 3, left_out: 0 }
    );
    // Timestamps wrap.
    assert_eq!(try_with([unit(u32::MAX, b"c"), unit(u32::MAX, b"b"), unit(9, b"a")], 4, 64), of(2));

    let refused = write([].into_iter(), unit(0, b"d"), &mut payload[..1]);
    assert_eq!(refused, Err(BuildError::BufferTooSmall { needed: 2, actual: 1 }));
}

#[test]
fn a_unit_too_long_to_keep_ends_the_chain() {
    let mut sender = RedSender::new(&[1, 2], 2);
    let mut payload = [0; 64];
    for data in ["a", "long"] {
        let _ = sender.write(unit(0, data.as_bytes()), &mut payload).unwrap();
    }
    assert_eq!(sender.write(unit(1, b"b"), &mut payload), written(2, 0, 2));
    assert_eq!(sender.write(unit(2, b"c"), &mut payload), written(7, 1, 1));
    // What was refused was not sent, so it is not sent again.
    assert!(sender.write(unit(3, b"d"), &mut payload[..1]).is_err());
    assert_eq!(sender.write(unit(4, b"e"), &mut payload), written(12, 2, 0));
    assert_eq!(blocks(&payload[..12], 4), [(1, &b"b"[..]), (2, b"c"), (4, b"e")]);
}

/// What `distances` send in packet 2, whose timestamp is 480, and how a receiver numbers it.
fn recovered(distances: &[u8], numbering: Numbering) -> Vec<(u16, u16, u32, u8)> {
    let mut sender = RedSender::new(distances, 8);
    let (mut payload, mut len) = ([0; 64], 0);
    for number in 0..5_u8 {
        let at = 480_u32.wrapping_sub(960 * u32::from(4 - number));
        len = sender.write(unit(at, &[number]), &mut payload).unwrap().len;
    }
    let header =
        Header { marker: false, payload_type: pt(63), seq: Seq(2), timestamp: Timestamp(480), ssrc: Ssrc(1) };
    let mut bytes = [0; 128];
    let len = PacketBuilder::new(header).write(&[&payload[..len]], &mut bytes).unwrap();
    let packet = Packet::parse(&bytes[..len]).unwrap();
    let row = |block: Recovered<'_>| (block.distance, block.seq.0, block.timestamp.0, block.payload[0]);
    recover(&packet, numbering).unwrap().map(row).collect()
}

#[test]
fn lost_packets_come_back_under_their_numbers() {
    let ago = |packets: u32| 480_u32.wrapping_sub(960 * packets);
    let all = [(3, 0xffff, ago(3), 1), (2, 0, ago(2), 2), (1, 1, ago(1), 3), (0, 2, 480, 4)];
    let spaced = |ticks| Numbering::Spaced(NonZeroU16::new(ticks).unwrap());
    assert_eq!(recovered(&[1, 2, 3], Numbering::Consecutive), all);
    assert_eq!(recovered(&[1, 2, 3], spaced(960)), all);
    assert_eq!(recovered(&[1, 3], spaced(960)), [all[0], all[2], all[3]]);
    assert_eq!(
        recovered(&[1, 2], spaced(1_920)),
        [(1, 1, ago(2), 2), all[3]],
        "what lies between is passed over"
    );
}

#[test]
fn empty_blocks_hold_their_place() {
    let units = [unit(3, b"c"), unit(2, b""), unit(1, b"a")];
    let mut payload = [0x80, 63, 0, 7, 0, 0, 0, 4, 0, 0, 0, 1].to_vec();
    payload.resize(64, 0);
    let len = write(units.into_iter(), unit(4, b""), &mut payload[12..]).unwrap().len;
    let packet = Packet::parse(&payload[..12 + len]).unwrap();
    let rows: Vec<_> =
        recover(&packet, Numbering::Consecutive).unwrap().map(|block| (block.seq.0, block.payload)).collect();
    assert_eq!(rows, [(4, &b"a"[..]), (6, b"c"), (7, b"")]);
}
