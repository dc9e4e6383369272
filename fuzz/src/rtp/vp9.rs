//! VP9 payloads.

use super::video::{Lossy, Sent, gather};
use arbitrary::{Result, Unstructured};
use bytes::Bytes;
use moim_rtp::payload::vp9::{
    Coding, Descriptor, DescriptorMut, FrameHeader, FrameInfo, Layer, Mode, Payload, Position, References,
    SpatialId, TemporalId, Vp9Config, Vp9Depayloader, Vp9Mode, Vp9Payloader, Vp9Rewriter,
};
use moim_rtp::payload::{DepayloadError, PayloadError, Payloader, PictureId, PictureIdWidth, Tl0PicIdx};
use rtp::codecs::vp9::Vp9Packet;
use rtp::packetizer::Depacketizer as _;

/// Whatever a payload holds: what is read of it is written as what is read as the same; renumbered in place it is what
/// is written of the renumbered descriptor; and webrtc-rs reads the same, where it knows how.
pub fn vp9_payload(data: &[u8]) {
    let Some((&[picture_id, picture_id_low, tl0_pic_idx], data)) = data.split_first_chunk() else { return };
    let payload = match Payload::parse(data) {
        Ok(payload) => payload,
        Err(error) => {
            assert_eq!(error == DepayloadError::Empty, data.is_empty());
            let mut copy = data.to_vec();
            assert_eq!(Vp9Rewriter::new().rewrite(&mut copy), Err(error));
            return assert_eq!(copy, data);
        }
    };
    let Payload { descriptor, body } = payload;
    let header = payload.frame_header();
    assert_eq!(header, Some(body).filter(|_| descriptor.begins_frame).and_then(FrameHeader::parse));
    let written = write(&descriptor, body);
    assert!(written.len() <= data.len());
    let again = Payload::parse(&written).expect("just written");
    assert_eq!((again.body, again.descriptor.mode), (body, descriptor.mode));
    assert_eq!(write(&again.descriptor, body), written);
    if is_known_to_webrtc_rs(&descriptor) {
        assert_same_to_webrtc_rs(data, &payload);
    }

    let mut renumbered = written;
    let mut place = DescriptorMut::parse(&mut renumbered).expect("just written");
    let number = u16::from_be_bytes([picture_id, picture_id_low]);
    let _ = place.set_picture_id(number);
    let _ = place.set_tl0_pic_idx(Tl0PicIdx(tl0_pic_idx));
    let mut expected = descriptor;
    expected.picture_id = expected.picture_id.map(|id| id.with_number(number));
    if let Mode::NonFlexible { layer: Some((_, tl0)), .. } = &mut expected.mode {
        *tl0 = Tl0PicIdx(tl0_pic_idx);
    }
    assert_eq!((place.picture_id(), place.tl0_pic_idx()), (expected.picture_id, expected.tl0_pic_idx()));
    assert_eq!(renumbered, write(&expected, body));
}

fn write(descriptor: &Descriptor<'_>, body: &[u8]) -> Vec<u8> {
    let mut prefix = vec![0; 1_200];
    let len = descriptor.write(&mut prefix).expect("what is read can be written");
    [&prefix[..len], body].concat()
}

/// It has no spatial layers above the fifth, refuses the third reference, and looks for the group of a structure in
/// the reserved bits.
fn is_known_to_webrtc_rs(descriptor: &Descriptor<'_>) -> bool {
    descriptor.spatial().get() < 5
        && descriptor.references().as_slice().len() < 3
        && descriptor.structure.is_none()
}

fn assert_same_to_webrtc_rs(data: &[u8], Payload { descriptor, body }: &Payload<'_>) {
    let mut theirs = Vp9Packet::default();
    assert_eq!(theirs.depacketize(&Bytes::copy_from_slice(data)).expect("we read it"), body);
    assert_eq!((theirs.b, theirs.e), (descriptor.begins_frame, descriptor.ends_frame));
    assert_eq!((theirs.z, theirs.v), (descriptor.unused_by_higher, false));
    assert_eq!(theirs.f, matches!(descriptor.mode, Mode::Flexible { .. }));
    assert_eq!(theirs.p, descriptor.is_inter_picture());
    assert_eq!((theirs.i, theirs.l), (descriptor.picture_id.is_some(), descriptor.layer().is_some()));
    assert_eq!(theirs.picture_id, descriptor.picture_id.map_or(0, PictureId::number));
    let layer = descriptor.layer().unwrap_or_default();
    assert_eq!((theirs.tid, theirs.sid), (layer.temporal.get(), layer.spatial.get()));
    assert_eq!((theirs.u, theirs.d), (layer.switching_up, layer.inter_layer));
    assert_eq!(theirs.tl0picidx, descriptor.tl0_pic_idx().map_or(0, |tl0| tl0.0));
    assert_eq!(theirs.pdiff, descriptor.references().as_slice());
}

/// What is paid comes back as it was, frames of several layers behind one another; when packets are lost, what comes
/// back is the beginning of each picture up to the first that is missing.
pub fn vp9_roundtrip(data: &[u8]) {
    // The end of the input is the end of the stream.
    let _ = stream(&mut Unstructured::new(data));
}

