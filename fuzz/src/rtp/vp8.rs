//! VP8 payloads.

use super::video::{Lossy, Sent, gather};
use arbitrary::{Result, Unstructured};
use bytes::Bytes;
use moim_media::codec::FrameKind;
use moim_rtp::payload::vp8::{
    Descriptor, DescriptorMut, FrameHeader, FrameInfo, KeyIdx, Payload, TemporalId, Vp8Config,
    Vp8Depayloader, Vp8Payloader, Vp8Rewriter,
};
use moim_rtp::payload::{DepayloadError, PayloadError, PictureId, PictureIdWidth, Renumbered, Tl0PicIdx};
use rtp::codecs::vp8::Vp8Packet;
use rtp::packetizer::Depacketizer as _;

/// Whatever a payload holds: what is read of it is written as what is read as the same; renumbered in place it is what
/// is written of the renumbered descriptor; and webrtc-rs reads the same, where it reads at all.
pub fn vp8_payload(data: &[u8]) {
    let Some((&[picture_id, picture_id_low, tl0_pic_idx, key_idx], data)) = data.split_first_chunk() else {
        return;
    };
    let payload = match Payload::parse(data) {
        Ok(payload) => payload,
        Err(error) => return assert_refused(data, error),
    };
    let Payload { descriptor, body } = payload;
    let header = payload.frame_header();
    assert_eq!(header, Some(body).filter(|_| descriptor.begins_frame()).and_then(FrameHeader::parse));
    let written = write(&descriptor, body);
    assert_eq!(Payload::parse(&written), Ok(payload));
    assert!(written.len() <= data.len());

    // Four bytes are the least that webrtc-rs reads.
    if data.len() >= 4 {
        let mut theirs = Vp8Packet::default();
        assert_eq!(theirs.depacketize(&Bytes::copy_from_slice(data)).expect("we read it"), body);
        let layer = descriptor.layer.unwrap_or_default();
        let flags = [descriptor.non_reference, descriptor.starts_partition, layer.sync].map(u8::from);
        assert_eq!([theirs.n, theirs.s, theirs.y], flags);
        assert_eq!((theirs.pid, theirs.tid), (descriptor.partition.get(), layer.id.get()));
        assert_eq!(theirs.picture_id, descriptor.picture_id.map_or(0, PictureId::number));
        assert_eq!(theirs.tl0_pic_idx, layer.tl0_pic_idx.map_or(0, |tl0| tl0.0));
        assert_eq!(theirs.key_idx, descriptor.key_idx.map_or(0, KeyIdx::get));
    }

    let mut renumbered = written;
    let mut place = DescriptorMut::parse(&mut renumbered).expect("just written");
    let number = u16::from_be_bytes([picture_id, picture_id_low]);
    let key_idx = KeyIdx::new(key_idx % 32).expect("five bits");
    let _ = place.set_picture_id(number);
    let _ = place.set_tl0_pic_idx(Tl0PicIdx(tl0_pic_idx));
    let _ = place.set_key_idx(key_idx);
    let mut expected = descriptor;
    expected.picture_id = expected.picture_id.map(|id| id.with_number(number));
    if let Some(tl0) = expected.layer.as_mut().and_then(|layer| layer.tl0_pic_idx.as_mut()) {
        *tl0 = Tl0PicIdx(tl0_pic_idx);
    }
    expected.key_idx = expected.key_idx.map(|_| key_idx);
    assert_eq!(place.descriptor(), &expected);
    assert_eq!(renumbered, write(&expected, body));
}

fn write(descriptor: &Descriptor, body: &[u8]) -> Vec<u8> {
    let mut prefix = [0; Descriptor::MAX_LEN];
    let len = descriptor.write(&mut prefix).expect("what is read can be written");
    [&prefix[..len], body].concat()
}

fn assert_refused(data: &[u8], error: DepayloadError) {
    assert_eq!(error == DepayloadError::Empty, data.is_empty());
    // webrtc-rs believes a number of the base layer without a layer, and panics where a payload breaks off.
    let is_layerless = data.len() >= 2 && data[0] & 0x80 != 0 && data[1] & 0x60 == 0x40;
    assert!(is_layerless || data.len() <= Descriptor::MAX_LEN);
}

/// What is paid comes back as it was; when packets are lost, what comes back is the beginning of each frame up to the
/// first that is missing.
pub fn vp8_roundtrip(data: &[u8]) {
    // The end of the input is the end of the stream.
    let _ = stream(&mut Unstructured::new(data));
}

fn stream(input: &mut Unstructured<'_>) -> Result<()> {
    let width = *input.choose(&[PictureIdWidth::Bits7, PictureIdWidth::Bits15])?;
    let first: u16 = input.arbitrary()?;
    let config = Vp8Config {
        picture_id: PictureId::new(first, width),
        tl0_pic_idx: Tl0PicIdx(input.arbitrary()?),
        key_idx: KeyIdx::new(input.arbitrary()?),
    };
    let (mut payloader, mut numbers) = (Vp8Payloader::new(config), config);
    let mut receivers = Lossy::new(Vp8Depayloader::new(), Vp8Depayloader::new(), input.arbitrary()?);
    while !input.is_empty() {
        let frame = frame(input)?;
        let info = FrameInfo { layer: layer(input)?, non_reference: input.arbitrary()? };
        let limit = input.int_in_range(0..=1_200)?;
        let sent = gather(|sink| payloader.packetize_frame(&frame, info, limit, sink));
        let sent = match sent {
            Ok(sent) => sent,
            Err(error) => {
                assert_unsendable(&frame, limit, error);
                continue;
            }
        };
        assert_descriptors(&sent, info, &mut numbers, frame[0] & 1 == 0);
        assert!(sent.iter().all(|(payload, _)| payload.len() <= limit));
        receivers.unit(&frame, &sent, input)?;
    }
    Ok(())
}

