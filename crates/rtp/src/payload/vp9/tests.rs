//! Both directions together, what others send, and what a forwarder makes of it.

use super::*;
use crate::Patched;
use crate::payload::exchange::{Sent, depay, gather};
use crate::payload::{
    DepayloadError, Extent, PayloadError, Payloader, PictureId, PictureIdWidth, Renumbered, Tl0PicIdx,
};
use moim_media::VideoSize;
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

const FIRST: Extent = Extent { begins: true, ends: false };
const INNER: Extent = Extent { begins: false, ends: false };
const LAST: Extent = Extent { begins: false, ends: true };

/// As libvpx begins a key frame of 320 × 180, and the frame behind it.
const KEY: [u8; 10] = [0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xf0, 0x0b, 0x36, 0x04];
const INTER: [u8; 10] = [0x86, 0x00, 0x40, 0x92, 0xf0, 0x41, 0x25, 0x00, 0x00, 0xe0];

fn id(number: u16, width: PictureIdWidth) -> PictureId {
    PictureId::new(number, width).unwrap()
}

fn temporal(id: u8) -> TemporalId {
    TemporalId::new(id).unwrap()
}

fn spatial(id: u8) -> SpatialId {
    SpatialId::new(id).unwrap()
}

fn size(width: u16, height: u16) -> VideoSize {
    VideoSize::new(width, height).unwrap()
}

fn pay(payloader: &mut Vp9Payloader, frame: &[u8], limit: usize) -> Result<Vec<Sent>, PayloadError> {
    gather(|sink| payloader.packetize(frame, limit, sink))
}

fn descriptor(payload: &[u8]) -> Descriptor<'_> {
    Payload::parse(payload).unwrap().descriptor
}

const NOTHING: Descriptor<'_> = Descriptor {
    picture_id: None,
    mode: Mode::NonFlexible { inter_picture: false, layer: None },
    begins_frame: false,
    ends_frame: false,
    unused_by_higher: false,
    structure: None,
};

#[test]
fn every_field_has_its_place() {
    let layer = Layer { temporal: temporal(5), switching_up: true, spatial: spatial(2), inter_layer: true };
    let tl0 = Tl0PicIdx(0x45);
    for (bytes, expected) in [
        (&[0x00][..], NOTHING),
        (&[0x08], Descriptor { begins_frame: true, ..NOTHING }),
        (&[0x04], Descriptor { ends_frame: true, ..NOTHING }),
        (&[0x01], Descriptor { unused_by_higher: true, ..NOTHING }),
        (&[0x40], Descriptor { mode: Mode::NonFlexible { inter_picture: true, layer: None }, ..NOTHING }),
        (&[0x80, 0x23], Descriptor { picture_id: Some(id(0x23, PictureIdWidth::Bits7)), ..NOTHING }),
        (&[0x80, 0x91, 0x23], Descriptor { picture_id: Some(id(0x1123, PictureIdWidth::Bits15)), ..NOTHING }),
        (
            &[0x20, 0xb5, 0x45],
            Descriptor {
                mode: Mode::NonFlexible { inter_picture: false, layer: Some((layer, tl0)) },
                ..NOTHING
            },
        ),
        (
            &[0x30, 0xb5],
            Descriptor {
                mode: Mode::Flexible { references: References::NONE, layer: Some(layer) },
                ..NOTHING
            },
        ),
        (
            &[0xfd, 0x81, 0x23, 0xb5, 0x03, 0x05, 0xfe],
            Descriptor {
                picture_id: Some(id(0x123, PictureIdWidth::Bits15)),
                mode: Mode::Flexible {
                    references: References::new(&[1, 2, 127]).unwrap(),
                    layer: Some(layer),
                },
                begins_frame: true,
                ends_frame: true,
                unused_by_higher: true,
                structure: None,
            },
        ),
    ] {
        let payload = [bytes, &[7]].concat();
        assert_eq!(descriptor(&payload), expected, "{bytes:?}");
        let mut written = [0; Descriptor::MAX_LEN];
        assert_eq!(expected.write(&mut written), Some(bytes.len()));
        assert_eq!(&written[..bytes.len()], bytes);
        assert_eq!(expected.write(&mut written[..bytes.len() - 1]), None);
    }
    let far = Mode::Flexible { references: References::new(&[128]).unwrap(), layer: None };
    assert_eq!(Descriptor { mode: far, ..NOTHING }.write(&mut [0; 7]), None);
    assert_eq!(References::new(&[1; 4]), None);
}

