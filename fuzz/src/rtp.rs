//! Laws of `moim-rtp`.

mod association;
mod av1;
mod compound;
mod dependency;
mod events;
mod extension;
mod fec;
mod h264;
mod red;
mod schedule;
mod sound;
mod stream;
mod streams;
mod text;
mod transport;
mod video;
mod vp8;
mod vp9;

pub use association::association;
pub use av1::{av1_depay, av1_parameters, av1_roundtrip};
pub use compound::{rtcp_roundtrip, rtcp_walk};
pub use dependency::{dependency_model, dependency_total};
pub use events::events;
pub use extension::{extension_remap, extension_values};
pub use fec::{fec_headers, fec_hostile, fec_levels, fec_recovery};
pub use h264::{h264_depay, h264_parameters, h264_roundtrip};
pub use red::{red, red_sender};
pub use schedule::schedule;
pub use sound::{noise, sound};
pub use stream::{history, reception};
pub use streams::{collision, loss, nack};
pub use text::text;
pub use transport::{arrivals, rtx};
pub use vp8::{vp8_payload, vp8_rewriter, vp8_roundtrip};
pub use vp9::{vp9_payload, vp9_roundtrip};

use moim_media::{Seq, Timestamp};
use moim_rtp::{
    ExtensionForm, ExtensionId, Extensions, Header, Packet, PacketBuilder, PacketMut, ParseError,
    PayloadType, Ssrc,
};
use rtp::packet::Packet as Theirs;
use webrtc_util::marshal::Unmarshal;

/// A packet that parses is rebuilt from its parts as it was, patched as if it were rebuilt, and means the same to
/// webrtc-rs. One that does not parse is refused for a reason that holds.
pub fn roundtrip(data: &[u8]) {
    let packet = match Packet::parse(data) {
        Ok(packet) => packet,
        Err(error) => return assert_refused(data, error),
    };
    assert_eq!(packet.header_len() + packet.payload().len() + usize::from(packet.padding()), data.len());

    let csrcs: Vec<_> = packet.csrcs().collect();
    let build = |header| {
        let mut builder = PacketBuilder::new(header).csrcs(&csrcs).padding(packet.padding());
        if let Some(profile) = packet.extension_profile() {
            builder = builder.extension_block(profile, packet.extension_block());
        }
        let mut bytes = vec![0xff; data.len()];
        assert_eq!(builder.header_len(), packet.header_len());
        assert_eq!(builder.write(&[packet.payload()], &mut bytes), Ok(data.len()));
        bytes
    };
    let padded = data.len() - usize::from(packet.padding());
    assert_eq!(build(packet.header())[..padded], data[..padded]);

    let header = packet.header();
    let changed = Header {
        marker: !header.marker,
        payload_type: PayloadType::new(header.payload_type.get() ^ 0x55).expect("seven bits"),
        seq: Seq(!header.seq.0),
        timestamp: Timestamp(!header.timestamp.0),
        ssrc: Ssrc(!header.ssrc.0),
    };
    let mut patched = data.to_vec();
    PacketMut::parse(&mut patched).expect("it parsed before").set_header(changed);
    assert_eq!(patched[..padded], build(changed)[..padded]);
    assert_eq!(patched[padded..], data[padded..]);

    if understood_by_webrtc_rs(packet.extension_profile(), packet.extension_block()) {
        assert_eq!(theirs(data), Theirs::from(&packet));
    }
}

fn assert_refused(data: &[u8], error: ParseError) {
    match error {
        ParseError::Truncated { needed, actual } => {
            assert_eq!(actual, data.len());
            assert!(needed > actual);
            assert!(Theirs::unmarshal(&mut &*data).is_err() || data.len() < 12);
        }
        ParseError::Version { version } => assert_eq!((version, version == 2), (data[0] >> 6, false)),
        ParseError::Padding { count, available } => {
            assert!(available < data.len());
            assert!(count == 0 || usize::from(count) > available);
        }
        error => panic!("{error} has no law yet"),
    }
}

/// What webrtc-rs reads, without what our types do not carry.
fn theirs(packet: &[u8]) -> Theirs {
    let mut theirs = Theirs::unmarshal(&mut &*packet).expect("webrtc-rs reads it too");
    theirs.header.padding = false;
    theirs.header.extensions_padding = 0;
    theirs
}

