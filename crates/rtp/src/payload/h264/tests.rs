//! Both directions together, and what others send.

use super::*;
use crate::payload::{DepayloadError, Depayloader, Extent, Fragment, PayloadError, Payloader};
use crate::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use moim_media::{Seq, Timestamp};
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

const SPS: &[u8] = &[0x67, 0x42, 0xe0, 0x1f, 0x80];
const PPS: &[u8] = &[0x68, 0x80];
const IDR: &[u8] = &[0x65, 0x88, 1, 2, 3, 4, 5, 6, 7];
const SLICE: &[u8] = &[0x41, 0x9a, 1];
const SECOND_SLICE: &[u8] = &[0x41, 0x5a, 1];
const SEI: &[u8] = &[0x06, 5, 1, 7, 0x80];
const AUD: &[u8] = &[0x09, 0xf0];
const FILLER: &[u8] = &[0x0c, 0xff, 0x80];

const MARKED: Extent = Extent { begins: false, ends: true };
const FIRST: Extent = Extent { begins: true, ends: false };
const INNER: Extent = Extent { begins: false, ends: false };

fn annex_b(nals: &[&[u8]]) -> Vec<u8> {
    nals.iter().flat_map(|nal| [&[0, 0, 0, 1], *nal].concat()).collect()
}

/// A payload, and whether its packet is marked.
type Sent = (Vec<u8>, bool);

fn pay(payloader: &mut H264Payloader, unit: &[u8], limit: usize) -> Result<Vec<Sent>, PayloadError> {
    let mut sent = Vec::new();
    let mut gather = |fragment: Fragment<'_>| {
        sent.push(([fragment.prefix, fragment.body].concat(), fragment.marker));
    };
    payloader.packetize(unit, limit, &mut gather)?;
    Ok(sent)
}

fn packet(seq: u16, time: u32, marker: bool, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        marker,
        payload_type: PayloadType::new(96).unwrap(),
        seq: Seq(seq),
        timestamp: Timestamp(time),
        ssrc: Ssrc(3),
    };
    let mut bytes = vec![0; 12 + payload.len()];
    PacketBuilder::new(header).write(&[payload], &mut bytes).unwrap();
    bytes
}

/// What comes out of one packet.
fn depay(
    depayloader: &mut H264Depayloader,
    (seq, time, marker): (u16, u32, bool),
    payload: &[u8],
) -> Result<(Extent, Vec<u8>), DepayloadError> {
    let bytes = packet(seq, time, marker, payload);
    let mut unit = Vec::new();
    let mut append = |piece: crate::payload::Piece<'_>| {
        unit.extend_from_slice(piece.prefix.as_bytes());
        unit.extend_from_slice(piece.body);
    };
    let extent = depayloader.depacketize(&Packet::parse(&bytes).unwrap(), &mut append)?;
    Ok((extent, unit))
}

fn payloads(sent: &[Sent]) -> Vec<&[u8]> {
    sent.iter().map(|(payload, _)| &payload[..]).collect()
}

