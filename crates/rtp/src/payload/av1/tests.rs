//! Both directions together, and what others send.

use super::*;
use crate::payload::{DepayloadError, Depayloader, Extent, Fragment, PayloadError, Payloader, Piece};
use crate::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use bytes::Bytes;
use moim_media::{Seq, Timestamp};
use proptest::prelude::*;
use rtp::packetizer::Payloader as _;
use std::vec;
use std::vec::Vec;

const DELIMITER: &[u8] = &[0x12, 0];
const SEQUENCE: &[u8] = &[0x0a, 3, 0, 5, 6];
const METADATA: &[u8] = &[0x2a, 2, 4, 1];
const KEY: &[u8] = &[0x32, 9, 0x10, 2, 3, 4, 5, 6, 7, 8, 9];
const DELTA: &[u8] = &[0x32, 3, 0x30, 2, 3];
const PADDING: &[u8] = &[0x7a, 2, 0, 0];

const FIRST: Extent = Extent { begins: true, ends: false };
const INNER: Extent = Extent { begins: false, ends: false };
const LAST: Extent = Extent { begins: false, ends: true };

/// A payload, and whether its packet is marked.
type Sent = (Vec<u8>, bool);

fn pay(unit: &[u8], limit: usize) -> Result<Vec<Sent>, PayloadError> {
    let mut sent = Vec::new();
    let mut gather = |fragment: Fragment<'_>| {
        sent.push(([fragment.prefix, fragment.body].concat(), fragment.marker));
    };
    Av1Payloader::new().packetize(unit, limit, &mut gather)?;
    Ok(sent)
}

fn payloads(unit: &[&[u8]], limit: usize) -> Vec<Vec<u8>> {
    pay(&unit.concat(), limit).unwrap().into_iter().map(|(payload, _)| payload).collect()
}

/// Appends to `unit` what comes out of one packet.
fn depay(
    depayloader: &mut Av1Depayloader,
    (seq, time, marker): (u16, u32, bool),
    payload: &[u8],
    unit: &mut Vec<u8>,
) -> Result<Extent, DepayloadError> {
    let header = Header {
        marker,
        payload_type: PayloadType::new(96).unwrap(),
        seq: Seq(seq),
        timestamp: Timestamp(time),
        ssrc: Ssrc(3),
    };
    let mut bytes = vec![0; 12 + payload.len()];
    PacketBuilder::new(header).write(&[payload], &mut bytes).unwrap();
    depayloader.depacketize(&Packet::parse(&bytes).unwrap(), &mut |piece: Piece<'_>| {
        unit.extend_from_slice(piece.prefix.as_bytes());
        unit.extend_from_slice(piece.body);
    })
}

/// All of the unit that `payloads` are.
fn whole(payloads: &[&[u8]]) -> Result<Vec<u8>, DepayloadError> {
    let (mut depayloader, mut unit) = (Av1Depayloader::new(), Vec::new());
    for (index, payload) in payloads.iter().enumerate() {
        let marker = index + 1 == payloads.len();
        depay(&mut depayloader, (index as u16, 1, marker), payload, &mut unit)?;
    }
    let len = depayloader.finish(&mut unit);
    unit.truncate(len);
    Ok(unit)
}

#[test]
fn small_obus_share_a_packet_and_lose_their_sizes() {
    let sent = payloads(&[DELIMITER, SEQUENCE, METADATA, KEY], 1_200);
    let expected = [&[0x38, 4, 0x08, 0, 5, 6, 3, 0x28, 4, 1, 0x30], &KEY[2..]].concat();
    assert_eq!(sent, [expected]);
    // Four are too many to be counted, and all have a size then.
    let sent = payloads(&[SEQUENCE, METADATA, METADATA, KEY], 1_200);
    let expected = [&[0x08, 4, 0x08, 0, 5, 6, 3, 0x28, 4, 1, 3, 0x28, 4, 1, 10, 0x30], &KEY[2..]].concat();
    assert_eq!(sent, [expected]);
    assert_eq!(payloads(&[DELTA], 1_200), [[0x10, 0x30, 0x30, 2, 3]]);
}

#[test]
fn what_receivers_do_not_need_stays_behind() {
    let tile_list = [0x42, 1, 7];
    let sent = payloads(&[DELIMITER, PADDING, DELTA, &tile_list, PADDING], 1_200);
    assert_eq!(sent, [[0x10, 0x30, 0x30, 2, 3]]);
}