/// As libwebrtc declares two spatial layers and three temporal ones.
const STRUCTURE: [u8; 21] =
    [0x38, 0, 160, 0, 90, 1, 64, 0, 180, 4, 0x14, 4, 0x54, 1, 0x34, 2, 0x48, 1, 2, 0xff, 0xff];

#[test]
fn a_structure_is_read_where_it_lies() {
    let payload = [&[0x0a], &STRUCTURE[..19], &[7]].concat();
    let parsed = Payload::parse(&payload).unwrap();
    assert_eq!(parsed.body, [7]);
    let structure = parsed.descriptor.structure.unwrap();
    assert_eq!(structure.highest(), spatial(1));
    assert_eq!(structure.sizes().collect::<Vec<_>>(), [Some(size(160, 90)), Some(size(320, 180))]);
    let group: Vec<_> = structure.group().collect();
    let expected = [(0, true, &[4][..]), (2, true, &[1]), (1, true, &[2]), (2, false, &[1, 2])];
    let expected = expected.map(|(layer, switching_up, references)| GroupPicture {
        temporal: temporal(layer),
        switching_up,
        references: References::new(references).unwrap(),
    });
    assert_eq!(group, expected);
    // Written, and built anew.
    let mut written = [0; 19];
    assert_eq!(structure.write(&mut written), Some(19));
    assert_eq!(written, STRUCTURE[..19]);
    assert_eq!(structure.write(&mut written[..18]), None);
    let (sizes, mut room) = ([size(160, 90), size(320, 180)], [0; 17]);
    assert_eq!(ScalabilityStructure::build(&sizes, &group, &mut room), Some(structure));
    assert_eq!(ScalabilityStructure::build(&sizes, &group, &mut room[..16]), None);
    assert_eq!(ScalabilityStructure::build(&[sizes[0]; 9], &[], &mut [0; 64]), None);
    for len in 0..19 {
        let cut = [&[0x0a], &STRUCTURE[..len]].concat();
        assert_eq!(Payload::parse(&cut), Err(DepayloadError::Malformed), "{len}");
    }
}

#[test]
fn a_structure_may_say_little() {
    for (bytes, written) in [(&[0x00, 7][..], &[0x00][..]), (&[0x08, 0, 7], &[0x00]), (&[0x47, 7], &[0x40])] {
        let payload = [&[0x0a], bytes].concat();
        let structure = descriptor(&payload).structure.unwrap();
        assert_eq!((structure.sizes().len(), structure.group().count()), (0, 0));
        let mut room = [0; 2];
        assert_eq!(structure.write(&mut room), Some(1));
        assert_eq!(&room[..1], written);
    }
    let flat = [0x0a, 0x10, 0, 0, 0, 1, 7];
    assert_eq!(descriptor(&flat).structure.unwrap().sizes().collect::<Vec<_>>(), [None]);
}

#[test]
fn what_is_no_payload_is_refused() {
    assert_eq!(Payload::parse(&[]), Err(DepayloadError::Empty));
    for bad in [
        &[0x88][..],
        &[0x80, 1],
        &[0x80, 0x80, 1],
        &[0x20, 0],
        &[0x20, 0, 1],
        &[0x30, 0],
        &[0x50, 2],
        &[0x50, 3, 2],
        // Four references.
        &[0x50, 3, 3, 3, 2, 7],
    ] {
        assert_eq!(Payload::parse(bad), Err(DepayloadError::Malformed), "{bad:?}");
        let mut bytes = bad.to_vec();
        assert!(DescriptorMut::parse(&mut bytes).is_err());
        assert!(Vp9Rewriter::new().rewrite(&mut bytes).is_err());
        assert_eq!(bytes, bad);
    }
}

