use super::*;
use crate::fec::tests::packet;
use crate::fec::{Block, Mask};
use core::num::NonZeroU8;
use std::vec;
use std::vec::Vec;

const MEDIA: Ssrc = Ssrc(7);

fn encoder(format: Format, protection: Protection) -> Encoder {
    Encoder::new(EncoderConfig { format, protection, bytes_per_packet: 300 }).unwrap()
}

fn columns(columns: u8) -> NonZeroU8 {
    NonZeroU8::new(columns).unwrap()
}

/// What each repair packet of FlexFEC that is ready names.
fn named(encoder: &mut Encoder) -> Vec<Vec<Protected>> {
    let mut named = Vec::new();
    let header = crate::fec::tests::of_repair_stream(1);
    while let Some(payload) = encoder.poll_repair() {
        let mut bytes = [0; 400];
        let len = payload.write(header, &mut bytes).unwrap();
        let packet = Packet::parse(&bytes[..len]).unwrap();
        let Ok(flexfec::Received::Repair(repair)) = flexfec::read(&packet) else { panic!("a sum") };
        named.push(repair.protected().collect());
    }
    named
}

fn block(seq: u16, columns: u8, rows: u8) -> Vec<Protected> {
    let pattern = Pattern::Block(Block { columns: NonZeroU8::new(columns).unwrap(), rows });
    vec![Protected { source: MEDIA, base: Seq(seq), pattern }]
}

#[test]
fn sums_are_ready_with_their_last_packet() {
    let mut encoder = encoder(Format::FlexFec, Protection::Grid { columns: columns(3), rows: 2 });
    let mut ready = Vec::new();
    for seq in 10..16 {
        assert_eq!(encoder.protect(&packet(MEDIA, seq)), Ok(Taken::Protected));
        ready.push(named(&mut encoder));
    }
    let row = |seq| block(seq, 3, 1);
    let column = |seq| block(seq, 3, 2);
    let expected =
        [vec![], vec![], vec![row(10)], vec![column(10)], vec![column(11)], vec![row(13), column(12)]];
    assert_eq!(ready, expected);
}

#[test]
fn a_block_that_ends_early_says_what_it_has() {
    let mut rows = encoder(Format::FlexFec, Protection::Rows { columns: columns(5) });
    rows.protect(&packet(MEDIA, 1)).unwrap();
    rows.protect(&packet(MEDIA, 2)).unwrap();
    rows.finish();
    assert_eq!(named(&mut rows), [block(1, 2, 0)]);
    rows.finish();
    assert!(named(&mut rows).is_empty());

    let mut grid = encoder(Format::FlexFec, Protection::Grid { columns: columns(2), rows: 3 });
    for seq in 1..=3 {
        grid.protect(&packet(MEDIA, seq)).unwrap();
        if seq == 2 {
            assert_eq!(named(&mut grid), [block(1, 2, 1)]);
        }
    }
    grid.finish();
    // A column of one packet would read as a row.
    let one = vec![Protected { source: MEDIA, base: Seq(2), pattern: Pattern::Mask(Mask::of([0]).unwrap()) }];
    assert_eq!(named(&mut grid), [block(3, 1, 1), block(1, 2, 2), one]);
}

#[test]
fn a_gap_begins_a_new_block_and_so_does_another_source() {
    let mut rows = encoder(Format::FlexFec, Protection::Rows { columns: columns(2) });
    assert_eq!(rows.protect(&packet(MEDIA, 1)), Ok(Taken::Protected));
    assert_eq!(rows.protect(&packet(MEDIA, 3)), Ok(Taken::Afresh));
    assert_eq!(rows.protect(&packet(MEDIA, 4)), Ok(Taken::Protected));
    assert_eq!(named(&mut rows), [block(3, 2, 0)]);
    // Between blocks nothing is given up.
    assert_eq!(rows.protect(&packet(MEDIA, 9)), Ok(Taken::Protected));
    assert_eq!(rows.protect(&packet(Ssrc(8), 10)), Ok(Taken::Afresh));
}

#[test]
fn a_sum_that_is_not_taken_makes_room() {
    let mut rows = encoder(Format::FlexFec, Protection::Rows { columns: columns(2) });
    (1..=4).for_each(|seq| assert_eq!(rows.protect(&packet(MEDIA, seq)), Ok(Taken::Protected)));
    assert_eq!(named(&mut rows), [block(3, 2, 0)]);
}

