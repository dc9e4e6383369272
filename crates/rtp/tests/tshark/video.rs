//! Payloads of video: VP8 (RFC 7741; RFC 6386, section 9.1) and H.264 (RFC 6184; ITU-T H.264, section 7.3).

use crate::capture::Capture;
use crate::rtp::packet;
use crate::samples::{numbers, samples};
use crate::shark::{Dissected, Layer, RTP, read, read_with_complaints};
use moim_rtp::payload::h264::{H264Payloader, PacketizationMode};
use moim_rtp::payload::vp8::{Descriptor, KeyIdx, Partition, TemporalId, TemporalLayer};
use moim_rtp::payload::{Fragment, Payloader, PictureId, PictureIdWidth, Tl0PicIdx};
use proptest::option;
use proptest::prelude::*;

prop_compose! {
    fn descriptors()(
        non_reference: bool,
        starts_partition: bool,
        partition in numbers(0_u8, 7),
        picture_id in option::of(prop_oneof![
            numbers(0_u16, 0x7f).prop_map(|number| (number, PictureIdWidth::Bits7)),
            numbers(0_u16, 0x7fff).prop_map(|number| (number, PictureIdWidth::Bits15)),
        ]),
        layer in option::of((numbers(0_u8, 3), any::<bool>(), option::of(numbers(0_u8, 255)))),
        key_idx in option::of(numbers(0_u8, 31)),
    ) -> Descriptor {
        Descriptor {
            non_reference,
            starts_partition,
            partition: Partition::new(partition).unwrap(),
            picture_id: picture_id.and_then(|(number, width)| PictureId::new(number, width)),
            layer: layer.map(|(id, sync, tl0)| TemporalLayer {
                id: TemporalId::new(id).unwrap(),
                sync,
                tl0_pic_idx: tl0.map(Tl0PicIdx),
            }),
            key_idx: key_idx.and_then(KeyIdx::new),
        }
    }
}

/// The beginning of a frame of VP8: a key frame where it has a size.
fn vp8_frame(version: u8, shown: bool, partition: u32, size: Option<(u16, u16)>) -> Vec<u8> {
    let tag = u32::from(size.is_none()) | u32::from(version) << 1 | u32::from(shown) << 4 | partition << 5;
    let mut frame = tag.to_le_bytes()[..3].to_vec();
    if let Some((width, height)) = size {
        frame.extend([0x9d, 0x01, 0x2a]);
        frame.extend(width.to_le_bytes());
        frame.extend(height.to_le_bytes());
    }
    frame.resize(40, 0x55);
    frame
}

#[test]
fn descriptors_of_vp8_are_read_as_they_were_meant() {
    // The first partition's size has 19 bits, of which tshark 4.0 shows 16.
    let sizes = option::of((numbers(1_u16, 0x3fff), numbers(1_u16, 0x3fff)));
    let all = samples((descriptors(), numbers(0_u8, 3), any::<bool>(), numbers(1_u32, 0xffff), sizes), 200);
    let mut capture = Capture::default();
    for (descriptor, version, shown, partition, size) in &all {
        let mut prefix = [0; Descriptor::MAX_LEN];
        let len = descriptor.write(&mut prefix).unwrap();
        let frame = vp8_frame(*version, *shown, *partition, *size);
        capture.push(RTP, &packet(96, true, 0, &[&prefix[..len], &frame]));
    }
    let Some(dissected) = read("vp8", &capture, &[(96, "vp8")]) else { return };
    for ((meant, version, shown, partition, size), datagram) in all.iter().zip(&dissected) {
        let vp8 = datagram.layer("vp8");
        assert_descriptor(vp8, meant);
        if !meant.begins_frame() {
            continue;
        }
        assert_eq!(vp8.numbers("vp8.hdr.frametype"), [i64::from(size.is_none())]);
        assert_eq!(vp8.numbers("vp8.hdr.version"), [i64::from(*version)]);
        assert_eq!(vp8.numbers("vp8.hdr.show"), [i64::from(*shown)]);
        assert_eq!(vp8.numbers("vp8.hdr.partition_size"), [i64::from(*partition)]);
        let column = |name: &str| vp8.numbers(&format!("vp8.keyframe.{name}"));
        assert_eq!(column("width"), Vec::from_iter(size.map(|size| size.0.into())));
        assert_eq!(column("height"), Vec::from_iter(size.map(|size| size.1.into())));
        assert_eq!(column("horizontal_scale"), Vec::from_iter(size.map(|_| 0)));
        assert_eq!(column("vertical_scale"), Vec::from_iter(size.map(|_| 0)));
    }
}