#[test]
fn a_key_picture_tells_its_size_and_that_each_builds_on_the_one_before() {
    let mut payloader = Vp9Payloader::default();
    let frame = [&KEY[..], &[0; 90]].concat();
    let sent = pay(&mut payloader, &frame, 47).unwrap();
    assert_eq!(sent.iter().map(|(payload, _)| payload.len()).collect::<Vec<_>>(), [41, 41, 41]);
    assert_eq!(sent.iter().map(|&(_, marker)| marker).collect::<Vec<_>>(), [false, false, true]);
    // The structure is 8 bytes.
    assert_eq!(sent[0].0[..5], [0xaa, 0x80, 0, 0x10, 0]);
    assert_eq!(sent[0].0[5..13], [0x18, 1, 64, 0, 180, 1, 0x14, 1]);
    assert_eq!(sent[1].0[..5], [0xa0, 0x80, 0, 0x10, 0]);
    assert_eq!(sent[2].0[..5], [0xa4, 0x80, 0, 0x10, 0]);
    let header = Payload::parse(&sent[0].0).unwrap().frame_header().unwrap();
    assert_eq!(header.coding, Coding::Key { size: VideoSize::new(320, 180) });
    let sent = pay(&mut payloader, &INTER, 47).unwrap();
    assert_eq!(sent, [([&[0xec, 0x80, 1, 0x10, 1], &INTER[..]].concat(), true)]);
}

#[test]
fn flexible_mode_names_the_picture_before() {
    let config = Vp9Config {
        mode: Vp9Mode::Flexible,
        picture_id: id(127, PictureIdWidth::Bits7),
        ..Vp9Config::default()
    };
    let mut payloader = Vp9Payloader::new(config);
    let sent = pay(&mut payloader, &KEY, 47).unwrap();
    assert_eq!(sent, [([&[0x9e, 127, 0x10, 1, 64, 0, 180], &KEY[..]].concat(), true)]);
    let sent = pay(&mut payloader, &INTER, 47).unwrap();
    assert_eq!(sent, [([&[0xdc, 0, 2], &INTER[..]].concat(), true)]);
}

/// Two spatial layers, two temporal ones.
fn layered(mode: Vp9Mode) -> Vp9Payloader {
    let group = [(0, &[2][..]), (1, &[1])].map(|(layer, references)| GroupPicture {
        temporal: temporal(layer),
        switching_up: true,
        references: References::new(references).unwrap(),
    });
    let structure = Structure::new(&[size(160, 90), size(320, 180)], &group);
    Vp9Payloader::new(Vp9Config { mode, tl0_pic_idx: Tl0PicIdx(255), structure, ..Vp9Config::default() })
}

/// The payloads of so many pictures; all of a picture but the last unmarked.
fn pictures(payloader: &mut Vp9Payloader, count: usize, limit: usize) -> Vec<Vec<Sent>> {
    let picture = |index: usize| {
        let mut sent = Vec::new();
        for layer in 0..2 {
            let temporal = temporal(u8::from(index % 2 == 1));
            let layer =
                Layer { temporal, switching_up: true, spatial: spatial(layer), inter_layer: layer == 1 };
            let references = match index {
                0 => References::NONE,
                _ if index % 2 == 1 => References::PREVIOUS,
                _ => References::new(&[2]).unwrap(),
            };
            let position = if layer.spatial == spatial(1) { Position::Last } else { Position::Inner };
            let info = FrameInfo { layer: Some(layer), references, unused_by_higher: false, position };
            let frame = if index == 0 && layer.spatial == spatial(0) { KEY } else { INTER };
            sent.extend(gather(|sink| payloader.packetize_frame(&frame, info, limit, sink)).unwrap());
        }
        sent
    };
    (0..count).map(picture).collect()
}