/// The walk finds what a naive one finds, in the same place, and so does webrtc-rs where it would not panic; a
/// value rewritten in place is found rewritten.
pub fn extensions(data: &[u8]) {
    let Some((&kind, block)) = data.split_first() else { return };
    let profile = match kind % 4 {
        0 => 0xbede,
        1 => 0x1000,
        2 => 0x1000 | u16::from(kind >> 4),
        _ => u16::from_be_bytes([kind, kind]),
    };
    let mut block = block.to_vec();
    block.truncate(1_024);
    block.resize(block.len().next_multiple_of(4), 0);

    let (expected, rest) = naive_walk(profile, &block);
    let mut walk = Extensions::new(profile, &block);
    let found: Vec<_> = walk.by_ref().map(|element| (element.id.get(), element.data)).collect();
    assert!(found.into_iter().eq(expected.iter().map(|element| (element.id, &element.data[..]))));
    assert_eq!(walk.remainder(), rest);
    assert!(walk.next().is_none());

    let header = Header {
        marker: false,
        payload_type: PayloadType::new(96).expect("seven bits"),
        seq: Seq(1),
        timestamp: Timestamp(2),
        ssrc: Ssrc(3),
    };
    let mut bytes = vec![0; 2_048];
    let builder = PacketBuilder::new(header).extension_block(profile, &block);
    let len = builder.write(&[b"payload"], &mut bytes).expect("it fits");
    bytes.truncate(len);
    if understood_by_webrtc_rs(Some(profile), &block) {
        assert_eq!(theirs(&bytes), Theirs::from(&Packet::parse(&bytes).expect("just written")));
    }
    for id in (1..=255).filter_map(ExtensionId::new) {
        let first = expected.iter().find(|element| element.id == id.get()).map(|element| &element.data);
        let mut packet = PacketMut::parse(&mut bytes).expect("just written");
        let value = packet.extension_mut(id);
        assert_eq!(value.as_deref(), first.map(|data| &data[..]));
        let Some(value) = value else { continue };
        let inverted: Vec<_> = value.iter().map(|byte| !byte).collect();
        value.copy_from_slice(&inverted);
        let packet = Packet::parse(&bytes).expect("its layout is unchanged");
        assert_eq!(packet.extension(id), Some(&inverted[..]));
        assert_eq!(packet.extensions().count(), expected.len());
        assert_eq!(packet.payload(), b"payload");
    }
}

/// An element, and where in its block the value begins.
struct Found {
    id: u8,
    at: usize,
    data: Vec<u8>,
}

/// RFC 8285 with an index: the elements, and where the walk stops.
fn naive_walk(profile: u16, block: &[u8]) -> (Vec<Found>, &[u8]) {
    let mut found = Vec::new();
    let mut at = 0;
    if profile != 0xbede && profile & 0xfff0 != 0x1000 {
        return (found, block);
    }
    while at < block.len() {
        if block[at] == 0 {
            at += 1;
            continue;
        }
        let (id, start, len) = if profile == 0xbede {
            (block[at] >> 4, at + 1, usize::from(block[at] & 15) + 1)
        } else if at + 1 < block.len() {
            (block[at], at + 2, usize::from(block[at + 1]))
        } else {
            break;
        };
        if id == 0 || (profile == 0xbede && id == 15) || start + len > block.len() {
            break;
        }
        found.push(Found { id, at: start, data: block[start..start + len].to_vec() });
        at = start + len;
    }
    (found, &block[at..])
}

/// webrtc-rs reads past a broken element, forgets what follows identifier 15, takes 0 with a length for an
/// element, and does not know application bits.
fn understood_by_webrtc_rs(profile: Option<u16>, block: &[u8]) -> bool {
    match (profile, profile.and_then(ExtensionForm::of_profile)) {
        (Some(profile), Some(form)) => {
            let mut walk = Extensions::new(profile, block);
            walk.by_ref().for_each(drop);
            profile == form.profile() && walk.remainder().is_empty()
        }
        _ => true,
    }
}

/// An unmarked packet of some source.
fn header(payload_type: u8, seq: u16, timestamp: u32) -> Header {
    Header {
        marker: false,
        payload_type: PayloadType::new(payload_type).expect("seven bits"),
        seq: Seq(seq),
        timestamp: Timestamp(timestamp),
        ssrc: Ssrc(1),
    }
}

/// A packet with `payload`, written into `bytes`.
fn packet<'a>(bytes: &'a mut Vec<u8>, header: Header, payload: &[u8]) -> Packet<'a> {
    bytes.resize(12 + payload.len(), 0);
    PacketBuilder::new(header).write(&[payload], bytes).expect("it fits");
    Packet::parse(bytes).expect("just written")
}