fn assert_descriptor(vp8: &Layer, meant: &Descriptor) {
    let is = |name: &str, numbers: Option<i64>| {
        assert_eq!(vp8.numbers(&format!("vp8.pld.{name}")), Vec::from_iter(numbers), "{name} of {meant:?}");
    };
    let layer = meant.layer;
    let tl0 = layer.and_then(|layer| layer.tl0_pic_idx);
    let flags = [meant.picture_id.is_some(), tl0.is_some(), layer.is_some(), meant.key_idx.is_some()];
    let extended = flags.contains(&true);
    is("x", Some(extended.into()));
    is("r", Some(0));
    is("n", Some(meant.non_reference.into()));
    is("s", Some(meant.starts_partition.into()));
    is("partid", Some(meant.partition.get().into()));
    for (name, flag) in ["i", "l", "t", "k"].into_iter().zip(flags) {
        is(name, extended.then_some(flag.into()));
    }
    is("pictureid", meant.picture_id.map(|id| id.number().into()));
    is("tl0picidx", tl0.map(|tl0| tl0.0.into()));
    // These share a byte: what is not there is written as zero, and shown.
    let (layer, key_idx) = (layer.unwrap_or_default(), meant.key_idx.map_or(0, KeyIdx::get));
    let there = flags[2] || flags[3];
    is("tid", there.then_some(layer.id.get().into()));
    is("y", there.then_some(layer.sync.into()));
    is("keyidx", there.then_some(key_idx.into()));
}

/// Of profile 66 (constrained), level 3.1, 20 by 12 macroblocks, picture order by number, one reference.
const SEQUENCE: [u8; 8] = [0x67, 0x42, 0xc0, 0x1f, 0xda, 0x05, 0x06, 0x64];
const PICTURE: [u8; 4] = [0x68, 0xce, 0x3c, 0x80];

/// The header of a slice of the picture from its first macroblock on: intra, as all of the picture is.
const SLICE: [u8; 2] = [0x88, 0x80];

/// A NAL unit with a slice of `len` bytes.
fn slice(reference: u8, kind: u8, len: usize) -> Vec<u8> {
    let mut nal = [&[reference << 5 | kind], &SLICE[..]].concat();
    nal.resize(1 + len, 0xa5);
    nal
}

/// What tshark reads of units of these NAL units; of a slice it decodes no more than the header, and says so.
#[track_caller]
fn h264(name: &str, units: &[&[&[u8]]], limit: usize) -> Option<Vec<Dissected>> {
    let mut payloader = H264Payloader::new(PacketizationMode::NonInterleaved);
    let mut capture = Capture::default();
    for unit in units {
        let unit = unit.iter().flat_map(|nal| [&[0, 0, 0, 1], *nal].concat()).collect::<Vec<_>>();
        let mut send = |fragment: Fragment<'_>| {
            capture.push(RTP, &packet(97, fragment.marker, 0, &[fragment.prefix, fragment.body]));
        };
        payloader.packetize(&unit, limit, &mut send).unwrap();
    }
    let dissected = read_with_complaints(name, &capture, &[(97, "h264")])?;
    for datagram in &dissected {
        let complaints = datagram.complaints();
        assert!(complaints.iter().all(|&complaint| complaint == "[Not decoded yet]"), "{complaints:?}");
    }
    Some(dissected)
}