#[test]
fn layers_travel_each_by_itself() {
    for mode in [Vp9Mode::NonFlexible, Vp9Mode::Flexible] {
        let pictures = pictures(&mut layered(mode), 4, 64);
        assert!(pictures.iter().all(|sent| sent.len() == 2 && !sent[0].1 && sent[1].1));
        for (index, sent) in pictures.iter().enumerate() {
            let [base, upper] = [0, 1].map(|at| descriptor(&sent[at].0));
            for descriptor in [base, upper] {
                assert_eq!(descriptor.picture_id.unwrap().number(), index as u16);
                assert!(descriptor.begins_frame && descriptor.ends_frame);
                assert_eq!(descriptor.is_inter_picture(), index > 0);
                let tl0 = [255, 255, 0, 0][index];
                let tl0 = Some(Tl0PicIdx(tl0)).filter(|_| mode == Vp9Mode::NonFlexible);
                assert_eq!(descriptor.tl0_pic_idx(), tl0);
                let references = [&[][..], &[1], &[2], &[1]][index];
                let references = if mode == Vp9Mode::Flexible { references } else { &[] };
                assert_eq!(descriptor.references().as_slice(), references);
            }
            assert_eq!((base.spatial(), upper.spatial()), (spatial(0), spatial(1)));
            assert_eq!((base.structure.is_some(), upper.structure.is_some()), (index == 0, false));
        }
        let structure = descriptor(&pictures[0][0].0).structure.unwrap();
        assert_eq!((structure.highest(), structure.group().count()), (spatial(1), 2));
    }
}

#[test]
fn a_picture_whose_last_layer_is_missing_ends_with_the_next() {
    let mut payloader = layered(Vp9Mode::NonFlexible);
    let info = |layer, position| FrameInfo {
        layer: Some(Layer { spatial: spatial(layer), ..Layer::default() }),
        references: References::PREVIOUS,
        unused_by_higher: false,
        position,
    };
    let ids = [0, 1, 0, 1, 2, 0].map(|layer| {
        let info = info(layer, Position::Inner);
        let sent = gather(|sink| payloader.packetize_frame(&INTER, info, 64, sink)).unwrap();
        let sent = descriptor(&sent[0].0);
        (sent.picture_id.unwrap().number(), sent.tl0_pic_idx().unwrap().0)
    });
    assert_eq!(ids, [(0, 255), (0, 255), (1, 0), (1, 0), (1, 0), (2, 1)]);
}

#[test]
fn a_unit_that_cannot_be_sent_is_refused_and_has_no_number() {
    let mut payloader = Vp9Payloader::new(Vp9Config { mode: Vp9Mode::Flexible, ..Vp9Config::default() });
    for (unit, limit, error) in [
        (&[][..], 100, PayloadError::Empty),
        (&[0x49; 9], 100, PayloadError::Malformed),
        (&KEY, 8, PayloadError::TooLong { needed: 9, limit: 8 }),
        (&INTER, 4, PayloadError::TooLong { needed: 5, limit: 4 }),
    ] {
        assert_eq!(pay(&mut payloader, unit, limit), Err(error));
    }
    let info = FrameInfo { references: References::new(&[128]).unwrap(), ..FrameInfo::default() };
    let far = gather(|sink| payloader.packetize_frame(&INTER, info, 100, sink));
    assert_eq!(far, Err(PayloadError::Malformed));
    let sent = pay(&mut payloader, &KEY, 9).unwrap();
    assert!(sent.iter().all(|(payload, _)| payload.len() <= 9));
    assert_eq!(descriptor(&sent[0].0).picture_id.map(PictureId::number), Some(0));
}