fn stream(input: &mut Unstructured<'_>) -> Result<()> {
    let width = *input.choose(&[PictureIdWidth::Bits7, PictureIdWidth::Bits15])?;
    let picture_id = PictureId::new(input.arbitrary::<u16>()? & width.max(), width).expect("it fits");
    let mode = *input.choose(&[Vp9Mode::NonFlexible, Vp9Mode::Flexible])?;
    let tl0_pic_idx = Tl0PicIdx(input.arbitrary()?);
    let mut payloader = Vp9Payloader::new(Vp9Config { mode, picture_id, tl0_pic_idx, structure: None });
    let mut receivers = Lossy::new(Vp9Depayloader::new(), Vp9Depayloader::new(), input.arbitrary()?);
    let (mut id, mut tl0) = (picture_id, tl0_pic_idx);
    while !input.is_empty() {
        // Long enough for whatever descriptor comes, so that no layer of a picture is refused.
        let limit = input.int_in_range(16..=1_200)?;
        let temporal = input.int_in_range(0..=3)?;
        let layers = input.int_in_range(0..=2)?;
        let (mut unit, mut sent) = (Vec::new(), Vec::new());
        if layers == 0 {
            unit = frame(input)?;
            match gather(|sink| payloader.packetize(&unit, limit, sink)) {
                Ok(payloads) => sent = payloads,
                Err(error) => {
                    assert_unsendable(&unit, error);
                    continue;
                }
            }
        }
        for spatial in 0..layers {
            let mut frame = frame(input)?;
            if FrameHeader::parse(&frame).is_none() {
                frame = vec![0x86, 0x00];
            }
            let info = info(input, temporal, spatial, layers)?;
            sent.extend(
                gather(|sink| payloader.packetize_frame(&frame, info, limit, sink)).expect("a frame"),
            );
            unit.extend(frame);
        }
        let is_base = layers == 0 || temporal == 0;
        let base = if is_base { tl0 } else { Tl0PicIdx(tl0.0.wrapping_sub(1)) };
        assert_descriptors(&sent, id, base);
        (id, tl0) = (id.next(), if is_base { tl0.next() } else { tl0 });
        assert!(sent.iter().all(|(payload, _)| payload.len() <= limit));
        receivers.unit(&unit, &sent, input)?;
    }
    Ok(())
}

/// Of one layer among several of a picture.
fn info(input: &mut Unstructured<'_>, temporal: u8, spatial: u8, layers: u8) -> Result<FrameInfo> {
    let differences: [u8; 2] = input.arbitrary()?;
    let count = input.int_in_range(0..=2)?;
    let layer = Layer {
        temporal: TemporalId::new(temporal).expect("three bits"),
        switching_up: input.arbitrary()?,
        spatial: SpatialId::new(spatial).expect("three bits"),
        inter_layer: spatial > 0,
    };
    Ok(FrameInfo {
        layer: Some(layer),
        references: References::new(&differences.map(|back| back % 128)[..count]).expect("up to two"),
        unused_by_higher: input.arbitrary()?,
        position: if spatial + 1 == layers { Position::Last } else { Position::Inner },
    })
}

/// Nothing, something, a frame, and now and then a key frame.
fn frame(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let start: &[u8] = match input.int_in_range(0..=4)? {
        0 => &[0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xf0, 0x0b, 0x36, 0x04],
        1 => &[],
        2 => &[0x88],
        _ => &[0x86, 0x00],
    };
    let len = input.int_in_range(0..=3_000)?;
    let pattern = input.bytes(input.len().min(5))?;
    Ok(start.iter().chain(pattern.iter().cycle().take(len)).copied().collect())
}

fn assert_unsendable(unit: &[u8], error: PayloadError) {
    match error {
        PayloadError::Empty => assert!(unit.is_empty()),
        PayloadError::Malformed => assert_eq!(FrameHeader::parse(unit), None),
        error => panic!("{error} is no reason"),
    }
}

/// One picture, whose numbers count as a naive model does; each of its layers begins and ends once.
fn assert_descriptors(sent: &[Sent], id: PictureId, tl0: Tl0PicIdx) {
    let mut open = None;
    for (payload, _) in sent {
        let payload = Payload::parse(payload).expect("just written");
        let descriptor = payload.descriptor;
        assert_eq!(descriptor.picture_id, Some(id));
        assert!(descriptor.tl0_pic_idx().is_none_or(|number| number == tl0));
        assert_eq!(descriptor.begins_frame, open.is_none());
        assert_eq!(*open.get_or_insert(descriptor.spatial()), descriptor.spatial());
        let has_structure = descriptor.structure.is_some();
        assert!(!has_structure || descriptor.begins_frame && !descriptor.is_inter_picture());
        if let Some(Coding::Key { size: Some(size) }) = payload.frame_header().map(|header| header.coding)
            && let Some(structure) = descriptor.structure
        {
            assert!(structure.sizes().eq([Some(size)]));
        }
        if descriptor.ends_frame {
            open = None;
        }
    }
    assert_eq!(open, None);
}