#[track_caller]
fn assert_heads(datagram: &Dissected, marker: bool, references: &[i64], kinds: &[i64]) {
    assert_eq!(datagram.layer("rtp").numbers("rtp.marker"), [marker.into()]);
    assert!(datagram.numbers("h264.f").iter().all(|&forbidden| forbidden == 0));
    assert_eq!(datagram.numbers("h264.nal_nri"), references);
    assert_eq!(datagram.numbers("h264.nal_unit_hdr"), kinds);
}

#[test]
fn slices_of_h264_are_read_as_they_were_meant() {
    let slices: Vec<_> = [1_u8, 5]
        .into_iter()
        .flat_map(|kind| (0..4_u8).map(move |reference| (reference, kind)))
        // What is refreshed is referred to.
        .filter(|&slice| slice != (0, 5))
        .collect();
    let nals: Vec<_> = slices.iter().map(|&(reference, kind)| slice(reference, kind, 40)).collect();
    let units: Vec<_> = nals.iter().map(|nal| [&nal[..]]).collect();
    let units: Vec<_> = units.iter().map(|unit| &unit[..]).collect();
    let Some(dissected) = h264("h264_slices", &units, 1_200) else { return };
    for (((reference, kind), nal), datagram) in slices.iter().zip(&nals).zip(&dissected) {
        assert_heads(datagram, true, &[(*reference).into()], &[(*kind).into()]);
        assert_eq!(datagram.bytes("rtp.payload"), [&nal[..]]);
        assert_eq!(datagram.numbers("h264.first_mb_in_slice"), [0]);
        assert_eq!(datagram.numbers("h264.slice_type"), [7]);
        assert_eq!(datagram.numbers("h264.pic_parameter_set_id"), [0]);
    }
}

#[test]
fn aggregates_of_h264_are_read_as_they_were_meant() {
    let refresh = slice(3, 5, 40);
    let Some(dissected) = h264("h264_aggregate", &[&[&SEQUENCE, &PICTURE, &refresh]], 1_200) else { return };
    let [sets, refresh] = &dissected[..] else { panic!("{dissected:#?}") };
    assert_heads(sets, false, &[3, 3, 3], &[24, 7, 8]);
    assert_eq!(sets.numbers("h264.nalu_size"), [8, 4]);
    assert_eq!(sets.numbers("h264.profile_idc"), [66]);
    assert_eq!(sets.numbers("h264.constraint_set1_flag"), [1]);
    assert_eq!(sets.numbers("h264.level_id"), [31]);
    assert_eq!(sets.numbers("h264.pic_order_cnt_type"), [2]);
    assert_eq!(sets.numbers("h264.num_ref_frames"), [1]);
    assert_eq!(sets.numbers("h264.pic_width_in_mbs_minus1"), [19]);
    assert_eq!(sets.numbers("h264.pic_height_in_map_units_minus1"), [11]);
    assert_eq!(sets.numbers("h264.deblocking_filter_control_present_flag"), [1]);
    assert_eq!(sets.numbers("h264.rbsp_stop_bit"), [1, 1], "both end where they should");
    assert_heads(refresh, true, &[3], &[5]);
}

#[test]
fn fragments_of_h264_are_read_as_they_were_meant() {
    for (limit, len) in [(100, 150), (100, 1_000), (500, 5_000)] {
        let picture = slice(2, 1, len);
        let Some(dissected) = h264(&format!("h264_fragments_{limit}_{len}"), &[&[&picture]], limit) else {
            return;
        };
        let last = dissected.len() - 1;
        assert!(last > 0);
        let mut body = Vec::new();
        for (index, datagram) in dissected.iter().enumerate() {
            assert_heads(datagram, index == last, &[2], &[28]);
            assert_eq!(datagram.numbers("h264.nal_unit_type"), [1]);
            assert_eq!(datagram.numbers("h264.start.bit"), [(index == 0).into()]);
            assert_eq!(datagram.numbers("h264.end.bit"), [(index == last).into()]);
            assert_eq!(datagram.numbers("h264.forbidden.bit"), [0]);
            body.extend_from_slice(&datagram.bytes("rtp.payload")[0][2..]);
        }
        assert_eq!(body, picture[1..]);
        assert_eq!(dissected[0].numbers("h264.slice_type"), [7]);
    }
}