#[test]
fn frames_of_all_layers_make_a_picture() {
    let mut depayloader = Vp9Depayloader::new();
    let mut seq = 65_530_u16;
    for (index, sent) in pictures(&mut layered(Vp9Mode::NonFlexible), 4, 24).iter().enumerate() {
        let mut unit = Vec::new();
        for (at, (payload, marker)) in sent.iter().enumerate() {
            let (extent, bytes) = depay(&mut depayloader, (seq, index as u32, *marker), payload).unwrap();
            assert_eq!(extent, Extent { begins: at == 0, ends: at + 1 == sent.len() });
            unit.extend(bytes);
            seq = seq.wrapping_add(1);
        }
        assert_eq!(unit, [if index == 0 { KEY } else { INTER }, INTER].concat());
    }
}

/// A flag byte and a layer each: 8 begins, 4 ends; 2 is spatial layer 1, 3 with the layer below it.
#[test]
fn nothing_is_taken_behind_a_hole() {
    const BASE: &[u8] = &[0x2c, 0, 0, 1];
    const START: &[u8] = &[0x28, 0, 0, 1];
    const MIDDLE: &[u8] = &[0x20, 0, 0, 2];
    const UPPER: &[u8] = &[0x2c, 3, 0, 3];
    const ALONE: &[u8] = &[0x2c, 2, 0, 3];
    let (headless, malformed) = (Err(DepayloadError::Headless), Err(DepayloadError::Malformed));
    for (before, meta, payload, error) in [
        // Nothing; a packet is missing; of another time; given twice.
        (None, (11, 7, false), MIDDLE, &headless),
        (None, (11, 7, false), UPPER, &headless),
        (None, (11, 7, false), ALONE, &headless),
        (Some(START), (12, 7, true), MIDDLE, &headless),
        (Some(START), (11, 8, true), MIDDLE, &headless),
        (Some(START), (10, 7, true), MIDDLE, &headless),
        (Some(BASE), (12, 7, true), UPPER, &headless),
        (Some(BASE), (12, 7, true), BASE, &headless),
        (Some(BASE), (12, 8, true), ALONE, &headless),
        // The frame ended already; or did not.
        (Some(BASE), (11, 7, false), MIDDLE, &headless),
        (Some(START), (11, 7, false), UPPER, &malformed),
    ] {
        let mut depayloader = Vp9Depayloader::new();
        if let Some(before) = before {
            assert_eq!(depay(&mut depayloader, (10, 7, false), before), Ok((FIRST, vec![1])));
        }
        assert_eq!(&depay(&mut depayloader, meta, payload), error, "{before:?} {meta:?} {payload:?}");
        assert_eq!(depay(&mut depayloader, (13, 7, true), MIDDLE), headless);
        assert_eq!(depay(&mut depayloader, (14, 9, false), START), Ok((FIRST, vec![1])));
        assert_eq!(depay(&mut depayloader, (15, 9, false), MIDDLE), Ok((INNER, vec![2])));
        assert_eq!(depay(&mut depayloader, (16, 9, false), &[0x24, 0, 0, 2]), Ok((INNER, vec![2])));
        assert_eq!(depay(&mut depayloader, (17, 9, true), UPPER), Ok((LAST, vec![3])));
        // A forwarder left the base layer out.
        assert_eq!(depay(&mut depayloader, (18, 10, true), ALONE), Ok((Extent::WHOLE, vec![3])));
    }
}

#[test]
fn a_picture_that_is_given_again_begins_again() {
    let mut depayloader = Vp9Depayloader::new();
    for _ in 0..3 {
        assert_eq!(depay(&mut depayloader, (10, 7, false), &[0x88, 1, 1]), Ok((FIRST, vec![1])));
        assert_eq!(depay(&mut depayloader, (11, 7, false), &[0x84, 1, 2]), Ok((INNER, vec![2])));
    }
    // Of the same time, unmarked, but another picture: the one before was not shown.
    assert_eq!(depay(&mut depayloader, (12, 7, true), &[0x8c, 2, 3]), Ok((Extent::WHOLE, vec![3])));
}