#[test]
fn the_sets_travel_together_and_the_last_payload_is_marked() {
    let mut payloader = H264Payloader::new(PacketizationMode::NonInterleaved);
    let sent = pay(&mut payloader, &annex_b(&[AUD, SPS, PPS, SEI, IDR, FILLER]), 1_200).unwrap();
    let together = [&[0x78, 0, 5], SPS, &[0, 2], PPS].concat();
    assert_eq!(payloads(&sent), [&together[..], SEI, IDR]);
    assert_eq!(sent.iter().map(|&(_, marker)| marker).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn a_refresh_without_sets_is_given_those_sent_last() {
    for (mode, sets) in [
        (PacketizationMode::NonInterleaved, vec![[&[0x78, 0, 5], SPS, &[0, 2], PPS].concat()]),
        (PacketizationMode::SingleNal, vec![SPS.to_vec(), PPS.to_vec()]),
    ] {
        let mut payloader = H264Payloader::new(mode);
        let only = pay(&mut payloader, &annex_b(&[PPS, SPS]), 1_200).unwrap();
        assert_eq!(payloads(&only), sets);
        assert_eq!(only.last().map(|&(_, marker)| marker), Some(true));
        assert_eq!(only.iter().filter(|&&(_, marker)| marker).count(), 1);
        assert_eq!(payloads(&pay(&mut payloader, &annex_b(&[SLICE]), 1_200).unwrap()), [SLICE]);
        let refresh = pay(&mut payloader, &annex_b(&[IDR]), 1_200).unwrap();
        assert_eq!(payloads(&refresh), [sets.iter().map(Vec::as_slice).collect(), vec![IDR]].concat());
        // Half of them: the other half is repeated, nothing comes twice.
        let half = pay(&mut payloader, &annex_b(&[SPS, IDR]), 1_200).unwrap();
        assert_eq!(half, refresh);
    }
}

#[test]
fn sets_that_do_not_fit_together_or_even_alone_are_sent_all_the_same() {
    let mut payloader = H264Payloader::new(PacketizationMode::NonInterleaved);
    let unit = annex_b(&[SPS, PPS, IDR]);
    assert_eq!(payloads(&pay(&mut payloader, &unit, 11).unwrap()), [SPS, PPS, IDR]);
    let in_pieces = pay(&mut payloader, &unit, 4).unwrap();
    let expected: [&[u8]; 7] = [
        &[0x7c, 0x87, 0x42, 0xe0],
        &[0x7c, 0x47, 0x1f, 0x80],
        PPS,
        &[0x7c, 0x85, 0x88, 1],
        &[0x7c, 0x05, 2, 3],
        &[0x7c, 0x05, 4, 5],
        &[0x7c, 0x45, 6, 7],
    ];
    assert_eq!(payloads(&in_pieces), expected);
}

#[test]
fn fragments_are_of_even_size() {
    let nal = [0x41; 2_401];
    let mut payloader = H264Payloader::new(PacketizationMode::NonInterleaved);
    let sent = pay(&mut payloader, &annex_b(&[&nal]), 1_200).unwrap();
    assert_eq!(sent.iter().map(|(payload, _)| payload.len()).collect::<Vec<_>>(), [802; 3]);
}

#[test]
fn a_unit_that_cannot_be_sent_is_refused_before_anything_is() {
    let mut unseen = |_: Fragment<'_>| panic!("nothing to send");
    let mut single = H264Payloader::new(PacketizationMode::SingleNal);
    let too_long = Err(PayloadError::TooLong { needed: IDR.len(), limit: 8 });
    assert_eq!(single.packetize(&annex_b(&[SPS, PPS, IDR]), 8, &mut unseen), too_long);
    let mut payloader = H264Payloader::new(PacketizationMode::NonInterleaved);
    let too_long = Err(PayloadError::TooLong { needed: 3, limit: 2 });
    assert_eq!(payloader.packetize(&annex_b(&[SLICE]), 2, &mut unseen), too_long);
    for (unit, error) in [
        (vec![], PayloadError::Empty),
        (annex_b(&[AUD, FILLER]), PayloadError::Empty),
        (vec![0, 0, 0, 1], PayloadError::Malformed),
        (b"no start code".to_vec(), PayloadError::Malformed),
        ([&[7][..], &annex_b(&[IDR])].concat(), PayloadError::Malformed),
        (annex_b(&[IDR, &[0xc1, 0x9a]]), PayloadError::Malformed),
    ] {
        assert_eq!(payloader.packetize(&unit, 1_200, &mut unseen), Err(error), "{unit:?}");
    }
}

/// As baresip sends in mode 0 and libav's packetizer for small pictures: one NAL unit a packet.
#[test]
fn single_nal_units_make_a_unit() {
    let mut depayloader = H264Depayloader::new();
    for (seq, nal, extent) in [
        (65_534, SPS, FIRST),
        (65_535, PPS, INNER),
        (0, SEI, INNER),
        (1, IDR, INNER),
        (2, SECOND_SLICE, MARKED),
    ] {
        let out = depay(&mut depayloader, (seq, 7, extent.ends), nal);
        assert_eq!(out, Ok((extent, annex_b(&[nal]))), "{seq}");
    }
    let out = depay(&mut depayloader, (3, 8, true), SLICE);
    assert_eq!(out, Ok((Extent::WHOLE, annex_b(&[SLICE]))));
}

#[test]
fn a_unit_begins_where_the_payload_says_so() {
    let begins = |before: Option<u32>, payload: &[u8]| {
        let mut depayloader = H264Depayloader::new();
        if let Some(time) = before {
            depay(&mut depayloader, (9, time, false), SECOND_SLICE).unwrap();
        }
        depay(&mut depayloader, (10, 7, false), payload).unwrap().0.begins
    };
    let aggregate = |first: &[u8]| [&[0x78, 0, first.len() as u8], first, &[0, 2], PPS].concat();
    for opening in [SPS, PPS, SEI, IDR, SLICE, &aggregate(SPS), &[0x7c, 0x85, 0x88], &[0x6e, 1]] {
        assert!(begins(None, opening), "{opening:?}");
        assert!(begins(Some(6), opening), "{opening:?}");
        assert!(!begins(Some(7), opening), "{opening:?}");
    }
    assert!(begins(Some(7), AUD));
    for inner in [SECOND_SLICE, FILLER, &aggregate(SECOND_SLICE), &[0x7c, 0x81, 0x5a], &[0x43, 0x80]] {
        assert!(!begins(None, inner), "{inner:?}");
    }
}

#[test]
fn units_without_times_are_told_apart_by_the_marker() {
    // GStreamer sends what has no times with one timestamp.
    let mut depayloader = H264Depayloader::new();
    let mut depay = |seq, marker, nal| depay(&mut depayloader, (seq, 7, marker), nal).unwrap().0;
    assert_eq!(depay(1, false, SPS), FIRST);
    assert_eq!(depay(2, true, IDR), MARKED);
    assert_eq!(depay(3, true, SLICE), Extent::WHOLE);
    assert_eq!(depay(4, false, SLICE), FIRST);
    assert_eq!(depay(5, true, SECOND_SLICE), MARKED);
    assert_eq!(depay(6, true, SECOND_SLICE), MARKED, "no picture begins with it, and the marker was wrong");
    assert_eq!(depay(8, true, SLICE), MARKED, "what came behind the marker is missing");
}

#[test]
fn a_unit_that_is_given_again_from_an_earlier_packet_begins_there() {
    let mut depayloader = H264Depayloader::new();
    // The end came first, and was tried alone.
    assert!(depay(&mut depayloader, (12, 7, true), SECOND_SLICE).is_ok());
    for _ in 0..2 {
        assert!(depay(&mut depayloader, (11, 7, false), SPS).unwrap().0.begins);
        assert!(!depay(&mut depayloader, (12, 7, true), SLICE).unwrap().0.begins);
    }
}

#[test]
fn an_aggregate_is_taken_apart_or_refused_whole() {
    let mut depayloader = H264Depayloader::new();
    let good = [&[0x18, 0, 5], SPS, &[0, 2], PPS, &[0, 3], SLICE].concat();
    let out = depay(&mut depayloader, (1, 1, true), &good);
    assert_eq!(out, Ok((Extent::WHOLE, annex_b(&[SPS, PPS, SLICE]))));
    for bad in [
        &[0x18][..],
        &[0x18, 0],
        &[0x18, 0, 0],
        &[0x18, 0, 2, 0x68],
        &[0x18, 0, 2, 0x68, 0x80, 0, 0],
        &[0x18, 0, 2, 0x68, 0x80, 0],
        &[0x18, 0, 2, 0x68, 0x80, 0xff, 0xff, 1],
        &[0x18, 0, 2, 0xe8, 0x80],
        &[0x18, 0, 2, 0x18, 0x80],
        &[0x18, 0, 2, 0x7c, 0x85],
        &[0x98, 0, 2, 0x68, 0x80],
    ] {
        assert_eq!(depay(&mut depayloader, (2, 2, true), bad), Err(DepayloadError::Malformed), "{bad:?}");
    }
}

#[test]
fn what_no_payload_may_be_is_refused() {
    let mut depayloader = H264Depayloader::new();
    assert_eq!(depay(&mut depayloader, (1, 1, true), &[]), Err(DepayloadError::Empty));
    // STAP-B, MTAP16, MTAP24, FU-B.
    for kind in [25, 26, 27, 29] {
        let payload = [kind, 0x85, 0, 2, 0x68, 0x80];
        assert_eq!(depay(&mut depayloader, (1, 1, true), &payload), Err(DepayloadError::Unsupported));
    }
    // Types 0, 30 and 31; damage; a fragment of nothing, of a fragment, of an aggregate.
    for bad in [
        &[0x60, 1][..],
        &[30, 1],
        &[31],
        &[0xe5, 0x88],
        &[0x7c],
        &[0x7c, 0x9c, 1],
        &[0x7c, 0x98, 1],
        &[0x7c, 0x80],
    ] {
        assert_eq!(depay(&mut depayloader, (1, 1, true), bad), Err(DepayloadError::Malformed), "{bad:?}");
    }
}

#[test]
fn fragments_become_what_they_were() {
    let mut depayloader = H264Depayloader::new();
    let start = depay(&mut depayloader, (65_535, 1, false), &[0x7c, 0x85, 0x88, 1]);
    assert_eq!(start, Ok((FIRST, vec![0, 0, 0, 1, 0x65, 0x88, 1])));
    // A marker in the midst of a NAL unit ends nothing.
    assert_eq!(depay(&mut depayloader, (0, 1, true), &[0x7c, 0x05, 2]), Ok((INNER, vec![2])));
    assert_eq!(depay(&mut depayloader, (1, 1, false), &[0x7c, 0x05]), Ok((INNER, vec![])));
    assert_eq!(depay(&mut depayloader, (2, 1, true), &[0x7c, 0x45, 3]), Ok((MARKED, vec![3])));
    // Start and end in one, as some cameras send.
    let whole = depay(&mut depayloader, (3, 2, true), &[0x5c, 0xc1, 0x9a]);
    assert_eq!(whole, Ok((Extent::WHOLE, vec![0, 0, 0, 1, 0x41, 0x9a])));
}

#[test]
fn no_fragment_is_taken_behind_a_hole() {
    const START: &[u8] = &[0x7c, 0x85, 0x88];
    const MIDDLE: &[u8] = &[0x7c, 0x05, 1];
    const END: &[u8] = &[0x7c, 0x45, 2];
    let headless = Err(DepayloadError::Headless);
    let malformed = Err(DepayloadError::Malformed);
    let begun = || {
        let mut depayloader = H264Depayloader::new();
        assert_eq!(depay(&mut depayloader, (1, 1, false), MIDDLE), headless);
        depay(&mut depayloader, (2, 1, false), START).unwrap();
        depayloader
    };
    // A packet is missing; one of another time; one came twice; another kind; one that is damaged.
    for (seq, time, payload, error) in [
        (4, 1, MIDDLE, &headless),
        (3, 2, MIDDLE, &headless),
        (2, 1, MIDDLE, &headless),
        (3, 1, &[0x7c, 0x01, 1], &malformed),
        (3, 1, &[0x7c], &malformed),
        (3, 1, &[], &Err(DepayloadError::Empty)),
        // Something else where it should go on: it was cut short, and nothing else would tell.
        (3, 1, SLICE, &malformed),
        (3, 1, START, &malformed),
        (3, 1, &[0x18, 0, 2, 0x68, 0x80], &malformed),
    ] {
        let mut depayloader = begun();
        assert_eq!(&depay(&mut depayloader, (seq, time, false), payload), error, "{payload:?}");
        assert_eq!(depay(&mut depayloader, (3, 1, false), MIDDLE), headless, "{payload:?}");
        assert_eq!(depay(&mut depayloader, (4, 1, false), END), headless, "{payload:?}");
        // And from the next beginning on all is well.
        depay(&mut depayloader, (5, 1, false), START).unwrap();
        assert_eq!(depay(&mut depayloader, (6, 1, true), END), Ok((MARKED, vec![2])));
    }
    // What the next picture brings is not to blame.
    let next = depay(&mut begun(), (3, 2, true), SLICE);
    assert_eq!(next, Ok((Extent::WHOLE, annex_b(&[SLICE]))));
}

prop_compose! {
    /// A NAL unit as an encoder writes it: start codes prevented, no zero at the end.
    fn nal()(
        header in prop_oneof![Just(0x41_u8), Just(0x65), Just(0x06), Just(0x01), Just(0x6e)],
        mut body in proptest::collection::vec(prop_oneof![Just(0), Just(0xff), any::<u8>()], 1..400),
    ) -> Vec<u8> {
        for at in 2..body.len() {
            if body[at - 2..at] == [0, 0] && body[at] < 3 {
                body[at] = 3;
            }
        }
        *body.last_mut().unwrap() |= 0x80;
        [&[header], &body[..]].concat()
    }
}

proptest! {
    #[test]
    fn a_unit_comes_back_as_it_was(
        nals in proptest::collection::vec(nal(), 1..6),
        limit in 3_usize..500,
    ) {
        let nals: Vec<_> = nals.iter().map(Vec::as_slice).collect();
        let unit = annex_b(&nals);
        let mut payloader = H264Payloader::new(PacketizationMode::NonInterleaved);
        let sent = pay(&mut payloader, &unit, limit).unwrap();
        let mut depayloader = H264Depayloader::new();
        let mut back = Vec::new();
        for (index, (payload, marker)) in sent.iter().enumerate() {
            prop_assert!(payload.len() <= limit);
            let (extent, bytes) = depay(&mut depayloader, (index as u16, 1, *marker), payload).unwrap();
            prop_assert_eq!(extent.ends, index + 1 == sent.len());
            back.extend(bytes);
        }
        prop_assert_eq!(back, unit);
    }
}