#[test]
fn the_first_packet_tells_of_a_sequence_and_the_last_of_the_end() {
    let sent = pay(&[SEQUENCE, KEY].concat(), 8).unwrap();
    let marks: Vec<_> = sent.iter().map(|(payload, marker)| (payload[0], *marker)).collect();
    assert_eq!(marks, [(0x18, false), (0x50, false), (0x90, true)]);
    assert!(sent.iter().all(|(payload, _)| payload.len() <= 8));
    // The sequence's header again, with a frame that is not its first.
    assert_eq!(pay(&[SEQUENCE, DELTA].concat(), 100).unwrap()[0].0[0], 0x20);
}

#[test]
fn fragments_are_of_even_size() {
    let frame = [&[0x32, 0x80, 0x40][..], &[0x30; 0x2000]].concat();
    let lens = |unit: &[&[u8]]| payloads(unit, 1_200).iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lens(&[&frame]), [1_172, 1_172, 1_172, 1_172, 1_172, 1_172, 1_168]);
    assert_eq!(lens(&[SEQUENCE, &frame]), [1_173, 1_173, 1_173, 1_173, 1_173, 1_173, 1_167]);
    let groups = [&[0x22, 0x84, 0x07][..], &[0x55; 900]].concat().repeat(6);
    assert_eq!(lens(&[&groups]), [1_086, 1_086, 1_086, 1_086, 1_077]);
}

#[test]
fn layers_and_frames_do_not_share_packets() {
    let obu =
        |kind: u8, temporal: u8, spatial: u8| vec![kind << 3 | 6, temporal << 5 | spatial << 3, 1, 0x30];
    // The specification's example: SH MD MD(0,0) FH(0,0) TG(0,0) MD(0,1) FH(0,1) TG(0,1).
    let metadata = [0x2a, 1, 1];
    let unit = [
        DELIMITER,
        SEQUENCE,
        &metadata,
        &obu(5, 0, 0),
        &obu(3, 0, 0),
        &obu(4, 0, 0),
        &obu(5, 0, 1),
        &obu(3, 0, 1),
        &obu(4, 0, 1),
    ];
    let kinds = |payload: &Vec<u8>| {
        let payload = Payload::parse(payload).unwrap();
        let kinds: Vec<_> = payload.elements().map(|element| element.header().unwrap().kind()).collect();
        (payload.layer().unwrap().spatial, kinds)
    };
    use ObuKind::{Frame, FrameHeader, Metadata, RedundantFrameHeader, SequenceHeader, TileGroup};
    let sent: Vec<_> = payloads(&unit, 1_200).iter().map(kinds).collect();
    let base = vec![SequenceHeader, Metadata, Metadata, FrameHeader, TileGroup];
    assert_eq!(sent, [(0, base), (1, vec![Metadata, FrameHeader, TileGroup])]);

    // A frame that is not shown and one that is; each sequence header first in its packet.
    let hidden = [&obu(6, 0, 0)[..], &obu(3, 0, 0), &obu(4, 0, 0), &obu(7, 0, 0), &obu(4, 0, 0)].concat();
    let sent: Vec<_> = payloads(&[&hidden], 1_200).iter().map(|payload| kinds(payload).1).collect();
    assert_eq!(sent, [vec![Frame], vec![FrameHeader, TileGroup, RedundantFrameHeader, TileGroup]]);
    let twice = payloads(&[SEQUENCE, &obu(6, 0, 0), SEQUENCE, &obu(6, 0, 1)], 1_200);
    let twice: Vec<_> = twice.iter().map(kinds).collect();
    assert_eq!(twice, [(0, vec![SequenceHeader, Frame]), (1, vec![SequenceHeader, Frame])]);
}

#[test]
fn a_unit_that_cannot_be_sent_is_refused_before_anything_is() {
    let mut unseen = |_: Fragment<'_>| panic!("nothing to send");
    let mut payloader = Av1Payloader::new();
    let too_long = |needed, limit| Err(PayloadError::TooLong { needed, limit });
    assert_eq!(payloader.packetize(DELTA, 2, &mut unseen), too_long(3, 2));
    assert_eq!(payloader.packetize(&[0x36, 0, 1, 0x30], 3, &mut unseen), too_long(4, 3));
    for (unit, error) in [
        (vec![], PayloadError::Empty),
        ([DELIMITER, PADDING].concat(), PayloadError::Empty),
        ([DELTA, &[0x32, 9, 1]].concat(), PayloadError::Malformed),
        ([DELTA, &[0x80]].concat(), PayloadError::Malformed),
        // Two units.
        ([DELIMITER, DELTA, DELIMITER, DELTA].concat(), PayloadError::Malformed),
    ] {
        assert_eq!(payloader.packetize(&unit, 1_200, &mut unseen), Err(error), "{unit:x?}");
    }
}

