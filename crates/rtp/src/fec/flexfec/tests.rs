use super::*;
use crate::fec::{Mask, flexfec03};
use crate::{BuildError, Header, PacketBuilder, ParseError, PayloadType};
use moim_media::Timestamp;
use std::vec::Vec;

fn repair_packet(csrcs: &[Ssrc], payload: &[u8]) -> Vec<u8> {
    let payload_type = PayloadType::new(110).unwrap();
    let header = Header { marker: false, payload_type, seq: Seq(1), timestamp: Timestamp(2), ssrc: Ssrc(3) };
    let mut bytes = [0; 400];
    let len: Result<usize, BuildError> =
        PacketBuilder::new(header).csrcs(csrcs).write(&[payload], &mut bytes);
    bytes[..len.unwrap()].to_vec()
}

fn read_sum(csrcs: &[Ssrc], payload: &[u8]) -> Result<(Vec<Protected>, Recovery, Vec<u8>), RepairError> {
    let bytes = repair_packet(csrcs, payload);
    match read(&Packet::parse(&bytes).unwrap())? {
        Received::Repair(repair) => {
            Ok((repair.protected().collect(), repair.recovery(), repair.body().to_vec()))
        }
        Received::Retransmission(..) => panic!("it is a sum"),
    }
}

fn masked(source: u32, base: u16, offsets: &[u16]) -> Protected {
    let pattern = Pattern::Mask(Mask::of(offsets.iter().copied()).unwrap());
    Protected { source: Ssrc(source), base: Seq(base), pattern }
}

fn block(source: u32, base: u16, columns: u8, rows: u8) -> Protected {
    let pattern = Pattern::Block(Block { columns: NonZeroU8::new(columns).unwrap(), rows });
    Protected { source: Ssrc(source), base: Seq(base), pattern }
}

/// P, X, CC 5, M, payload type 0x12, length 0x0304, timestamp 0x05060708.
const HEAD: [u8; 8] = [0x35, 0x92, 3, 4, 5, 6, 7, 8];

#[test]
fn masks_of_all_lengths_over_three_sources() {
    #[rustfmt::skip]
    let payload = [
        &HEAD[..],
        &[0x12, 0x34, 0x40, 0x01],
        &[0xff, 0xff, 0xc0, 0x00, 0x40, 0, 0, 1],
        &[0x00, 0x01, 0x80, 0x00, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 1],
        b"sum",
    ].concat();
    let sources = [Ssrc(1), Ssrc(2), Ssrc(3)];
    let (protected, recovery, body) = read_sum(&sources, &payload).unwrap();
    let expected = [masked(1, 0x1234, &[0, 14]), masked(2, 0xffff, &[0, 15, 45]), masked(3, 1, &[46, 109])];
    assert_eq!((&protected[..], &body[..]), (&expected[..], &b"sum"[..]));
    assert_eq!(recovery.bytes(), HEAD);
    let mut written = [0; 64];
    let len = write_header(recovery, &expected, &mut written).unwrap();
    assert_eq!(written[..len], payload[..payload.len() - 3]);
    let short = write_header(recovery, &expected, &mut [0; 10]);
    assert_eq!(short, Err(HeaderError::BufferTooSmall { needed: 36, actual: 10 }));
}

#[test]
fn rows_and_columns_of_blocks() {
    let mut head = HEAD;
    head[0] |= 0x40;
    let payload = [&head[..], &[0, 9, 10, 0], &[0, 19, 10, 1], &[0, 1, 10, 5], &[1]].concat();
    let (protected, recovery, body) = read_sum(&[Ssrc(1), Ssrc(2), Ssrc(3)], &payload).unwrap();
    let expected = [block(1, 9, 10, 0), block(2, 19, 10, 1), block(3, 1, 10, 5)];
    assert_eq!((&protected[..], &body[..]), (&expected[..], &[1][..]));
    let mut written = [0; 64];
    let len = write_header(recovery, &expected, &mut written).unwrap();
    assert_eq!(written[..len], payload[..payload.len() - 1]);
}

