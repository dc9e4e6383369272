//! FlexFEC of the third draft: what one side protects the other recovers, byte for byte.

use bytes::Bytes;
use core::num::NonZeroU8;
use moim_media::{Seq, Timestamp};
use moim_rtp::fec::{
    Decoder, DecoderConfig, Encoder, EncoderConfig, Format, Held, Inserted, Protection, flexfec03,
};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};
use proptest::collection::vec;
use proptest::prelude::*;
use rtc_interceptor::{FlexFec03Decoder, FlexFec03Encoder};
use rtc_rtp::Packet as Theirs;
use rtc_shared::marshal::{Marshal, Unmarshal};

const MEDIA: Ssrc = Ssrc(1);
const REPAIR: Ssrc = Ssrc(2);

fn header(ssrc: Ssrc, payload_type: u8, marker: bool, seq: u16, timestamp: u32) -> Header {
    Header {
        marker,
        payload_type: PayloadType::new(payload_type).unwrap(),
        seq: Seq(seq),
        timestamp: Timestamp(timestamp),
        ssrc,
    }
}

prop_compose! {
    /// Packets one after another, and which of them is lost.
    fn packets()(
        first: u16,
        contents in vec((any::<bool>(), any::<u32>(), vec(any::<u8>(), 1..60)), 1..40),
        lost in any::<prop::sample::Index>(),
    ) -> (Vec<Vec<u8>>, usize) {
        let lost = lost.index(contents.len());
        let packets = contents.into_iter().zip(0_u16..).map(|((marker, timestamp, payload), index)| {
            let mut packet = vec![0; 12 + payload.len()];
            let header = header(MEDIA, 96, marker, first.wrapping_add(index), timestamp);
            PacketBuilder::new(header).write(&[&payload], &mut packet).unwrap();
            packet
        });
        (packets.collect(), lost)
    }
}

fn theirs(bytes: &[u8]) -> Theirs {
    Theirs::unmarshal(&mut Bytes::copy_from_slice(bytes)).expect("a packet")
}

proptest! {
    #[test]
    fn we_recover_what_they_protect((packets, lost) in packets(), repairs in 1_u32..4) {
        let media: Vec<_> = packets.iter().map(|packet| theirs(packet)).collect();
        let repairs = FlexFec03Encoder::new(120, REPAIR.0).encode(&media, repairs);
        let config = DecoderConfig { packets: 64, repairs: 8, bytes_per_packet: 200 };
        let mut decoder = Decoder::new(config, &[MEDIA]);
        for (_, packet) in packets.iter().enumerate().filter(|&(index, _)| index != lost) {
            prop_assert_eq!(decoder.media(packet), Ok(Inserted::Kept));
        }
        for repair in repairs {
            let bytes = repair.marshal().unwrap();
            let repair = Packet::parse(&bytes).unwrap();
            let held = decoder.flexfec(&flexfec03::read(&repair).unwrap());
            prop_assert!(matches!(held, Held::Kept | Held::Spent), "{:?}", held);
        }
        prop_assert_eq!(decoder.recover(), Some(&packets[lost][..]));
        prop_assert_eq!(decoder.recover(), None);
    }

    #[test]
    fn they_recover_what_we_protect((packets, lost) in packets()) {
        let columns = NonZeroU8::new(packets.len() as u8).unwrap();
        let protection = Protection::Rows { columns };
        let config = EncoderConfig { format: Format::FlexFec03, protection, bytes_per_packet: 200 };
        let mut encoder = Encoder::new(config).unwrap();
        let mut decoder = FlexFec03Decoder::new(REPAIR.0, MEDIA.0);
        for (index, packet) in packets.iter().enumerate() {
            encoder.protect(packet).unwrap();
            if index != lost {
                prop_assert_eq!(decoder.decode(theirs(packet)).len(), 0);
            }
        }
        let mut repair = [0; 300];
        let len = encoder.poll_repair().unwrap().write(header(REPAIR, 120, false, 1, 2), &mut repair).unwrap();
        let found: Vec<_> =
            decoder.decode(theirs(&repair[..len])).iter().map(|packet| packet.marshal().unwrap().to_vec()).collect();
        prop_assert_eq!(found, [packets[lost].clone()]);
    }
}
