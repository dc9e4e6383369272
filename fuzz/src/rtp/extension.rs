//! What header extensions mean, and how they are rewritten in place.

use super::{Found, naive_walk};
use arbitrary::Unstructured;
use core::time::Duration;
use moim_media::{Seq, Timestamp};
use moim_rtp::extension::{
    AbsCaptureTime, AbsSendTime, AudioLevel, Camera, Flip, Mid, MixerLevels, PlayoutDelay, RepairedRid, Rid,
    TransmissionOffset, TransportSeq, TransportSeqV2, VideoContentType, VideoOrientation, VideoTiming,
    VoiceActivity,
};
use moim_rtp::{
    ExtensionForm, ExtensionId, Header, HeaderExtension, IdMap, Packet, PacketBuilder, PacketMut, Patched,
    PayloadType, Ssrc,
};
use rtp::extension::abs_send_time_extension::AbsSendTimeExtension;
use rtp::extension::audio_level_extension::AudioLevelExtension;
use rtp::extension::playout_delay_extension::PlayoutDelayExtension;
use rtp::extension::transport_cc_extension::TransportCcExtension;
use rtp::extension::video_orientation_extension::VideoOrientationExtension;
use webrtc_util::marshal::Unmarshal;

/// `value` is read as this kind exactly when there is something it is written as, which survives a packet and is
/// read as the same.
macro_rules! read_as {
    ($kind:ty, $value:expr, $written:expr) => {
        let written: Option<Vec<u8>> = $written;
        let read = <$kind>::read($value);
        assert_eq!(read.is_some(), written.is_some(), "{}: {:?}", <$kind>::URI, $value);
        if let (Some(read), Some(written)) = (read, written) {
            let mut short = vec![0xee; written.len() - 1];
            assert_eq!(read.write(&mut short), None);
            assert!(short.iter().all(|&byte| byte == 0xee), "nothing is written");
            let packet = patched_in($value, &read);
            let packet = Packet::parse(&packet).expect("its layout is unchanged");
            assert_eq!((packet.extension(id(5)), packet.payload()), (Some(&written[..]), &b"payload"[..]));
            assert_eq!(packet.read_extension::<$kind>(id(5)), Some(read));
        }
    };
}