#[test]
fn a_packet_sent_again_is_the_payload() {
    let original = repair_packet(&[Ssrc(5)], b"media");
    let again = repair_packet(&[], &original);
    let Ok(Received::Retransmission(packet, bytes)) = read(&Packet::parse(&again).unwrap()) else {
        panic!("it was sent again")
    };
    assert_eq!((packet.payload(), bytes), (&b"media"[..], &original[..]));
    let broken = repair_packet(&[], &original[..11]);
    let error = read(&Packet::parse(&broken).unwrap()).unwrap_err();
    assert_eq!(error, RepairError::Packet(ParseError::Truncated { needed: 12, actual: 11 }));
}

#[test]
fn what_is_not_defined_is_refused() {
    let refused = |csrcs: &[Ssrc], payload: &[u8]| read_sum(csrcs, payload).unwrap_err();
    let (one, two) = (&[Ssrc(1)][..], &[Ssrc(1), Ssrc(2)][..]);
    assert_eq!(refused(one, &[]), RepairError::Truncated { needed: 1, actual: 0 });
    assert_eq!(refused(one, &HEAD[..7]), RepairError::Truncated { needed: 8, actual: 7 });
    assert_eq!(refused(one, &[0xff; 20]), RepairError::Undefined { flags: 0xc0 });
    assert_eq!(refused(&[], &[0; 20]), RepairError::Sources { count: 0 });
    assert_eq!(refused(two, &[0; 15]), RepairError::Truncated { needed: 16, actual: 15 });
    let no_columns = [0x40, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 4];
    assert_eq!(refused(one, &no_columns), RepairError::NoColumns { rows: 4 });
}

#[test]
fn what_cannot_be_said_is_not_written() {
    let into = &mut [0; 400];
    let recovery = Recovery::of_bytes(HEAD);
    assert_eq!(write_header(recovery, &[], into), Err(HeaderError::Sources { count: 0 }));
    let many = [masked(1, 1, &[0]); 16];
    assert_eq!(write_header(recovery, &many, into), Err(HeaderError::Sources { count: 16 }));
    assert_eq!(flexfec03::write_header(recovery, &many, into), Err(HeaderError::Sources { count: 16 }));
    let mixed = [masked(1, 1, &[0]), block(2, 1, 3, 0)];
    assert_eq!(write_header(recovery, &mixed, into), Err(HeaderError::Mixed));
    assert_eq!(flexfec03::write_header(recovery, &mixed, into), Err(HeaderError::Mixed));
    let far = flexfec03::write_header(recovery, &[masked(1, 1, &[109])], into);
    assert_eq!(far, Err(HeaderError::OutOfReach { offset: 109 }));
}

#[test]
fn the_draft_names_its_sources_itself() {
    #[rustfmt::skip]
    let payload = [
        &HEAD[..], &[2, 0, 0, 0],
        &[0, 0, 0, 1, 0x12, 0x34, 0xc0, 0x01],
        &[0, 0, 0, 2, 0x00, 0x01, 0x00, 0x00, 0x00, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 1],
        b"sum",
    ].concat();
    let bytes = repair_packet(&[], &payload);
    let repair = flexfec03::read(&Packet::parse(&bytes).unwrap()).unwrap();
    let expected = [masked(1, 0x1234, &[0, 14]), masked(2, 1, &[46, 108])];
    assert!(repair.protected().eq(expected));
    assert_eq!((repair.recovery().bytes(), repair.body()), (HEAD, &b"sum"[..]));
    let mut written = [0; 64];
    let len = flexfec03::write_header(repair.recovery(), &expected, &mut written).unwrap();
    assert_eq!(written[..len], payload[..payload.len() - 3]);
    for (at, byte, error) in [
        (0, 0xb5, RepairError::Undefined { flags: 0x80 }),
        (8, 0, RepairError::Sources { count: 0 }),
        (8, 16, RepairError::Sources { count: 16 }),
        (32, 0, RepairError::Mask),
    ] {
        let mut payload = payload.clone();
        payload[at] = byte;
        let bytes = repair_packet(&[], &payload);
        assert_eq!(flexfec03::read(&Packet::parse(&bytes).unwrap()).unwrap_err(), error);
    }
}
