//! Descriptors written bit by bit, as the specification's examples have them.

use super::*;
use crate::Layer;
use moim_media::SeqNo;
use std::string::String;
use std::vec;
use std::vec::Vec;

/// Zeros and ones up to a `;` in each line, padded to whole bytes.
fn bytes(bits: &str) -> Vec<u8> {
    let written = bits.lines().filter_map(|line| line.split(';').next()).flat_map(str::chars);
    let mut bits: String = written.filter(|bit| matches!(bit, '0' | '1')).collect();
    while !bits.len().is_multiple_of(8) {
        bits.push('0');
    }
    let bytes = bits.as_bytes().chunks(8).map(|byte| std::str::from_utf8(byte).unwrap());
    bytes.map(|byte| u8::from_str_radix(byte, 2).unwrap()).collect()
}

/// First and last packet of frame `frame`, which follows template `id`.
fn mandatory(id: u8, frame: u16) -> String {
    std::format!("1 1 {id:06b} {frame:016b} ")
}

/// Section A.10.2.1: one spatial layer with three temporal ones.
const L1T3: &str = "
    000000 00010            ; ids from 0, 3 targets
    00 01 01 00 11          ; T0, T0, T1, T2, T2
    10 10 10                ; S S S
    10 10 10                ; S S S
    10 01 00                ; S D -
    01 00 00                ; D - -
    01 00 00                ; D - -
    0                       ; no frames
    1 0011 0                ; 4
    1 0001 0                ; 2
    1 0000 0                ; 1
    1 0000 0                ; 1
    01                      ; one chain of up to 3
    0000 0100 0010 0001 0011";

/// Section A.10.1.2: two spatial layers, a target and a chain each; of 1280×720 and of twice that.
const L2T1: &str = "
    001010 00001            ; ids from 10, 2 targets
    00 10 00 11             ; S0, S0, S1, S1
    10 10
    11 11
    00 10
    00 11
    0   1 0001 0   1 0000 0   1 0000 1 0001 0
    11                      ; two chains
    0 1                     ; of the first and of the second target
    0000 0000   0010 0001   0001 0001   0001 0001";

const KEY_FLAGS: &str = "1 0 0 0 0 ";

fn key(structure: &str, id: u8, frame: u16) -> Vec<u8> {
    bytes(&[&mandatory(id, frame), KEY_FLAGS, structure, " 0"].concat())
}

fn seq(number: u64) -> SeqNo {
    SeqNo::new(number)
}

/// What a descriptor says of its frame.
type Said = (Layer, Vec<Indication>, Vec<u16>, Vec<u8>);

fn said(descriptor: &DependencyDescriptor<'_>) -> Said {
    let indications = descriptor.indications().collect();
    (descriptor.layer(), indications, descriptor.frame_diffs().collect(), descriptor.chain_diffs().collect())
}

use Indication::{Discardable as D, NotPresent as N, Required as R, Switch as S};

#[test]
fn frames_follow_the_templates_of_their_key_frame() {
    let mut reader = DependencyReader::new();
    let value = key(L1T3, 0, 100);
    let first = reader.read(seq(1), &value).unwrap();
    assert!(first.begins_sequence() && first.first_in_frame() && first.last_in_frame());
    assert_eq!(first.frame(), FrameNumber(100));
    assert_eq!((first.resolution(), first.active_decode_targets().bits()), (None, 0b111));
    assert_eq!(said(&first), (Layer { spatial: 0, temporal: 0 }, vec![S, S, S], vec![], vec![0]));
    for (id, temporal, indications, frame_diffs, chain_diffs) in
        [(1, 0, [S, S, S], 4, 4), (2, 1, [S, D, N], 2, 2), (3, 2, [D, N, N], 1, 1), (4, 2, [D, N, N], 1, 3)]
    {
        let value = bytes(&mandatory(id, 101));
        let next = reader.read(seq(2), &value).unwrap();
        assert!(!next.begins_sequence());
        let layer = Layer { spatial: 0, temporal };
        assert_eq!(said(&next), (layer, indications.to_vec(), vec![frame_diffs], vec![chain_diffs]), "{id}");
    }
}