#[test]
fn masks_name_the_numbers_that_were_really_sent() {
    let masks = Protection::Masks(vec![Mask::of([0, 2, 3, 4]).unwrap()]);
    let mut encoder = encoder(Format::FlexFec, masks);
    assert_eq!(encoder.protect(&packet(MEDIA, 100)), Ok(Taken::Protected));
    assert_eq!(encoder.protect(&packet(MEDIA, 101)), Ok(Taken::Skipped));
    assert_eq!(encoder.protect(&packet(MEDIA, 209)), Ok(Taken::Protected));
    // Too far, behind the first, and the same again.
    for seq in [210, 99] {
        let mut encoder = encoder.clone();
        assert_eq!(encoder.protect(&packet(MEDIA, seq)), Ok(Taken::OutOfReach));
    }
    assert_eq!(encoder.protect(&packet(MEDIA, 209)), Ok(Taken::OutOfReach));
    encoder.finish();
    let pattern = Pattern::Mask(Mask::of([0, 109]).unwrap());
    assert_eq!(named(&mut encoder), [vec![Protected { source: MEDIA, base: Seq(100), pattern }]]);
}

#[test]
fn more_sources_than_a_format_names_are_out_of_reach() {
    let all = || Protection::Masks(vec![Mask::of(0..17).unwrap()]);
    for (format, most) in [(Format::FlexFec, 15), (Format::FlexFec03, 1), (Format::UlpFec, 1)] {
        let mut encoder = encoder(format, all());
        for source in 0..17 {
            let taken = encoder.protect(&packet(Ssrc(source), 5));
            assert_eq!(taken, Ok(if source < most { Taken::Protected } else { Taken::OutOfReach }));
        }
        assert!(encoder.poll_repair().is_some());
    }
}

#[test]
fn what_a_format_cannot_say_is_refused() {
    let new = |format, protection| {
        Encoder::new(EncoderConfig { format, protection, ..EncoderConfig::default() }).map(|_| ())
    };
    for rows in [0, 1] {
        let refused = Err(EncoderError::Rows { rows });
        assert_eq!(new(Format::FlexFec, Protection::Grid { columns: columns(1), rows }), refused);
        assert_eq!(new(Format::FlexFec, Protection::Columns { columns: columns(1), rows }), refused);
    }
    let wide = |columns, rows| Protection::Columns { columns, rows };
    assert_eq!(new(Format::FlexFec, wide(columns(255), 255)), Ok(()));
    assert_eq!(new(Format::FlexFec03, wide(columns(12), 10)), Ok(()));
    let refused = Err(EncoderError::Reach { packets: 110, most: 109 });
    assert_eq!(new(Format::FlexFec03, Protection::Rows { columns: columns(110) }), refused);
    let refused = Err(EncoderError::Reach { packets: 49, most: 48 });
    assert_eq!(new(Format::UlpFec, wide(columns(12), 5)), refused);
    assert_eq!(new(Format::UlpFec, Protection::Rows { columns: columns(48) }), Ok(()));
    for masks in [vec![], vec![Mask::EMPTY], vec![Mask::of([1]).unwrap(), Mask::EMPTY]] {
        assert_eq!(new(Format::FlexFec, Protection::Masks(masks)), Err(EncoderError::Nothing));
    }
}

#[test]
fn what_cannot_be_protected_changes_nothing() {
    let mut rows = encoder(Format::FlexFec, Protection::Rows { columns: columns(2) });
    rows.protect(&packet(MEDIA, 1)).unwrap();
    let mut long = packet(MEDIA, 2);
    long[0] &= !0x20;
    long.resize(301, 0);
    assert_eq!(rows.protect(&long), Err(ProtectError::TooLong { len: 301, most: 300 }));
    assert!(matches!(rows.protect(&[0; 20]), Err(ProtectError::Packet(ParseError::Version { version: 0 }))));
    assert_eq!(rows.protect(&packet(MEDIA, 2)), Ok(Taken::Protected));
    assert_eq!(named(&mut rows), [block(1, 2, 0)]);
}