#[test]
fn numbers_are_rewritten_in_their_width() {
    let mut long = [0xa8, 0x81, 2, 0x55, 3, 9];
    let mut payload = DescriptorMut::parse(&mut long).unwrap();
    assert_eq!(payload.set_picture_id(0xffff), Patched::Written);
    assert_eq!(payload.set_tl0_pic_idx(Tl0PicIdx(0x77)), Patched::Written);
    assert_eq!(payload.picture_id(), Some(id(0x7fff, PictureIdWidth::Bits15)));
    assert_eq!(payload.tl0_pic_idx(), Some(Tl0PicIdx(0x77)));
    assert_eq!(long, [0xa8, 0xff, 0xff, 0x55, 0x77, 9]);
    let mut flexible = [0xb8, 1, 0x55, 3, 9];
    let mut payload = DescriptorMut::parse(&mut flexible).unwrap();
    assert_eq!(payload.set_picture_id(0xff02), Patched::Written);
    assert_eq!(payload.set_tl0_pic_idx(Tl0PicIdx(0x77)), Patched::Absent);
    assert_eq!(flexible, [0xb8, 2, 0x55, 3, 9]);
    let mut bare = [0x08, 9];
    assert_eq!(DescriptorMut::parse(&mut bare).unwrap().set_picture_id(1), Patched::Absent);
    assert_eq!(bare, [0x08, 9]);
}

#[test]
fn a_receiver_is_sent_the_layers_it_watches_under_numbers_that_go_on() {
    let mut rewriter = Vp9Rewriter::new();
    let mut seen = Vec::new();
    let lower = Layers { temporal: temporal(0), spatial: spatial(0) };
    for highest in [lower, Layers::ALL, Layers { spatial: spatial(1), ..lower }] {
        rewriter.switch();
        for (mut payload, marker) in pictures(&mut layered(Vp9Mode::NonFlexible), 4, 64).concat() {
            if descriptor(&payload).is_needed(highest) {
                assert_eq!(rewriter.rewrite(&mut payload), Ok(Renumbered::Written));
                let sent = descriptor(&payload);
                let marker = marker || sent.ends_picture(highest.spatial);
                let number = sent.picture_id.unwrap().number();
                seen.push((number, sent.tl0_pic_idx().unwrap().0, marker));
            }
        }
    }
    let first = [(0, 255, true), (2, 0, true)];
    let second = [(3, 1), (4, 1), (5, 2), (6, 2)];
    let second = second.map(|(number, tl0)| [(number, tl0, false), (number, tl0, true)]);
    let third = [(7, 3, false), (7, 3, true), (9, 4, false), (9, 4, true)];
    assert_eq!(seen, [&first[..], &second.concat(), &third].concat());
}

#[test]
fn a_key_picture_far_back_begins_anew_and_no_other_picture_does() {
    let mut rewriter = Vp9Rewriter::new();
    let inter = |number: u16| {
        let [high, low] = number.to_be_bytes();
        [0xc8, 0x80 | high, low, 0x86, 0]
    };
    let key = |number: u16| {
        let [high, low] = number.to_be_bytes();
        [0x88, 0x80 | high, low, 0x82, 0x49, 0x83, 0x42]
    };
    assert_eq!(rewriter.rewrite(&mut key(500)), Ok(Renumbered::Written));
    assert_eq!(rewriter.rewrite(&mut inter(9_000)), Ok(Renumbered::Written));
    assert_eq!(rewriter.rewrite(&mut inter(502)), Ok(Renumbered::LeftOut));
    let (mut first, mut second) = (key(502), inter(503));
    assert_eq!(rewriter.rewrite(&mut first), Ok(Renumbered::Written));
    assert_eq!(rewriter.rewrite(&mut second), Ok(Renumbered::Written));
    assert_eq!((first, second), (key(9_001), inter(9_002)));
}

#[test]
fn a_frame_that_no_higher_one_uses_is_needed_by_who_watches_it() {
    let layers = |spatial_layer| Layers { temporal: temporal(0), spatial: spatial(spatial_layer) };
    let unused = [0x2d, 0, 0, 1];
    assert!(descriptor(&unused).is_needed(layers(0)));
    assert!(!descriptor(&unused).is_needed(layers(1)));
    let used = [0x2c, 0, 0, 1];
    assert!(descriptor(&used).is_needed(layers(1)));
    let bare = [0x08, 1];
    assert!(descriptor(&bare).is_needed(layers(0)) && descriptor(&bare).is_needed(Layers::ALL));
}