#[test]
fn elements_get_their_sizes_back() {
    let payload = [0x28, 4, 0x08, 0, 5, 6, 0x30, 0x10, 2, 3, 4, 5, 6, 7, 8, 9];
    assert_eq!(whole(&[&payload]).unwrap(), [SEQUENCE, KEY].concat());
    // Those that kept them have them once.
    assert_eq!(whole(&[&[0x10, 0x32, 3, 0x30, 2, 3]]).unwrap(), DELTA);
    assert_eq!(whole(&[&[0x10, 0x32, 0x83, 0, 0x30, 2, 3]]).unwrap(), DELTA);
}

#[test]
fn fragments_become_what_they_were() {
    assert_eq!(whole(&[&[0x50, 0x30, 0x30], &[0xd0, 2], &[0xd0], &[0x90, 3]]).unwrap(), DELTA);
    // The end of one OBU, a whole one, the start of another; a header in two packets; nothing at the end.
    let layered = [0x36, 0x28, 2, 7, 8];
    let payloads: [&[u8]; 3] = [&[0x50, 0x34], &[0xe0, 3, 0x28, 7, 8, 0x30, 0x30], &[0x80, 2, 2, 3]];
    assert_eq!(whole(&payloads).unwrap(), [&layered, DELTA].concat());
    assert_eq!(whole(&[&[0x50, 0x34, 0x28, 7, 8], &[0x90]]).unwrap(), layered);
    // With a size, which must be right.
    assert_eq!(whole(&[&[0x50, 0x36, 0x28, 2, 7], &[0x90, 8]]).unwrap(), layered);
    for wrong in [
        [&[0x50, 0x36, 0x28, 2, 7][..], &[0x90, 8, 9]],
        [&[0x50, 0x36, 0x28, 2, 7], &[0xd0, 8, 9]],
        [&[0x50, 0x36, 0x28, 3, 7], &[0x90, 8]],
        [&[0x50, 0x36, 0x28, 1, 7, 8], &[0x90]],
        [&[0x50, 0x36, 0x28], &[0x90, 1, 8]],
    ] {
        assert_eq!(whole(&wrong), Err(DepayloadError::Malformed), "{wrong:x?}");
    }
}

#[test]
fn what_is_to_be_ignored_is_even_in_fragments() {
    let payloads: [&[u8]; 3] = [&[0x60, 1, 0x10, 0x40, 7], &[0xd0, 8], &[0xa0, 1, 9, 0x30, 0x30, 2, 3]];
    assert_eq!(whole(&payloads).unwrap(), DELTA);
    assert_eq!(whole(&[&[0x10, 0x10]]).unwrap(), []);
}

#[test]
fn a_unit_begins_where_the_payload_says_so() {
    let begins = |before: Option<u32>, payload: &[u8]| {
        let mut depayloader = Av1Depayloader::new();
        if let Some(time) = before {
            depay(&mut depayloader, (9, time, false), &[0x10, 0x30, 1], &mut vec![]).unwrap();
        }
        depay(&mut depayloader, (10, 7, false), payload, &mut vec![]).unwrap().begins
    };
    let (sequence, frame, metadata, base) =
        ([0x10, 0x08, 0], [0x50, 0x30], [0x10, 0x28, 4], [0x10, 0x34, 0x20]);
    for opening in [&sequence[..], &frame, &metadata, &base, &[0x10, 0x10]] {
        assert!(begins(None, opening), "{opening:x?}");
        assert!(begins(Some(6), opening), "{opening:x?}");
        assert!(!begins(Some(7), opening), "{opening:x?}");
    }
    assert!(begins(Some(7), &[0x18, 0x08, 0]), "where it says so itself");
    for inner in [&[0x10, 0x20, 1][..], &[0x10, 0x38], &[0x10, 0x34, 0x08], &[0x50, 0x34]] {
        assert!(!begins(None, inner), "{inner:x?}");
    }
}

#[test]
fn a_marker_ends_a_unit_unless_an_obu_is_open() {
    let (mut depayloader, mut unit) = (Av1Depayloader::new(), vec![]);
    let mut take =
        |seq, marker, payload: &[u8]| depay(&mut depayloader, (seq, 1, marker), payload, &mut unit);
    assert_eq!(take(65_535, true, &[0x50, 0x30]), Ok(FIRST));
    assert_eq!(take(0, false, &[0xd0, 0x30, 2]), Ok(INNER));
    assert_eq!(take(1, true, &[0x90, 3]), Ok(LAST));
    assert_eq!(depay(&mut depayloader, (2, 2, true), &[0x10, 0x30, 1], &mut unit), Ok(Extent::WHOLE));
}

