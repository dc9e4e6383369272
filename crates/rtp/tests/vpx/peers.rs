//! webrtc-rs (`rtp`) and str0m, each way.

use crate::{Sent, depay, packets, pay};
use bytes::Bytes;
use moim_rtp::payload::vp8::{self, Vp8Depayloader, Vp8Payloader};
use moim_rtp::payload::vp9::{self, Layer, Mode, References, Vp9Depayloader, Vp9Payloader};
use moim_rtp::payload::{PictureId, PictureIdWidth, Tl0PicIdx};
use rtp::codecs::vp8::{Vp8Packet, Vp8Payloader as WebrtcVp8Payloader};
use rtp::codecs::vp9::{Vp9Packet, Vp9Payloader as WebrtcVp9Payloader};
use rtp::packetizer::{Depacketizer as _, Payloader as _};
use std::sync::Arc;
use str0m::format::CodecExtra;
use str0m::unversioned::{Depacketizer as _, Packetizer as _, Vp8Depacketizer, Vp8Packetizer};

const LIMIT: usize = 300;

/// Units of all lengths around the limit, and longer.
fn units(start: &[u8]) -> Vec<Vec<u8>> {
    (start.len()..2 * LIMIT)
        .chain([5_000])
        .map(|len| [start, &vec![len as u8; len - start.len()]].concat())
        .collect()
}

const VP8: &[u8] = &[0x11, 0x52, 0x02];
const VP9: &[u8] = &[0x86, 0x00, 0x40, 0x92];

/// Marked as packets of a unit are.
fn marked(payloads: impl ExactSizeIterator<Item = Vec<u8>>) -> Sent {
    let last = payloads.len() - 1;
    payloads.enumerate().map(|(index, payload)| (payload, index == last)).collect()
}

#[test]
fn we_take_what_peers_send() {
    let units = units(VP8);
    for enable_picture_id in [false, true] {
        let mut payloader = WebrtcVp8Payloader::default();
        payloader.enable_picture_id = enable_picture_id;
        let mut send = |unit: &Vec<u8>| payloader.payload(LIMIT, &Bytes::from(unit.clone())).unwrap();
        let sent: Vec<_> =
            units.iter().map(|unit| marked(send(unit).iter().map(|payload| payload.to_vec()))).collect();
        assert!(depay(&mut Vp8Depayloader::new(), &packets(&sent)) == units);
    }
    let mut payloader = Vp8Packetizer::default();
    let sent: Vec<_> =
        units.iter().map(|unit| marked(payloader.packetize(LIMIT, unit).unwrap().into_iter())).collect();
    assert!(depay(&mut Vp8Depayloader::new(), &packets(&sent)) == units);

    let units = crate::peers::units(VP9);
    let mut payloader = WebrtcVp9Payloader::default();
    payloader.initial_picture_id_fn = Some(Arc::new(|| 0x7ff0));
    let mut send = |unit: &Vec<u8>| payloader.payload(LIMIT, &Bytes::from(unit.clone())).unwrap();
    let sent: Vec<_> =
        units.iter().map(|unit| marked(send(unit).iter().map(|payload| payload.to_vec()))).collect();
    assert!(depay(&mut Vp9Depayloader::new(), &packets(&sent)) == units);
}

#[test]
fn peers_take_what_we_send() {
    let (mut vp8, mut vp9) = (Vp8Payloader::default(), Vp9Payloader::default());
    let mut str0m = Vp8Depacketizer::default();
    for unit in units(VP8) {
        let (mut back, mut theirs) = (Vec::new(), Vec::new());
        for (payload, _) in pay(&mut vp8, &unit, LIMIT) {
            str0m.depacketize(&payload, &mut theirs, &mut CodecExtra::None).unwrap();
            back.extend_from_slice(&Vp8Packet::default().depacketize(&payload.into()).unwrap());
        }
        assert!(back == unit && theirs == unit);
    }
    let key = [0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xf0, 0x0b, 0x36, 0x04];
    for unit in units(VP9).into_iter().chain([key.to_vec()]) {
        let mut back = Vec::new();
        for (payload, _) in pay(&mut vp9, &unit, LIMIT) {
            back.extend_from_slice(&Vp9Packet::default().depacketize(&payload.into()).unwrap());
        }
        assert!(back == unit);
    }
}

fn picture_ids() -> [Option<PictureId>; 3] {
    let id = |number, width| PictureId::new(number, width);
    [None, id(0x55, PictureIdWidth::Bits7), id(0x2345, PictureIdWidth::Bits15)]
}

