//! Both directions together, what others send, and what a forwarder makes of it.

use super::*;
use crate::Patched;
use crate::payload::exchange::{Sent, depay, gather};
use crate::payload::{
    DepayloadError, Extent, PayloadError, Payloader, PictureId, PictureIdWidth, Renumbered, Tl0PicIdx,
};
use moim_media::VideoSize;
use moim_media::codec::FrameKind;
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

const FIRST: Extent = Extent { begins: true, ends: false };
const INNER: Extent = Extent { begins: false, ends: false };
const LAST: Extent = Extent { begins: false, ends: true };

/// As libvpx begins a key frame of 320 × 180.
const KEY: [u8; 10] = [0x10, 0x52, 0x02, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00];

fn frame(kind: FrameKind, len: u8) -> Vec<u8> {
    let mut frame: Vec<u8> = (0..len).collect();
    match kind {
        FrameKind::Key => frame[..10].copy_from_slice(&KEY),
        FrameKind::Delta => frame[0] = 0x11,
    }
    frame
}

fn id(number: u16, width: PictureIdWidth) -> PictureId {
    PictureId::new(number, width).unwrap()
}

fn temporal(id: u8) -> TemporalId {
    TemporalId::new(id).unwrap()
}

fn pay(payloader: &mut Vp8Payloader, frame: &[u8], limit: usize) -> Result<Vec<Sent>, PayloadError> {
    gather(|sink| payloader.packetize(frame, limit, sink))
}

fn descriptor(payload: &[u8]) -> Descriptor {
    Payload::parse(payload).unwrap().descriptor
}

#[test]
fn every_field_has_its_place() {
    // RFC 7741, section 4.2: all there, and each alone.
    let all = [0xb5, 0xf0, 0x91, 0x23, 0x45, 0xa6 | 0x20, 7];
    let payload = Payload::parse(&all).unwrap();
    let expected = Descriptor {
        non_reference: true,
        starts_partition: true,
        partition: Partition::new(5).unwrap(),
        picture_id: Some(id(0x1123, PictureIdWidth::Bits15)),
        layer: Some(TemporalLayer { id: temporal(2), sync: true, tl0_pic_idx: Some(Tl0PicIdx(0x45)) }),
        key_idx: KeyIdx::new(6),
    };
    assert_eq!((payload.descriptor, payload.body), (expected, &[7][..]));
    let none = Descriptor::default();
    let short = Some(id(0x23, PictureIdWidth::Bits7));
    let layer = TemporalLayer { id: temporal(3), sync: false, tl0_pic_idx: None };
    for (bytes, expected) in [
        (&[0x00][..], none),
        (&[0x20], Descriptor { non_reference: true, ..none }),
        (&[0x10], Descriptor { starts_partition: true, ..none }),
        (&[0x80, 0x80, 0x23], Descriptor { picture_id: short, ..none }),
        (&[0x80, 0x20, 0xc0], Descriptor { layer: Some(layer), ..none }),
        (&[0x80, 0x10, 0x1f], Descriptor { key_idx: KeyIdx::new(31), ..none }),
    ] {
        let payload = [bytes, &[7]].concat();
        assert_eq!(descriptor(&payload), expected, "{bytes:?}");
        let mut written = [0; Descriptor::MAX_LEN];
        assert_eq!(expected.write(&mut written), Some(bytes.len()));
        assert_eq!(&written[..bytes.len()], bytes);
        assert_eq!(expected.write(&mut written[..bytes.len() - 1]), None);
    }
    // Reserved bits, an extension of nothing, and what is not said to be there.
    assert_eq!(descriptor(&[0xc8, 0x0f, 7]), none);
    assert_eq!(descriptor(&[0x80, 0x10, 0xff, 7]).layer, None);
    assert_eq!(descriptor(&[0x80, 0x20, 0xff, 7]).key_idx, None);
}