#[test]
fn no_fragment_is_taken_behind_a_hole() {
    const START: &[u8] = &[0x50, 0x30, 0x30];
    const MIDDLE: &[u8] = &[0xd0, 1];
    const END: &[u8] = &[0x90, 2];
    let headless = Err(DepayloadError::Headless);
    let malformed = Err(DepayloadError::Malformed);
    // A packet is missing; one of another time; one came twice; one is damaged; another OBU where it should go on.
    for (seq, time, payload, error) in [
        (4, 1, MIDDLE, &headless),
        (3, 2, MIDDLE, &headless),
        (2, 1, MIDDLE, &headless),
        (3, 1, &[0x90 | 8, 1], &malformed),
        (3, 1, &[], &Err(DepayloadError::Empty)),
        (3, 1, &[0x10, 0x30, 1], &malformed),
        (3, 1, START, &malformed),
    ] {
        let mut depayloader = Av1Depayloader::new();
        let mut take = |at, payload: &[u8]| depay(&mut depayloader, at, payload, &mut vec![]);
        assert_eq!(take((1, 1, false), MIDDLE), headless);
        take((2, 1, false), START).unwrap();
        assert_eq!(&take((seq, time, false), payload), error, "{payload:x?}");
        assert_eq!(take((3, 1, false), MIDDLE), headless, "{payload:x?}");
        assert_eq!(take((4, 1, false), END), headless, "{payload:x?}");
        // And from the next beginning on all is well.
        take((5, 1, false), START).unwrap();
        assert_eq!(take((6, 1, true), END), Ok(LAST));
    }
}

#[test]
fn a_torn_unit_holds_whole_obus() {
    let (mut depayloader, mut unit) = (Av1Depayloader::new(), vec![]);
    for (seq, payload) in [(1, &[0x60, 2, 0x08, 1, 0x30, 0x30][..]), (2, &[0xd0, 2]), (4, &[0x10, 0x20, 9])] {
        depay(&mut depayloader, (seq, 1, false), payload, &mut unit).unwrap();
    }
    let len = depayloader.finish(&mut unit);
    assert_eq!(unit[..len], [0x0a, 1, 1, 0x32, 2, 0x30, 2, 0x22, 1, 9]);
}

prop_compose! {
    /// An OBU that travels, with its size; of one layer or of none.
    fn obu()(
        kind in prop_oneof![Just(1_u8), Just(3), Just(4), Just(5), Just(6), Just(7), Just(9)],
        layer in proptest::option::of((0_u8..8, 0_u8..4)),
        payload in prop_oneof![
            9 => proptest::collection::vec(any::<u8>(), 0..200),
            1 => proptest::collection::vec(any::<u8>(), 0..5_000),
        ],
    ) -> Vec<u8> {
        let size = leb128::Leb128::new(payload.len());
        match layer {
            None => [&[kind << 3 | 2], size.as_bytes(), &payload].concat(),
            Some((temporal, spatial)) => {
                [&[kind << 3 | 6, temporal << 5 | spatial << 3], size.as_bytes(), &payload].concat()
            }
        }
    }
}

proptest! {
    #[test]
    fn a_unit_comes_back_as_it_was(
        obus in proptest::collection::vec(obu(), 1..12),
        limit in 4_usize..1_300,
    ) {
        let unit = obus.concat();
        let sent = pay(&unit, limit).unwrap();
        let payloads: Vec<_> = sent.iter().map(|(payload, _)| &payload[..]).collect();
        prop_assert!(payloads.iter().all(|payload| payload.len() <= limit));
        prop_assert_eq!(whole(&payloads).unwrap(), unit);
    }

    /// In packets so short that no element takes a size of two bytes, which webrtc-rs writes wrongly.
    #[test]
    fn what_webrtc_rs_sends_is_understood(
        obus in proptest::collection::vec(obu(), 1..12),
        limit in 4_usize..=128,
    ) {
        let unit = obus.concat();
        let sent = rtp::codecs::av1::Av1Payloader::default().payload(limit, &Bytes::from(unit.clone())).unwrap();
        let payloads: Vec<_> = sent.iter().map(|payload| &payload[..]).collect();
        prop_assert_eq!(whole(&payloads).unwrap(), unit);
    }
}