#[test]
fn peers_read_every_field_of_vp8_as_we_write_it() {
    for picture_id in picture_ids() {
        for bits in 0..=0xff_u8 {
            let layer = vp8::TemporalLayer {
                id: vp8::TemporalId::new(bits >> 6).unwrap(),
                sync: bits & 1 != 0,
                tl0_pic_idx: Some(Tl0PicIdx(!bits)).filter(|_| bits & 2 != 0),
            };
            let descriptor = vp8::Descriptor {
                non_reference: bits & 4 != 0,
                starts_partition: bits & 8 != 0,
                partition: vp8::Partition::new(bits & 7).unwrap(),
                picture_id,
                layer: Some(layer).filter(|_| bits & 16 != 0),
                key_idx: vp8::KeyIdx::new(bits & 31).filter(|_| bits & 32 != 0),
            };
            let mut payload = [0; vp8::Descriptor::MAX_LEN + 3];
            let len = descriptor.write(&mut payload).unwrap() + 3;
            let payload = &payload[..len];
            let mut theirs = Vp8Packet::default();
            let body = theirs.depacketize(&Bytes::copy_from_slice(payload)).unwrap();
            assert_eq!(body.len(), 3);
            let mut str0m = Vp8Depacketizer::default();
            str0m.depacketize(payload, &mut Vec::new(), &mut CodecExtra::None).unwrap();
            assert_eq!((theirs.n, str0m.n), (bits >> 2 & 1, bits >> 2 & 1));
            assert_eq!((theirs.s, str0m.s), (bits >> 3 & 1, bits >> 3 & 1));
            assert_eq!((theirs.pid, str0m.pid), (bits & 7, bits & 7));
            let number = picture_id.map_or(0, PictureId::number);
            assert_eq!((theirs.picture_id, str0m.picture_id), (number, number));
            let layer = descriptor.layer.unwrap_or_default();
            let tl0 = layer.tl0_pic_idx.map_or(0, |tl0| tl0.0);
            assert_eq!((theirs.tl0_pic_idx, str0m.tl0_pic_idx), (tl0, tl0));
            assert_eq!((theirs.tid, str0m.tid), (layer.id.get(), layer.id.get()));
            assert_eq!((theirs.y, str0m.y), (u8::from(layer.sync), u8::from(layer.sync)));
            let key = descriptor.key_idx.map_or(0, vp8::KeyIdx::get);
            assert_eq!((theirs.key_idx, str0m.key_idx), (key, key));
        }
    }
}

#[test]
fn webrtc_rs_reads_every_field_of_vp9_as_we_write_it() {
    for picture_id in picture_ids() {
        for bits in 0..=0xff_u8 {
            // It knows five spatial layers, and refuses the third reference.
            let layer = Layer {
                temporal: vp9::TemporalId::new(bits >> 5).unwrap(),
                switching_up: bits & 16 != 0,
                spatial: vp9::SpatialId::new((bits >> 1 & 7) % 5).unwrap(),
                inter_layer: bits & 1 != 0,
            };
            let references = References::new(&[1, 127][..usize::from(bits % 3)]).unwrap();
            let layer = Some(layer).filter(|_| bits & 2 != 0);
            let mode = if bits & 1 == 0 {
                Mode::Flexible { references, layer }
            } else {
                let layer = layer.map(|layer| (layer, Tl0PicIdx(!bits)));
                Mode::NonFlexible { inter_picture: bits & 64 != 0, layer }
            };
            let descriptor = vp9::Descriptor {
                picture_id,
                mode,
                begins_frame: bits & 4 != 0,
                ends_frame: bits & 8 != 0,
                unused_by_higher: bits & 16 != 0,
                structure: None,
            };
            let mut payload = [0; vp9::Descriptor::MAX_LEN + 3];
            let len = descriptor.write(&mut payload).unwrap() + 3;
            let mut theirs = Vp9Packet::default();
            let body = theirs.depacketize(&Bytes::copy_from_slice(&payload[..len])).unwrap();
            assert_eq!(body.len(), 3);
            assert_eq!((theirs.b, theirs.e, theirs.z), (bits & 4 != 0, bits & 8 != 0, bits & 16 != 0));
            assert_eq!((theirs.f, theirs.p), (bits & 1 == 0, descriptor.is_inter_picture()));
            assert_eq!(theirs.picture_id, picture_id.map_or(0, PictureId::number));
            assert_eq!((theirs.l, theirs.tid), (layer.is_some(), descriptor.temporal().get()));
            assert_eq!(theirs.sid, descriptor.spatial().get());
            let layer = layer.unwrap_or_default();
            assert_eq!((theirs.u, theirs.d), (layer.switching_up, layer.inter_layer));
            assert_eq!(theirs.tl0picidx, descriptor.tl0_pic_idx().map_or(0, |tl0| tl0.0));
            assert_eq!(theirs.pdiff, descriptor.references().as_slice());
        }
    }
}
