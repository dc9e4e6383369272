use super::*;
use crate::extension::{Mid, RepairedRid, Rid};
use crate::{Extension, ExtensionForm, PacketBuilder};
use moim_media::{Seq, Timestamp};
use std::vec;

const MID: u8 = 3;
const RID: u8 = 10;
const REPAIRED: u8 = 11;
const MEDIA: u8 = 96;
const RTX: u8 = 97;

/// What a packet says of itself.
#[derive(Clone, Copy, Default)]
struct Says {
    ssrc: u32,
    format: u8,
    seq: u16,
    mid: &'static str,
    rid: &'static str,
    repaired: &'static str,
}

fn id(number: u8) -> ExtensionId {
    ExtensionId::new(number).unwrap()
}

fn formats<const N: usize>(numbers: [u8; N]) -> [PayloadType; N] {
    numbers.map(|number| PayloadType::new(number).unwrap())
}

fn config() -> Config {
    Config {
        mid: Some(id(MID)),
        rid: Some(id(RID)),
        repaired_rid: Some(id(REPAIRED)),
        silence: Duration::from_millis(200),
    }
}

fn at(streams: &mut Streams<u8>, millis: u64, says: Says) -> Association<u8> {
    let header = Header {
        marker: false,
        payload_type: PayloadType::new(says.format).unwrap(),
        seq: Seq(says.seq),
        timestamp: Timestamp(0),
        ssrc: Ssrc(says.ssrc),
    };
    let names = [(MID, says.mid), (RID, says.rid), (REPAIRED, says.repaired)];
    let elements: Vec<_> = names
        .iter()
        .filter(|(_, name)| !name.is_empty())
        .map(|&(number, name)| Extension { id: id(number), data: name.as_bytes() })
        .collect();
    let mut bytes = [0; 128];
    let builder = PacketBuilder::new(header).extensions(ExtensionForm::OneByte, &elements);
    let len = builder.write(&[b"payload"], &mut bytes).unwrap();
    streams.associate(Instant::from_millis(millis), &Packet::parse(&bytes[..len]).unwrap())
}

/// Two layers of a camera and their repairs, and a microphone.
fn meeting() -> Streams<u8> {
    let mut streams = Streams::new(config());
    let (media, rtx, sound) = (formats([MEDIA, 98]), formats([RTX]), formats([111, 13]));
    for (key, mid, rid, payload_types) in [
        (1, "v", Some("lo"), &media[..]),
        (2, "v", Some("hi"), &media[..]),
        (3, "v", Some("lo"), &rtx[..]),
        (4, "v", Some("hi"), &rtx[..]),
        (5, "a", None, &sound[..]),
    ] {
        let (mid, rid) = (Mid::new(mid), rid.and_then(Rid::new));
        streams.expect(key, Expected { mid, rid, ssrc: None, payload_types });
    }
    streams
}

#[test]
fn names_lead_to_a_stream_and_need_not_be_repeated() {
    let mut streams = meeting();
    let hi = Says { ssrc: 20, format: MEDIA, seq: 7, mid: "v", rid: "hi", ..Says::default() };
    assert_eq!(at(&mut streams, 0, hi), Association::Began(2));
    assert_eq!(at(&mut streams, 1, Says { seq: 8, mid: "", rid: "", ..hi }), Association::Known(2));
    let repair = Says { ssrc: 40, format: RTX, rid: "", repaired: "hi", ..hi };
    assert_eq!(at(&mut streams, 2, repair), Association::Began(4));
    assert_eq!(at(&mut streams, 3, Says { repaired: "", mid: "", ..repair }), Association::Known(4));
    // A stream of repairs may have a name of its own besides.
    let named = Says { ssrc: 30, format: RTX, rid: "repairs", repaired: "lo", ..hi };
    assert_eq!(at(&mut streams, 4, named), Association::Began(3));
    let sources = [1, 2, 3, 4, 5].map(|key| streams.source(key).map(|ssrc| ssrc.0));
    assert_eq!(sources, [None, Some(20), Some(30), Some(40), None]);
    assert_eq!((streams.stream_of(Ssrc(40)), streams.stream_of(Ssrc(41))), (Some(4), None));
}