prop_compose! {
    fn layer()(byte in any::<u8>()) -> Layer {
        Layer {
            temporal: TemporalId::of_low_bits(byte >> 5),
            switching_up: byte & 16 != 0,
            spatial: SpatialId::of_low_bits(byte >> 1),
            inter_layer: byte & 1 != 0,
        }
    }
}

prop_compose! {
    fn mode()(
        flags in any::<[bool; 2]>(),
        layer in proptest::option::of(layer()),
        tl0 in any::<u8>(),
        references in proptest::collection::vec(0_u8..128, 0..=3),
    ) -> Mode {
        if flags[0] {
            Mode::Flexible { references: References::new(&references).unwrap(), layer }
        } else {
            Mode::NonFlexible { inter_picture: flags[1], layer: layer.map(|layer| (layer, Tl0PicIdx(tl0))) }
        }
    }
}

proptest! {
    #[test]
    fn a_descriptor_is_read_as_it_is_written(
        mode in mode(),
        picture_id in proptest::option::of((any::<bool>(), any::<u16>())),
        flags in any::<[bool; 4]>(),
        sides in proptest::collection::vec(1_u16.., 0..=8),
        group in proptest::collection::vec((0_u8..8, any::<bool>(), proptest::collection::vec(any::<u8>(), 0..=3)), 0..9),
    ) {
        let sizes: Vec<_> = sides.iter().map(|&side| size(side, !side | 1)).collect();
        let group: Vec<_> = group.iter().map(|(layer, switching_up, references)| GroupPicture {
            temporal: temporal(*layer),
            switching_up: *switching_up,
            references: References::new(references).unwrap(),
        }).collect();
        let mut room = [0; 100];
        let structure = ScalabilityStructure::build(&sizes, &group, &mut room).unwrap();
        prop_assert!(structure.sizes().eq(sizes.iter().copied().map(Some)));
        prop_assert!(structure.group().eq(group.iter().copied()));
        let descriptor = Descriptor {
            picture_id: picture_id.map(|(is_long, number)| {
                let width = if is_long { PictureIdWidth::Bits15 } else { PictureIdWidth::Bits7 };
                id(number & width.max(), width)
            }),
            mode,
            begins_frame: flags[0],
            ends_frame: flags[1],
            unused_by_higher: flags[2],
            structure: flags[3].then_some(structure),
        };
        let mut bytes = [7; 120];
        let len = descriptor.write(&mut bytes).unwrap();
        let payload = Payload::parse(&bytes).unwrap();
        prop_assert_eq!(payload, Payload { descriptor, body: &bytes[len..] });
    }

    #[test]
    fn a_picture_comes_back_as_it_was(
        tail in proptest::collection::vec(any::<u8>(), 0..2_000),
        start in proptest::sample::select(vec![KEY, INTER]),
        limit in 14_usize..1_300,
        mode in proptest::sample::select(vec![Vp9Mode::NonFlexible, Vp9Mode::Flexible]),
    ) {
        let unit = [&start[..], &tail].concat();
        let sent = pay(&mut Vp9Payloader::new(Vp9Config { mode, ..Vp9Config::default() }), &unit, limit).unwrap();
        let mut depayloader = Vp9Depayloader::new();
        let mut back = Vec::new();
        for (index, (payload, marker)) in sent.iter().enumerate() {
            prop_assert!(payload.len() <= limit);
            let (extent, bytes) = depay(&mut depayloader, (index as u16, 1, *marker), payload).unwrap();
            prop_assert_eq!(extent, Extent { begins: index == 0, ends: index + 1 == sent.len() });
            back.extend(bytes);
        }
        prop_assert_eq!(back, unit);
    }
}
