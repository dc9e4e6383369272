//! VP8 and VP9 as other libraries and programs send and take them.

mod clip;
mod peers;
mod streams;

use moim_media::{Seq, Timestamp};
use moim_rtp::payload::{Depayloader, Payloader};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc};

/// Payloads of a unit, and which of them is marked.
type Sent = Vec<(Vec<u8>, bool)>;

fn pay(payloader: &mut dyn Payloader, unit: &[u8], limit: usize) -> Sent {
    let mut sent = Vec::new();
    payloader
        .packetize(unit, limit, &mut |fragment| {
            sent.push(([fragment.prefix, fragment.body].concat(), fragment.marker));
        })
        .expect("a unit of the codec");
    sent
}

/// The packets of units, a picture's time apart.
fn packets(units: &[Sent]) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    for (unit, time) in units.iter().zip((0..).step_by(3_000)) {
        for (payload, marker) in unit {
            let header = Header {
                marker: *marker,
                payload_type: PayloadType::new(96).expect("seven bits"),
                seq: Seq(packets.len() as u16),
                timestamp: Timestamp(time),
                ssrc: Ssrc(1),
            };
            let mut packet = vec![0; 12 + payload.len()];
            PacketBuilder::new(header).write(&[payload], &mut packet).expect("it fits");
            packets.push(packet);
        }
    }
    packets
}

/// The units that the packets hold, of which none may be refused.
fn depay(depayloader: &mut dyn Depayloader, packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let (mut units, mut unit) = (Vec::new(), None::<Vec<u8>>);
    for packet in packets {
        let mut bytes = Vec::new();
        let packet = Packet::parse(packet).expect("a packet");
        let extent = depayloader
            .depacketize(&packet, &mut |piece| {
                bytes.extend_from_slice(piece.prefix.as_bytes());
                bytes.extend_from_slice(piece.body);
            })
            .expect("a payload in its order");
        assert_eq!(extent.begins, unit.is_none());
        unit.get_or_insert_default().extend(bytes);
        if extent.ends {
            units.extend(unit.take());
        }
    }
    assert_eq!(unit, None, "the last unit ends");
    units
}