#[test]
fn a_format_leads_to_the_only_stream_that_has_it() {
    let mut streams = meeting();
    let sound = Says { ssrc: 50, format: 111, ..Says::default() };
    assert_eq!(at(&mut streams, 0, sound), Association::Began(5));
    let picture = Says { ssrc: 20, format: MEDIA, ..Says::default() };
    assert_eq!(at(&mut streams, 0, picture), Association::Unknown(Unknown::Ambiguous));
    let layer = Says { mid: "v", ..picture };
    assert_eq!(at(&mut streams, 0, layer), Association::Unknown(Unknown::Ambiguous));
    let foreign = Says { ssrc: 50, format: 12, seq: 1, ..Says::default() };
    assert_eq!(at(&mut streams, 0, foreign), Association::Unknown(Unknown::Unexpected));
}

#[test]
fn an_unknown_name_is_for_no_stream_whatever_else_fits() {
    let mut streams = meeting();
    let sound = Says { ssrc: 50, format: 111, mid: "a", ..Says::default() };
    assert_eq!(at(&mut streams, 0, sound), Association::Began(5));
    let unknown = Association::Unknown(Unknown::Unexpected);
    assert_eq!(at(&mut streams, 0, Says { seq: 1, mid: "b", ..sound }), unknown);
    assert_eq!(at(&mut streams, 0, Says { seq: 2, mid: "", ..sound }), Association::Known(5));
    let layer = Says { ssrc: 20, format: MEDIA, mid: "v", rid: "mid", ..Says::default() };
    assert_eq!(at(&mut streams, 0, layer), unknown);
    // And a known name with a format that is not its.
    assert_eq!(at(&mut streams, 0, Says { ssrc: 51, format: MEDIA, ..sound }), unknown);
}

#[test]
fn what_a_packet_says_goes_before_what_signalling_said_of_its_source() {
    let mut streams = meeting();
    let media = formats([MEDIA]);
    for (key, rid, ssrc) in [(1, "lo", 10), (2, "hi", 20)] {
        let expected = Expected {
            mid: Mid::new("v"),
            rid: Rid::new(rid),
            ssrc: Some(Ssrc(ssrc)),
            payload_types: &media,
        };
        streams.expect(key, expected);
    }
    let crossed = Says { ssrc: 10, format: MEDIA, mid: "v", rid: "hi", ..Says::default() };
    assert_eq!(at(&mut streams, 0, crossed), Association::Began(2));
    // Without names, signalling is all there is.
    let nameless = Says { ssrc: 20, format: MEDIA, ..Says::default() };
    assert_eq!(at(&mut streams, 0, nameless), Association::Rival(2));
    streams.forget(2);
    assert_eq!(at(&mut streams, 0, Says { ssrc: 10, ..nameless }), Association::Began(1));
}

#[test]
fn a_new_source_takes_over_when_it_is_sure_and_the_old_one_silent() {
    let mut streams = meeting();
    let old = Says { ssrc: 20, format: MEDIA, mid: "v", rid: "hi", ..Says::default() };
    let new = Says { ssrc: 21, seq: 500, ..old };
    assert_eq!(at(&mut streams, 0, old), Association::Began(2));
    assert_eq!(at(&mut streams, 20, Says { seq: 1, ..old }), Association::Known(2));
    assert_eq!(at(&mut streams, 100, new), Association::Rival(2));
    assert_eq!(at(&mut streams, 219, Says { seq: 501, ..new }), Association::Rival(2));
    assert_eq!(at(&mut streams, 220, Says { seq: 503, ..new }), Association::Rival(2), "not in a row");
    let moved = Association::Moved { key: 2, former: Ssrc(20) };
    assert_eq!(at(&mut streams, 221, Says { seq: 504, ..new }), moved);
    assert_eq!((streams.source(2), streams.stream_of(Ssrc(20))), (Some(Ssrc(21)), None));
    // What is left of the old one does not bring it back.
    for (millis, seq) in [(222, 2), (223, 3), (224, 4)] {
        assert_eq!(at(&mut streams, millis, Says { seq, ..old }), Association::Rival(2));
    }
    assert_eq!(at(&mut streams, 240, Says { seq: 505, mid: "", rid: "", ..new }), Association::Known(2));
}

#[test]
fn a_source_that_nothing_confirms_gives_way_at_once() {
    let mut streams = meeting();
    let forged = Says { ssrc: 66, format: 111, ..Says::default() };
    let sound = Says { ssrc: 50, seq: 9, ..forged };
    assert_eq!(at(&mut streams, 0, forged), Association::Began(5));
    assert_eq!(at(&mut streams, 1, sound), Association::Rival(5));
    assert_eq!(
        at(&mut streams, 2, Says { seq: 10, ..sound }),
        Association::Moved { key: 5, former: Ssrc(66) }
    );
}