fn layer(input: &mut Unstructured<'_>) -> Result<Option<(TemporalId, bool)>> {
    let drawn: Option<(u8, bool)> = input.arbitrary()?;
    Ok(drawn.and_then(|(id, sync)| Some((TemporalId::new(id % 4)?, sync))))
}

/// Nothing, something, and now and then a key frame.
fn frame(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let start: &[u8] = match input.int_in_range(0..=3)? {
        0 => &[0x10, 0x52, 0x02, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00],
        1 => &[],
        _ => &[0x11],
    };
    let len = input.int_in_range(0..=4_000)?;
    let pattern = input.bytes(input.len().min(5))?;
    Ok(start.iter().chain(pattern.iter().cycle().take(len)).copied().collect())
}

fn assert_unsendable(frame: &[u8], limit: usize, error: PayloadError) {
    match error {
        PayloadError::Empty => assert!(frame.is_empty()),
        PayloadError::Malformed => {
            let header = FrameHeader::parse(frame);
            assert!(header.is_none_or(|header| header.kind == FrameKind::Key && header.size.is_none()));
        }
        PayloadError::TooLong { needed, limit: known } => {
            assert!(known == limit && limit < needed && needed <= Descriptor::MAX_LEN + 1);
        }
        error => panic!("{error} has no law yet"),
    }
}

/// The numbers count as a naive model does.
fn assert_descriptors(sent: &[Sent], info: FrameInfo, numbers: &mut Vp8Config, is_key: bool) {
    let is_base = info.layer.is_some_and(|(id, _)| id.get() == 0);
    let step = |number: u8, is_one: bool| if is_one { number.wrapping_add(1) } else { number };
    for (index, (payload, _)) in sent.iter().enumerate() {
        let descriptor = Payload::parse(payload).expect("just written").descriptor;
        assert_eq!(descriptor.picture_id, numbers.picture_id);
        assert_eq!(descriptor.begins_frame(), index == 0);
        assert_eq!(descriptor.non_reference, info.non_reference);
        assert_eq!(descriptor.layer.map(|layer| (layer.id, layer.sync)), info.layer);
        let tl0 = numbers.tl0_pic_idx.0.wrapping_sub(u8::from(!is_base));
        assert!(descriptor.layer.is_none_or(|layer| layer.tl0_pic_idx == Some(Tl0PicIdx(tl0))));
        let key = numbers.key_idx.map(|key| key.get().wrapping_sub(u8::from(!is_key)) & 31);
        assert_eq!(descriptor.key_idx.map(KeyIdx::get), key);
    }
    numbers.picture_id = numbers.picture_id.map(PictureId::next);
    numbers.tl0_pic_idx = Tl0PicIdx(step(numbers.tl0_pic_idx.0, is_base));
    numbers.key_idx = numbers.key_idx.and_then(|key| KeyIdx::new(step(key.get(), is_key) & 31));
}

/// Whatever a forwarder sends and leaves out, in whatever order: who keeps a list of all pictures numbers them the same.
pub fn vp8_rewriter(data: &[u8]) {
    let _ = forward(&mut Unstructured::new(data));
}

fn forward(input: &mut Unstructured<'_>) -> Result<()> {
    let mut rewriter = Vp8Rewriter::new();
    // The number of the next source's first picture; the pictures of this one, and which of them are left out.
    let (mut next, mut start, mut pictures): (_, u16, Vec<bool>) =
        (None::<u16>, input.arbitrary()?, Vec::new());
    while !input.is_empty() {
        if input.ratio(1, 20)? {
            let sent = pictures.iter().filter(|&&is_left_out| !is_left_out).count();
            next = next.map(|next| next.wrapping_add(sent as u16)).filter(|_| !pictures.is_empty()).or(next);
            (start, pictures) = (input.arbitrary()?, Vec::new());
            rewriter.switch();
        }
        let is_left_out = input.ratio(1, 3)?;
        if pictures.is_empty() {
            // Nothing is known before the first that is sent.
            let mut payload = payload(start);
            rewriter.leave_out(&payload).expect("a payload");
            assert_eq!(rewriter.rewrite(&mut payload), Ok(Renumbered::Written));
            let number = *next.get_or_insert(start & 0x7fff);
            assert_eq!(payload, self::payload(number));
            pictures.push(false);
            continue;
        }
        // From ten pictures back, which come late, to ten ahead.
        let at = (pictures.len() + input.int_in_range(0..=20)?).checked_sub(11);
        let Some(at) = at else { continue };
        let id = start.wrapping_add(at as u16);
        let is_new = at >= pictures.len();
        if is_new {
            pictures.resize(at + 1, false);
        }
        let mut payload = payload(id);
        if is_left_out {
            rewriter.leave_out(&payload).expect("a payload");
            pictures[at] |= is_new;
        }
        if pictures[at] {
            assert_eq!(rewriter.rewrite(&mut payload), Ok(Renumbered::LeftOut));
            assert_eq!(payload, self::payload(id));
        } else {
            assert_eq!(rewriter.rewrite(&mut payload), Ok(Renumbered::Written));
            let before = pictures[..at].iter().filter(|&&is_left_out| !is_left_out).count();
            let number = next.expect("one was sent").wrapping_add(before as u16);
            assert_eq!(payload, self::payload(number));
        }
    }
    Ok(())
}

/// Of a picture with this number in 15 bits.
fn payload(number: u16) -> [u8; 5] {
    let [high, low] = number.to_be_bytes();
    [0x90, 0x80, 0x80 | high, low, 7]
}
