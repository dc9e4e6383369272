//! AV1 (RTP Payload Format for AV1, section 4).

use bytes::Bytes;
use moim_media::{Seq, Timestamp};
use moim_rtp::payload::av1::{Av1Depayloader, Av1Payloader, begins_sequence};
use moim_rtp::payload::{Depayloader, Fragment, Payloader, Piece};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use proptest::collection::vec;
use proptest::prelude::*;
use rtc_rtp::codec::av1::{Av1Depacketizer, Av1Payloader as TheirPayloader};
use rtc_rtp::packetizer::{Depacketizer as _, Payloader as _};

const SEQUENCE_HEADER: u8 = 1;

/// An OBU with its size.
fn obu(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut obu = vec![kind << 3 | 2];
    let mut size = body.len();
    while size > 127 {
        obu.push(size as u8 | 0x80);
        size >>= 7;
    }
    obu.push(size as u8);
    obu.extend(body);
    obu
}

prop_compose! {
    /// A temporal unit without its delimiter: frames, tile groups and metadata, perhaps behind a sequence header.
    fn units()(
        header in any::<bool>(),
        obus in vec((3_u8..=6, prop_oneof![1_usize..20, 100_usize..140, 200_usize..1_500]), 1..6),
    ) -> Vec<u8> {
        // A reduced header of a still picture begins so.
        let header = header.then(|| obu(SEQUENCE_HEADER, &[0x18, 0x15, 0x7f, 0xfc, 0xfc, 0x08]));
        let obus = obus.into_iter().map(|(kind, len)| obu(kind, &vec![kind ^ len as u8 | 1; len]));
        header.into_iter().chain(obus).flatten().collect()
    }
}

fn packet(payload: &[u8], marker: bool, seq: u16) -> Vec<u8> {
    let header = Header {
        marker,
        payload_type: PayloadType::new(45).unwrap(),
        seq: Seq(seq),
        timestamp: Timestamp(0),
        ssrc: Ssrc(1),
    };
    let mut packet = vec![0; 12 + payload.len()];
    PacketBuilder::new(header).write(&[payload], &mut packet).unwrap();
    packet
}

proptest! {
    #[test]
    fn they_take_what_we_send(unit in units(), limit in 30_usize..1_200) {
        let mut payloads = Vec::new();
        let mut send = |fragment: Fragment<'_>| payloads.push([fragment.prefix, fragment.body].concat());
        Av1Payloader::new().packetize(&unit, limit, &mut send).unwrap();
        let mut theirs = Av1Depacketizer::new();
        let mut back = Vec::new();
        for (index, payload) in payloads.into_iter().enumerate() {
            back.extend_from_slice(&theirs.depacketize(&payload.into()).unwrap());
            prop_assert_eq!(theirs.n, index == 0 && begins_sequence(&unit));
        }
        prop_assert!(back == unit);
    }

    #[test]
    fn we_take_what_they_send(unit in units(), limit in 30_usize..1_200) {
        let payloads = TheirPayloader::default().payload(limit, &Bytes::copy_from_slice(&unit)).unwrap();
        let last = payloads.len() - 1;
        let mut ours = Av1Depayloader::new();
        let mut back = Vec::new();
        for (index, payload) in payloads.iter().enumerate() {
            let bytes = packet(payload, index == last, index as u16);
            let packet = Packet::parse(&bytes).unwrap();
            let mut take = |piece: Piece<'_>| {
                back.extend_from_slice(piece.prefix.as_bytes());
                back.extend_from_slice(piece.body);
            };
            let extent = ours.depacketize(&packet, &mut take).unwrap();
            prop_assert_eq!(extent.ends, index == last);
        }
        let len = ours.finish(&mut back);
        prop_assert!(back[..len] == unit);
    }
}