#[test]
fn what_is_no_payload_is_refused() {
    assert_eq!(Payload::parse(&[]), Err(DepayloadError::Empty));
    for bad in [
        &[0x10][..],
        &[0x90],
        &[0x90, 0x80],
        &[0x90, 0x80, 0x80],
        &[0x90, 0x80, 0x80, 1],
        &[0x90, 0x60, 1],
        &[0x90, 0x10],
        // A number of the base layer without a layer.
        &[0x90, 0x40, 1, 2],
        &[0x90, 0x50, 1, 2, 3],
    ] {
        assert_eq!(Payload::parse(bad), Err(DepayloadError::Malformed), "{bad:?}");
        let mut bytes = bad.to_vec();
        assert!(DescriptorMut::parse(&mut bytes).is_err());
        assert!(Vp8Rewriter::new().rewrite(&mut bytes).is_err());
        assert_eq!(bytes, bad);
    }
}

#[test]
fn payloads_of_a_frame_are_even_and_the_last_is_marked() {
    let mut payloader = Vp8Payloader::default();
    let frame = frame(FrameKind::Key, 100);
    let sent = pay(&mut payloader, &frame, 44).unwrap();
    assert_eq!(sent.iter().map(|(payload, _)| payload.len()).collect::<Vec<_>>(), [38, 37, 37]);
    assert_eq!(sent.iter().map(|&(_, marker)| marker).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(sent[0].0[..4], [0x90, 0x80, 0x80, 0]);
    assert_eq!(sent[1].0[..4], [0x80, 0x80, 0x80, 0]);
    let header = Payload::parse(&sent[0].0).unwrap().frame_header().unwrap();
    assert_eq!((header.kind, header.size), (FrameKind::Key, VideoSize::new(320, 180)));
    assert_eq!(Payload::parse(&sent[1].0).unwrap().frame_header(), None);
    // The next frame has the next number.
    assert_eq!(pay(&mut payloader, &frame, 200).unwrap()[0].0[..4], [0x90, 0x80, 0x80, 1]);
}

#[test]
fn numbers_run_as_the_frames_do() {
    let config = Vp8Config {
        picture_id: Some(id(126, PictureIdWidth::Bits7)),
        tl0_pic_idx: Tl0PicIdx(255),
        key_idx: KeyIdx::new(31),
    };
    let mut payloader = Vp8Payloader::new(config);
    let layers = [(0, FrameKind::Key), (2, FrameKind::Delta), (1, FrameKind::Delta), (0, FrameKind::Key)];
    let sent = layers.map(|(layer, kind)| {
        let info = FrameInfo { layer: Some((temporal(layer), layer == 1)), non_reference: layer == 2 };
        let sent = gather(|sink| payloader.packetize_frame(&frame(kind, 20), info, 50, sink)).unwrap();
        assert_eq!(sent.len(), 1);
        descriptor(&sent[0].0)
    });
    assert_eq!(sent.map(|sent| sent.picture_id.unwrap().number()), [126, 127, 0, 1]);
    assert_eq!(sent.map(|sent| sent.layer.unwrap().tl0_pic_idx.unwrap().0), [255, 255, 255, 0]);
    assert_eq!(sent.map(|sent| sent.layer.unwrap().id.get()), [0, 2, 1, 0]);
    assert_eq!(sent.map(|sent| sent.layer.unwrap().sync), [false, false, true, false]);
    assert_eq!(sent.map(|sent| sent.key_idx.unwrap().get()), [31, 31, 31, 0]);
    assert_eq!(sent.map(|sent| sent.non_reference), [false, true, false, false]);
    assert!(sent.iter().all(Descriptor::begins_frame));
}

#[test]
fn a_frame_that_cannot_be_sent_is_refused_and_has_no_number() {
    let mut payloader = Vp8Payloader::default();
    let mut damaged = frame(FrameKind::Key, 20);
    damaged[3] = 0;
    for (frame, limit, error) in [
        (&[][..], 100, PayloadError::Empty),
        (&damaged, 100, PayloadError::Malformed),
        (&KEY[..9], 100, PayloadError::Malformed),
        (&[0x1f, 0, 0], 100, PayloadError::Malformed),
        (&KEY, 4, PayloadError::TooLong { needed: 5, limit: 4 }),
    ] {
        assert_eq!(pay(&mut payloader, frame, limit), Err(error));
    }
    let sent = pay(&mut payloader, &KEY, 5).unwrap();
    assert_eq!(sent.len(), 10);
    assert_eq!(descriptor(&sent[0].0).picture_id.map(PictureId::number), Some(0));
    let mut bare = Vp8Payloader::new(Vp8Config { picture_id: None, ..Vp8Config::default() });
    assert_eq!(pay(&mut bare, &KEY, 11).unwrap(), [([&[0x10], &KEY[..]].concat(), true)]);
}

/// The ninth partition: it starts, and its number wraps to 0 – into the reserved bit, as GStreamer writes it.
#[test]
fn a_partition_within_a_frame_begins_no_frame() {
    let mut depayloader = Vp8Depayloader::new();
    for (seq, payload, extent) in [
        (65_534, &[0x10, 0x10, 1][..], FIRST),
        (65_535, &[0x00, 2], INNER),
        (0, &[0x11, 3], INNER),
        (1, &[0x18, 4], INNER),
        (2, &[0x10, 5], LAST),
        // The next frame, of the same time.
        (3, &[0x10, 6], Extent::WHOLE),
    ] {
        let out = depay(&mut depayloader, (seq, 7, extent.ends), payload);
        assert_eq!(out, Ok((extent, payload[1..].to_vec())), "{seq}");
    }
}

#[test]
fn nothing_is_taken_behind_a_hole() {
    let start = (10, 7, false);
    for (meta, payload) in [
        ((12, 7, false), &[0x00, 2][..]),
        ((12, 7, true), &[0x00, 2]),
        // Of the same frame: it is not the first.
        ((12, 7, false), &[0x10, 2]),
        ((11, 8, false), &[0x00, 2]),
        ((10, 7, false), &[0x00, 2]),
        ((9, 7, false), &[0x00, 2]),
        ((11, 7, false), &[0x80, 0x80, 1, 2]),
    ] {
        let mut depayloader = Vp8Depayloader::new();
        assert_eq!(depay(&mut depayloader, start, &[0x00, 1]), Err(DepayloadError::Headless));
        depay(&mut depayloader, start, &[0x10, 1]).unwrap();
        assert_eq!(depay(&mut depayloader, meta, payload), Err(DepayloadError::Headless), "{meta:?}");
        assert_eq!(depay(&mut depayloader, (13, 7, true), &[0x00, 3]), Err(DepayloadError::Headless));
        assert!(depay(&mut depayloader, (14, 9, false), &[0x10, 4]).unwrap().0.begins);
        assert_eq!(depay(&mut depayloader, (15, 9, true), &[0x00, 5]), Ok((LAST, vec![5])));
    }
    // What is damaged is as good as lost.
    let mut depayloader = Vp8Depayloader::new();
    depay(&mut depayloader, start, &[0x10, 1]).unwrap();
    assert_eq!(depay(&mut depayloader, (11, 7, false), &[0x80]), Err(DepayloadError::Malformed));
    assert_eq!(depay(&mut depayloader, (12, 7, true), &[0x00, 3]), Err(DepayloadError::Headless));
}

#[test]
fn a_frame_that_is_given_again_begins_again() {
    let mut depayloader = Vp8Depayloader::new();
    for _ in 0..3 {
        assert_eq!(depay(&mut depayloader, (10, 7, false), &[0x10, 1]), Ok((FIRST, vec![1])));
        assert_eq!(depay(&mut depayloader, (11, 7, false), &[0x10, 2]), Ok((INNER, vec![2])));
    }
    // Another picture id: another frame, though the one before had no marker.
    let other = depay(&mut depayloader, (12, 7, true), &[0x90, 0x80, 5, 3]);
    assert_eq!(other, Ok((Extent::WHOLE, vec![3])));
}

#[test]
fn numbers_are_rewritten_in_their_width() {
    let mut long = [0x90, 0xf0, 0x81, 2, 3, 0xe4, 9];
    let mut payload = DescriptorMut::parse(&mut long).unwrap();
    assert_eq!(payload.set_picture_id(0xffff), Patched::Written);
    assert_eq!(payload.set_tl0_pic_idx(Tl0PicIdx(0x77)), Patched::Written);
    assert_eq!(payload.set_key_idx(KeyIdx::MAX), Patched::Written);
    let patched = *payload.descriptor();
    assert_eq!(long, [0x90, 0xf0, 0xff, 0xff, 0x77, 0xff, 9]);
    assert_eq!(descriptor(&long), patched);
    let mut short = [0x90, 0x90, 1, 0xe4, 9];
    let mut payload = DescriptorMut::parse(&mut short).unwrap();
    assert_eq!(payload.set_picture_id(0xff02), Patched::Written);
    assert_eq!(payload.set_tl0_pic_idx(Tl0PicIdx(0x77)), Patched::Absent);
    assert_eq!(payload.set_key_idx(KeyIdx::default()), Patched::Written);
    assert_eq!(short, [0x90, 0x90, 2, 0xe0, 9]);
    let mut bare = [0x10, 9];
    let mut payload = DescriptorMut::parse(&mut bare).unwrap();
    assert_eq!(payload.set_picture_id(1), Patched::Absent);
    assert_eq!(payload.set_tl0_pic_idx(Tl0PicIdx(1)), Patched::Absent);
    assert_eq!(payload.set_key_idx(KeyIdx::MAX), Patched::Absent);
    assert_eq!(bare, [0x10, 9]);
}

/// The frames of one source, with three temporal layers, from these numbers on.
fn source(config: Vp8Config, frames: usize) -> Vec<Vec<u8>> {
    let mut payloader = Vp8Payloader::new(config);
    (0..frames)
        .map(|index| {
            let kind = if index == 0 { FrameKind::Key } else { FrameKind::Delta };
            let info =
                FrameInfo { layer: Some((temporal([0, 2, 1, 2][index % 4]), false)), non_reference: false };
            let mut sent =
                gather(|sink| payloader.packetize_frame(&frame(kind, 12), info, 50, sink)).unwrap();
            sent.remove(0).0
        })
        .collect()
}

#[test]
fn a_receiver_sees_one_stream_whatever_the_forwarder_does() {
    let config = |picture, base, key| Vp8Config {
        picture_id: Some(id(picture, PictureIdWidth::Bits15)),
        tl0_pic_idx: Tl0PicIdx(base),
        key_idx: KeyIdx::new(key),
    };
    let mut rewriter = Vp8Rewriter::new();
    let mut seen = Vec::new();
    // The base layer of one source alone, all of another, and the lower two layers of a third.
    for (config, highest) in [(config(0x7ffd, 254, 31), 0), (config(9, 9, 9), 2), (config(77, 7, 7), 1)] {
        rewriter.switch();
        for mut payload in source(config, 8) {
            if descriptor(&payload).is_needed(temporal(highest)) {
                assert_eq!(rewriter.rewrite(&mut payload), Ok(Renumbered::Written));
                seen.push(descriptor(&payload));
            } else {
                rewriter.leave_out(&payload).unwrap();
                assert_eq!(rewriter.rewrite(&mut payload), Ok(Renumbered::LeftOut));
            }
        }
    }
    let layer = |descriptor: &Descriptor| descriptor.layer.unwrap();
    let ids: Vec<_> = seen.iter().map(|descriptor| descriptor.picture_id.unwrap().number()).collect();
    let expected: Vec<_> = (0x7ffd_u16..).map(|number| number & 0x7fff).take(14).collect();
    assert_eq!(ids, expected);
    let bases: Vec<_> = seen.iter().map(|descriptor| layer(descriptor).tl0_pic_idx.unwrap().0).collect();
    assert_eq!(bases, [254, 255, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3]);
    let keys: Vec<_> = seen.iter().map(|descriptor| descriptor.key_idx.unwrap().get()).collect();
    assert_eq!(keys, [31, 31, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
}

#[test]
fn a_key_frame_far_back_begins_anew_and_no_other_frame_does() {
    let mut rewriter = Vp8Rewriter::new();
    let [mut last, mut lie] = [500, 9_000].map(|number: u16| {
        let [high, low] = number.to_be_bytes();
        [0x90, 0x80, 0x80 | high, low, 7]
    });
    assert_eq!(rewriter.rewrite(&mut last), Ok(Renumbered::Written));
    assert_eq!(rewriter.rewrite(&mut lie), Ok(Renumbered::Written));
    let config =
        Vp8Config { picture_id: PictureId::new(502, PictureIdWidth::Bits15), ..Vp8Config::default() };
    let mut frames = source(config, 2);
    let mut behind = frames[1].clone();
    assert_eq!(rewriter.rewrite(&mut behind), Ok(Renumbered::LeftOut));
    assert_eq!(behind, frames[1]);
    for (payload, number) in frames.iter_mut().zip([9_001, 9_002]) {
        assert_eq!(rewriter.rewrite(payload), Ok(Renumbered::Written));
        assert_eq!(descriptor(payload).picture_id.map(PictureId::number), Some(number));
    }
}

prop_compose! {
    fn descriptors()(
        first in any::<u8>(),
        picture_id in proptest::option::of((any::<bool>(), any::<u16>())),
        layer in proptest::option::of((any::<u8>(), any::<bool>(), proptest::option::of(any::<u8>()))),
        key_idx in proptest::option::of(0_u8..32),
    ) -> Descriptor {
        Descriptor {
            non_reference: first & 1 == 0,
            starts_partition: first & 2 == 0,
            partition: Partition::of_low_bits(first >> 5),
            picture_id: picture_id.map(|(is_long, number)| {
                let width = if is_long { PictureIdWidth::Bits15 } else { PictureIdWidth::Bits7 };
                id(number & width.max(), width)
            }),
            layer: layer.map(|(id, sync, tl0)| {
                TemporalLayer { id: TemporalId::of_low_bits(id), sync, tl0_pic_idx: tl0.map(Tl0PicIdx) }
            }),
            key_idx: key_idx.and_then(KeyIdx::new),
        }
    }
}

proptest! {
    #[test]
    fn a_descriptor_is_read_as_it_is_written(descriptor in descriptors(), body in 0_u8..) {
        let mut bytes = [body; Descriptor::MAX_LEN + 1];
        let len = descriptor.write(&mut bytes).unwrap();
        let payload = Payload::parse(&bytes).unwrap();
        prop_assert_eq!(payload, Payload { descriptor, body: &bytes[len..] });
    }

    #[test]
    fn a_frame_comes_back_as_it_was(
        mut frame in proptest::collection::vec(any::<u8>(), 1..2_000),
        limit in 5_usize..1_300,
    ) {
        frame[0] = 0x11;
        let sent = pay(&mut Vp8Payloader::default(), &frame, limit).unwrap();
        let mut depayloader = Vp8Depayloader::new();
        let mut back = Vec::new();
        for (index, (payload, marker)) in sent.iter().enumerate() {
            prop_assert!(payload.len() <= limit);
            let (extent, bytes) = depay(&mut depayloader, (index as u16, 1, *marker), payload).unwrap();
            prop_assert_eq!(extent, Extent { begins: index == 0, ends: index + 1 == sent.len() });
            back.extend(bytes);
        }
        prop_assert_eq!(back, frame);
    }
}