#[test]
fn a_flood_of_sources_neither_grows_the_table_nor_pushes_out_a_stream_that_is_alive() {
    let mut streams = meeting();
    let sound = Says { ssrc: 50, format: 111, mid: "a", ..Says::default() };
    assert_eq!(at(&mut streams, 0, sound), Association::Began(5));
    for packet in 1..500_u16 {
        let millis = u64::from(packet) * 20;
        assert_eq!(at(&mut streams, millis, Says { seq: packet, mid: "", ..sound }), Association::Known(5));
        for forged in 0..10_u32 {
            let ssrc = 1_000 + u32::from(packet) * 10 + forged;
            // Each with two packets in a row.
            for seq in [0, 1] {
                let forged = Says { ssrc, seq, ..sound };
                assert_eq!(at(&mut streams, millis + 1, forged), Association::Rival(5));
            }
        }
        assert!(streams.routes.len() <= 2);
    }
}

#[test]
fn a_source_that_takes_another_name_twice_moves_to_its_stream() {
    let mut streams = meeting();
    let low = Says { ssrc: 20, format: MEDIA, seq: 10, mid: "v", rid: "lo", ..Says::default() };
    assert_eq!(at(&mut streams, 0, low), Association::Began(1));
    assert_eq!(at(&mut streams, 1, Says { seq: 11, ..low }), Association::Known(1));
    let high = Says { rid: "hi", ..low };
    assert_eq!(at(&mut streams, 2, Says { seq: 12, ..high }), Association::Rival(2));
    assert_eq!(at(&mut streams, 2, Says { seq: 12, ..high }), Association::Rival(2), "the same packet");
    assert_eq!((streams.source(1), streams.source(2)), (Some(Ssrc(20)), None));
    assert_eq!(at(&mut streams, 3, Says { seq: 13, ..high }), Association::Began(2));
    assert_eq!((streams.source(1), streams.source(2)), (None, Some(Ssrc(20))));
    // A packet from before says nothing new.
    assert_eq!(at(&mut streams, 4, Says { seq: 9, ..low }), Association::Known(2));
    for seq in [14, 15] {
        assert_eq!(at(&mut streams, 5, Says { seq, mid: "", rid: "", ..low }), Association::Known(2));
    }
    // Back, where another source is by now.
    assert_eq!(at(&mut streams, 6, Says { ssrc: 30, ..low }), Association::Began(1));
    for seq in [16, 17] {
        assert_eq!(at(&mut streams, 7, Says { seq, ..low }), Association::Rival(1));
    }
    assert_eq!((streams.source(1), streams.source(2)), (Some(Ssrc(30)), None));
}

#[test]
fn one_forged_packet_takes_no_source_from_its_stream() {
    let mut streams = meeting();
    let low = Says { ssrc: 20, format: MEDIA, seq: 10, mid: "v", rid: "lo", ..Says::default() };
    assert_eq!(at(&mut streams, 0, low), Association::Began(1));
    for seq in (11..1_000).step_by(4) {
        assert_eq!(at(&mut streams, 1, Says { seq, ..low }), Association::Known(1));
        assert_eq!(at(&mut streams, 2, Says { seq: seq + 1, rid: "hi", ..low }), Association::Rival(2));
        // Names that are said no more neither clear the source nor convict it.
        assert_eq!(
            at(&mut streams, 3, Says { seq: seq + 2, mid: "", rid: "", ..low }),
            Association::Known(1)
        );
    }
    assert_eq!((streams.source(1), streams.source(2)), (Some(Ssrc(20)), None));
}

#[test]
fn a_forged_number_far_ahead_hides_no_change_of_format_for_long() {
    let mut streams = meeting();
    let speech = Says { ssrc: 50, format: 111, ..Says::default() };
    let mut seq = 0;
    for ahead in [101, 2_999, 3_001, 30_000, 40_000] {
        for _ in 0..3 {
            seq += 1;
            assert_eq!(at(&mut streams, 0, Says { seq, ..speech }).key(), Some(5));
        }
        let forged = Says { seq: seq + ahead, ..speech };
        assert_eq!(at(&mut streams, 1, forged), Association::Known(5), "{ahead}");
        seq += 1;
        let former = PayloadType::new(111).unwrap();
        let noise = at(&mut streams, 2, Says { seq, format: 13, ..speech });
        assert_eq!(noise, Association::Reformatted { key: 5, former }, "{ahead}");
    }
    // As near as one may be: what follows the true packets is told when they have come as far.
    assert_eq!(at(&mut streams, 3, Says { seq: seq + 100, format: 13, ..speech }), Association::Known(5));
    let told = (seq + 1..).find(|&seq| at(&mut streams, 4, Says { seq, ..speech }) != Association::Known(5));
    assert_eq!(told, Some(seq + 101));
}