/// A value is read if and only if it is one, is written as it was but for bits that mean nothing, and means the same
/// to webrtc-rs.
pub fn extension_values(data: &[u8]) {
    let value = &data[..data.len().min(255)];
    let len = value.len();
    let whole = |fits: bool| fits.then(|| value.to_vec());
    read_as!(AudioLevel, value, whole(len == 1));
    read_as!(AbsSendTime, value, whole(len == 3));
    read_as!(AbsCaptureTime, value, whole(len == 8 || len == 16));
    read_as!(TransmissionOffset, value, whole(len == 3));
    read_as!(TransportSeq, value, whole(len == 2));
    read_as!(PlayoutDelay, value, whole(delay_bounds(value).is_some_and(|(min, max)| min <= max)));
    let levels = value.iter().map(|byte| byte & 0x7f).collect();
    read_as!(MixerLevels<'_>, value, (1..=15).contains(&len).then_some(levels));
    let asks = len == 4 && (value[2] & 0x7f, value[3]) != (0, 0);
    let number = value[..if asks { 4 } else { len.min(2) }].to_vec();
    read_as!(TransportSeqV2, value, (len == 2 || len == 4).then_some(number));
    read_as!(VideoOrientation, value, (len == 1).then(|| vec![value[0] & 0x0f]));
    read_as!(VideoContentType, value, (len == 1).then(|| vec![value[0] & 1]));
    read_as!(VideoTiming, value, (len == 13).then(|| [&[value[0] & 3], &value[1..]].concat()));
    let text = |allowed: fn(char) -> bool| {
        let text = core::str::from_utf8(value).ok()?.trim_end_matches('\0');
        (!text.is_empty() && text.chars().all(allowed)).then(|| text.as_bytes().to_vec())
    };
    read_as!(Mid<'_>, value, text(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`{|}~".contains(c)));
    let rid = text(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    read_as!(Rid<'_>, value, rid.clone());
    read_as!(RepairedRid<'_>, value, rid);
    means_the_same_to_webrtc_rs(value);
}

fn id(number: u8) -> ExtensionId {
    ExtensionId::new(number).expect("not 0")
}

fn packet(profile: u16, block: &[u8]) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload_type: PayloadType::new(96).expect("seven bits"),
        seq: Seq(1),
        timestamp: Timestamp(2),
        ssrc: Ssrc(3),
    };
    let mut bytes = vec![0; 2_048];
    let builder = PacketBuilder::new(header).extension_block(profile, block);
    let len = builder.write(&[b"payload"], &mut bytes).expect("it fits");
    bytes.truncate(len);
    bytes
}

/// A packet whose extension 5 was `before` and is now `after`, which is not longer.
fn patched_in<'v, E: HeaderExtension<'v>>(before: &[u8], after: &E) -> Vec<u8> {
    let mut block = vec![5, before.len() as u8];
    block.extend_from_slice(before);
    block.resize(block.len().next_multiple_of(4), 0);
    let mut bytes = packet(0x1000, &block);
    let patched = PacketMut::parse(&mut bytes).expect("just written").patch(id(5), after);
    assert_eq!(patched, Patched::Written);
    bytes
}

fn delay_bounds(value: &[u8]) -> Option<(u16, u16)> {
    let [a, b, c] = *value else { return None };
    let [a, b, c] = [a, b, c].map(u16::from);
    Some((a << 4 | b >> 4, (b & 0x0f) << 8 | c))
}

/// It reads the beginning of a longer value, and takes bounds that are in no order.
fn means_the_same_to_webrtc_rs(value: &[u8]) {
    if let Some(AudioLevel { level, activity }) = AudioLevel::read(value) {
        let theirs = AudioLevelExtension::unmarshal(&mut &*value).expect("one byte");
        assert_eq!((theirs.level, theirs.voice), (level.get(), activity == VoiceActivity::Voice));
    }
    if let Some(time) = AbsSendTime::read(value) {
        let theirs = AbsSendTimeExtension::unmarshal(&mut &*value).expect("three bytes");
        assert_eq!(theirs.timestamp, u64::from(time.ticks()));
    }
    if let Some(TransportSeq(seq)) = TransportSeq::read(value) {
        let theirs = TransportCcExtension::unmarshal(&mut &*value).expect("two bytes");
        assert_eq!(theirs.transport_sequence, seq.0);
    }
    if let Some(orientation) = VideoOrientation::read(value) {
        let theirs = VideoOrientationExtension::unmarshal(&mut &*value).expect("one byte");
        assert_eq!(theirs.direction as u8 == 1, orientation.camera == Camera::Back);
        assert_eq!(theirs.flip, orientation.flip == Flip::Horizontal);
        assert_eq!(theirs.rotation as u16 * 90, orientation.rotation.degrees());
    }
    if let Some((min, max)) = delay_bounds(value) {
        let theirs = PlayoutDelayExtension::unmarshal(&mut &*value).expect("three bytes");
        assert_eq!((theirs.min_delay, theirs.max_delay), (min, max));
        let time = |steps| Duration::from_millis(u64::from(steps) * 10);
        let delay = PlayoutDelay::read(value);
        assert_eq!(delay, PlayoutDelay::new(time(min), time(max)));
        assert!(delay.is_none_or(|delay| (delay.min(), delay.max()) == (time(min), time(max))));
    }
}

/// Extensions renamed in place are those of a packet built anew, and a value replaced in place is where the old one
/// was, or there was no room; no other byte changes.
pub fn extension_remap(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((kind, pairs, patched)) = input.arbitrary::<(u8, [(u8, u8); 6], [u8; 2])>() else { return };
    let profile = [0xbede, 0x1000, 0x1000 | u16::from(kind >> 4), 0x1234][usize::from(kind % 4)];
    let mut block = input.take_rest().to_vec();
    block.truncate(1_024);
    block.resize(block.len().next_multiple_of(4), 0);
    let ids = |&(from, to): &(u8, u8)| Some((ExtensionId::new(from)?, ExtensionId::new(to)?));
    let map: IdMap = pairs.iter().filter_map(ids).collect();

    let mut bytes = packet(profile, &block);
    PacketMut::parse(&mut bytes).expect("just written").remap_extensions(&map);
    let renamed = rebuilt(profile, &block, &map);
    assert_eq!(bytes, packet(profile, &renamed));

    let [number, len] = patched;
    let value: Vec<_> = (0..len % 40).map(|byte| byte ^ 0x5a).collect();
    let Some(wanted) = ExtensionId::new(number) else { return };
    let outcome = PacketMut::parse(&mut bytes).expect("just written").patch_extension(wanted, &value);
    let (expected, replaced) = replaced(profile, &renamed, number, &value);
    assert_eq!(outcome, expected);
    assert_eq!(bytes, packet(profile, &replaced));
}

/// A block with the elements of `block` that `map` names, where they were.
fn rebuilt(profile: u16, block: &[u8], map: &IdMap) -> Vec<u8> {
    let Some(form) = ExtensionForm::of_profile(profile) else { return block.to_vec() };
    let mut rebuilt = vec![0; block.len()];
    for Found { id: from, at, data } in naive_walk(profile, block).0 {
        let Some(to) = map.find(id(from)) else { continue };
        match form {
            ExtensionForm::OneByte if to.get() > 14 => assert!(!map.fits(form)),
            ExtensionForm::OneByte => rebuilt[at - 1] = to.get() << 4 | (data.len() - 1) as u8,
            ExtensionForm::TwoByte => {
                rebuilt[at - 2..at].copy_from_slice(&[to.get(), data.len() as u8]);
            }
        }
        if form == ExtensionForm::TwoByte || to.get() <= 14 {
            rebuilt[at..at + data.len()].copy_from_slice(&data);
        }
    }
    rebuilt
}

/// What a patch of a well-formed block must lead to.
fn replaced(profile: u16, block: &[u8], number: u8, value: &[u8]) -> (Patched, Vec<u8>) {
    let mut block = block.to_vec();
    let found = naive_walk(profile, &block).0;
    let Some(index) = found.iter().position(|found| found.id == number) else {
        return (Patched::Absent, block);
    };
    let Found { at, ref data, .. } = found[index];
    let header = if profile == 0xbede { 1 } else { 2 };
    // All between an element and the next is padding.
    let end = found.get(index + 1).map_or(block.len(), |next| next.at - header);
    let carried = if profile == 0xbede { 1..=16 } else { 0..=255 };
    if value.len() != data.len() && (value.len() > end - at || !carried.contains(&value.len())) {
        return (Patched::NoRoom, block);
    }
    block[at..end].fill(0);
    block[at..at + value.len()].copy_from_slice(value);
    block[at - 1] = if header == 1 { number << 4 | (value.len() - 1) as u8 } else { value.len() as u8 };
    (Patched::Written, block)
}