#[test]
fn a_structure_tells_of_targets_chains_and_sizes() {
    let mut reader = DependencyReader::new();
    let sizes = "1 0000010011111111 0000001011001111 0000100111111111 0000010110011111";
    let value = bytes(&[&mandatory(10, 9), KEY_FLAGS, L2T1, sizes].concat());
    let first = reader.read(seq(1), &value).unwrap();
    let structure = first.structure();
    assert_eq!((structure.decode_targets(), structure.chains(), structure.spatial_layers()), (2, 2, 2));
    assert_eq!([0, 1, 2].map(|target| structure.protected_by(target)), [Some(0), Some(1), None]);
    let layers = [0, 1, 2].map(|target| structure.decode_target_layer(target).map(|layer| layer.spatial));
    assert_eq!(layers, [Some(0), Some(1), None]);
    let small = Resolution { width: 1_280, height: 720 };
    assert_eq!(first.resolution(), Some(small));
    let large = Resolution { width: 2_560, height: 1_440 };
    assert_eq!([1, 2].map(|spatial| structure.resolution(spatial)), [Some(large), None]);
    let value = bytes(&mandatory(13, 10));
    let next = reader.read(seq(2), &value).unwrap();
    let expected = (Layer { spatial: 1, temporal: 0 }, vec![N, R], vec![1, 2], vec![1, 1]);
    assert_eq!((said(&next), next.resolution()), (expected, Some(large)));
    assert_eq!((next.indication(1), next.indication(2)), (Some(R), None));
}

#[test]
fn a_frame_may_say_it_differently() {
    let mut reader = DependencyReader::new();
    reader.read(seq(1), &key(L2T1, 10, 100)).unwrap();
    // As frame 105 of section A.10.1.2: a switch and a new beginning of the second chain.
    let custom = "0 0 1 1 1   11 10   01 0001  11 111111111111  00   00000010 00000000";
    let value = bytes(&[&mandatory(11, 105), custom].concat());
    let frame = reader.read(seq(2), &value).unwrap();
    let expected = (Layer::default(), vec![R, S], vec![2, 4_096], vec![2, 0]);
    assert_eq!(said(&frame), expected);
    assert_eq!(frame.frame().back(106), FrameNumber(65_535));
    // And the next is as its template has it.
    let value = bytes(&mandatory(11, 107));
    assert_eq!(said(&reader.read(seq(3), &value).unwrap()).2, [2]);
}

#[test]
fn targets_are_active_until_something_else_is_said() {
    let mut reader = DependencyReader::new();
    let mut active = |number, value: &[u8]| {
        let descriptor = reader.read(seq(number), value).unwrap();
        (descriptor.active_decode_targets().bits(), descriptor.is_in_chain(0), descriptor.is_in_chain(1))
    };
    assert_eq!(active(1, &key(L2T1, 10, 1)), (0b11, true, true));
    let only_first = bytes(&[&mandatory(11, 2), "0 1 0 0 0 01"].concat());
    assert_eq!(active(3, &only_first), (0b01, true, false));
    assert_eq!(active(4, &bytes(&mandatory(13, 3))), (0b01, false, false));
    // What an older packet said is past.
    let only_second = bytes(&[&mandatory(11, 2), "0 1 0 0 0 10"].concat());
    assert_eq!(active(2, &only_second), (0b10, false, true));
    assert_eq!(active(5, &bytes(&mandatory(13, 3))), (0b01, false, false));
    let key = bytes(&[&mandatory(10, 9), "1 1 0 0 0 ", L2T1, "0 10"].concat());
    assert_eq!(active(6, &key), (0b10, false, true));
}