#[test]
fn another_format_is_told_once_and_not_by_late_packets() {
    let mut streams = meeting();
    let speech = Says { ssrc: 50, format: 111, seq: 65_534, ..Says::default() };
    let former = |number| PayloadType::new(number).unwrap();
    assert_eq!(at(&mut streams, 0, speech), Association::Began(5));
    let noise = Says { format: 13, seq: 0, ..speech };
    assert_eq!(at(&mut streams, 1, noise), Association::Reformatted { key: 5, former: former(111) });
    assert_eq!(at(&mut streams, 2, Says { seq: 65_535, ..speech }), Association::Known(5));
    assert_eq!(at(&mut streams, 3, Says { seq: 1, ..noise }), Association::Known(5));
    assert_eq!(
        at(&mut streams, 4, Says { seq: 2, ..speech }),
        Association::Reformatted { key: 5, former: former(13) }
    );
    // Far away a sender started afresh, which two packets in a row show.
    assert_eq!(at(&mut streams, 5, Says { seq: 40_000, ..noise }), Association::Known(5));
    let afresh = at(&mut streams, 6, Says { seq: 40_001, ..noise });
    assert_eq!(afresh, Association::Reformatted { key: 5, former: former(111) });
}

#[test]
fn a_source_that_said_goodbye_makes_room_at_once() {
    let mut streams = meeting();
    let sound = Says { ssrc: 50, format: 111, ..Says::default() };
    assert_eq!(at(&mut streams, 0, sound), Association::Began(5));
    assert_eq!(at(&mut streams, 1, Says { seq: 1, ..sound }), Association::Known(5));
    assert_eq!(at(&mut streams, 2, Says { ssrc: 51, ..sound }), Association::Rival(5));
    streams.goodbye(Ssrc(50));
    streams.goodbye(Ssrc(999));
    assert_eq!(streams.source(5), None);
    assert_eq!(at(&mut streams, 3, Says { ssrc: 51, seq: 1, ..sound }), Association::Began(5));
    assert_eq!(at(&mut streams, 4, Says { ssrc: 51, seq: 2, ..sound }), Association::Known(5));
}

#[test]
fn a_renegotiation_keeps_the_source_of_a_stream_that_keeps_its_name() {
    let mut streams = meeting();
    let sound = Says { ssrc: 50, format: 111, mid: "a", ..Says::default() };
    assert_eq!(at(&mut streams, 0, sound), Association::Began(5));
    let both = formats([111, 0]);
    let expected = Expected { mid: Mid::new("a"), payload_types: &both, ..Expected::default() };
    streams.expect(5, expected);
    let g711 = at(&mut streams, 1, Says { seq: 1, format: 0, ..sound });
    assert_eq!(g711.key(), Some(5));
    streams.expect(5, Expected { mid: Mid::new("b"), ..expected });
    assert_eq!((streams.source(5), streams.stream_of(Ssrc(50))), (None, None));
    streams.configure(Config { mid: None, ..config() });
    assert_eq!(at(&mut streams, 2, Says { seq: 2, ..sound }), Association::Began(5), "the name is not read");
    streams.forget(5);
    assert_eq!(at(&mut streams, 3, Says { seq: 3, ..sound }), Association::Unknown(Unknown::Unexpected));
}

#[test]
fn a_name_is_read_in_its_extension_alone() {
    let mut streams = meeting();
    let mid = Mid::new("v").unwrap();
    let rid = RepairedRid(Rid::new("lo").unwrap());
    let (mut name, mut repaired) = (vec![0; mid.value_len()], vec![0; rid.value_len()]);
    assert_eq!((mid.write(&mut name), rid.write(&mut repaired)), (Some(1), Some(2)));
    let header = Header {
        marker: false,
        payload_type: PayloadType::new(RTX).unwrap(),
        seq: Seq(1),
        timestamp: Timestamp(2),
        ssrc: Ssrc(3),
    };
    // A value that is no name, one in an extension that means something else, and then the names.
    let elements = [(MID, &b"\x01"[..]), (1, b"a"), (MID, &name), (REPAIRED, &repaired)]
        .map(|(number, data)| Extension { id: id(number), data });
    let mut bytes = [0; 64];
    let builder = PacketBuilder::new(header).extensions(ExtensionForm::TwoByte, &elements);
    let len = builder.write(&[], &mut bytes).unwrap();
    let packet = Packet::parse(&bytes[..len]).unwrap();
    assert_eq!(streams.associate(Instant::EPOCH, &packet), Association::Began(3));
}