#[test]
fn a_packet_is_read_by_the_structure_of_its_time() {
    let mut reader = DependencyReader::new();
    let delta = |id| bytes(&mandatory(id, 7));
    let unknown = |id| Some(DependencyError::UnknownTemplate { id });
    assert_eq!(reader.read(seq(9), &delta(1)).err(), Some(DependencyError::NoStructure));
    reader.read(seq(10), &key(L1T3, 0, 1)).unwrap();
    assert_eq!(reader.read(seq(9), &delta(1)).err(), Some(DependencyError::NoStructure));
    // The next key frame's packet is overtaken, and then read before what came too late.
    assert_eq!(reader.read(seq(21), &delta(12)).err(), unknown(12));
    reader.read(seq(20), &key(L2T1, 10, 5)).unwrap();
    assert_eq!(reader.read(seq(21), &delta(12)).unwrap().layer().spatial, 1);
    assert_eq!(reader.read(seq(19), &delta(3)).unwrap().layer().temporal, 2);
    assert_eq!(reader.read(seq(21), &delta(3)).err(), unknown(3));
    // One between them takes the older one's place and leaves the newer one alone; one before both has none.
    assert!(reader.read(seq(15), &key(L1T3, 0, 1)).unwrap().begins_sequence());
    assert_eq!(reader.read(seq(12), &delta(3)).err(), Some(DependencyError::NoStructure));
    assert_eq!(reader.read(seq(5), &key(L1T3, 0, 1)).err(), Some(DependencyError::Late));
    assert_eq!(reader.read(seq(22), &delta(12)).unwrap().layer().spatial, 1);
    // The same again changes nothing.
    reader.read(seq(20), &key(L2T1, 10, 5)).unwrap();
    assert_eq!(reader.read(seq(16), &delta(3)).unwrap().layer().temporal, 2);
}

#[test]
fn what_breaks_off_is_refused_and_forgotten() {
    let mut reader = DependencyReader::new();
    let value = key(L2T1, 10, 1);
    for len in 0..value.len() {
        let expected = match len {
            0..3 => DependencyError::TooShort { needed: 3, actual: len },
            // Nothing of the structure is there, and no sign of it.
            3 => DependencyError::NoStructure,
            _ => DependencyError::Malformed,
        };
        assert_eq!(reader.read(seq(1), &value[..len]).err(), Some(expected), "{len}");
    }
    assert_eq!(MandatoryFields::read(&value[..3]).unwrap().template_id, 10);
    assert_eq!(MandatoryFields::read(&value[..2]), None);
    let long = vec![0; 256];
    assert_eq!(reader.read(seq(1), &long).err(), Some(DependencyError::TooLong { actual: 256 }));
    // A structure whose own frame has no template; the one before stays.
    reader.read(seq(1), &value).unwrap();
    let bad = key(L1T3, 5, 1);
    assert_eq!(reader.read(seq(2), &bad).err(), Some(DependencyError::UnknownTemplate { id: 5 }));
    assert!(reader.read(seq(3), &bytes(&mandatory(13, 3))).is_ok());
    for custom in ["0 0 1 0 0 000", "0 0 0 1 0 011", "0 0 0 0 1 000"] {
        let value = bytes(&[&mandatory(11, 2), custom].concat());
        assert_eq!(reader.read(seq(4), &value).err(), Some(DependencyError::Malformed), "{custom}");
    }
}

#[test]
fn a_structure_has_its_limits() {
    let layers = |layers: &str| {
        let zeros = "0".repeat(800);
        let value = bytes(&[&mandatory(0, 1), KEY_FLAGS, "000000 00000 ", layers, &zeros].concat());
        DependencyReader::new().read(seq(1), &value).map(|first| first.structure().spatial_layers())
    };
    assert_eq!(layers(&["00".repeat(63), "11".into()].concat()), Ok(1));
    assert_eq!(layers(&"00".repeat(64)), Err(DependencyError::Malformed));
    assert_eq!(layers("10 10 10 11"), Ok(4));
    assert_eq!(layers("10 10 10 10 11"), Err(DependencyError::Malformed));
    assert_eq!(layers(&["01".repeat(7), "11".into()].concat()), Ok(1));
    assert_eq!(layers(&"01".repeat(8)), Err(DependencyError::Malformed));
}
