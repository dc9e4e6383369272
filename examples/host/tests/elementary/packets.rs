//! From units to packets, and back.

use crate::stream::Stream;
use moim_media::{Seq, Timestamp};
use moim_rtp::payload::g711::{G711Depayloader, G711Payloader};
use moim_rtp::payload::g722::{G722Depayloader, G722Payloader};
use moim_rtp::payload::h264::{H264Depayloader, H264Payloader};
use moim_rtp::payload::opus::{OpusDepayloader, OpusPayloader};
use moim_rtp::payload::vp8::{Vp8Depayloader, Vp8Payloader};
use moim_rtp::payload::{Depayloader, Payloader};
use moim_rtp::{Header, Packet, PacketBuilder, Ssrc};
use moim_sdp::{Format, Parameters};

/// The longest packet, whoever makes it.
pub(crate) const MTU: usize = 600;
/// The most packets there are. Linux gives a socket 212 992 bytes, of which a packet takes 1 280 at the most: even if
/// nobody came to fetch one, none would be lost.
const MOST: usize = 160;

pub(crate) const SSRC: Ssrc = Ssrc(0x6d6f_696d);

/// The packets of units. Numbers and times pass their end on the way.
pub(crate) fn pay(stream: &Stream, units: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let format = stream.format();
    let (mut payloader, mut packets) = (payloader(&format), Vec::<Vec<u8>>::new());
    let mut header = Header {
        marker: false,
        payload_type: format.payload_type,
        seq: Seq(u16::MAX - 20),
        timestamp: Timestamp(u32::MAX - 7_000),
        ssrc: SSRC,
    };
    for unit in units {
        payloader
            .packetize(unit, MTU - 12, &mut |payload| {
                header.marker = payload.marker;
                let mut packet = vec![0; MTU];
                let written = PacketBuilder::new(header).write(&[payload.prefix, payload.body], &mut packet);
                packet.truncate(written.expect("it fits"));
                packets.push(packet);
                header.seq.0 = header.seq.0.wrapping_add(1);
            })
            .expect("a unit of the codec");
        let ticks = stream.ticks.unwrap_or(unit.len() as u32);
        header.timestamp.0 = header.timestamp.0.wrapping_add(ticks);
    }
    check_count(&packets);
    packets
}

/// The units that packets hold, of which none may be missing and none be refused.
pub(crate) fn depay(format: &Format, packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    check_count(packets);
    let mut depayloader = depayloader(format);
    let (mut units, mut unit, mut last) = (Vec::new(), None::<Vec<u8>>, None::<Header>);
    for packet in packets {
        let packet = Packet::parse(packet).expect("a packet");
        let header = packet.header();
        if let Some(last) = last {
            assert_eq!(header.seq.0, last.seq.0.wrapping_add(1), "a packet is missing");
            assert_eq!(header.ssrc, last.ssrc);
            assert!(unit.is_none() || header.timestamp == last.timestamp, "a unit has one time");
        }
        last = Some(header);
        assert_eq!(header.payload_type, format.payload_type);
        let mut pieces = Vec::new();
        let extent = depayloader
            .depacketize(&packet, &mut |piece| {
                pieces.extend_from_slice(piece.prefix.as_bytes());
                pieces.extend_from_slice(piece.body);
            })
            .expect("a payload in its order");
        assert_eq!(extent.begins, unit.is_none());
        unit.get_or_insert_default().extend(pieces);
        if extent.ends {
            let mut whole = unit.take().unwrap_or_default();
            let len = depayloader.finish(&mut whole);
            whole.truncate(len);
            units.push(whole);
        }
    }
    assert_eq!(unit, None, "the last unit ends");
    units
}

fn check_count(packets: &[Vec<u8>]) {
    assert!(packets.iter().all(|packet| packet.len() <= MTU));
    assert!(packets.len() <= MOST, "{} packets might not find room", packets.len());
}

fn payloader(format: &Format) -> Box<dyn Payloader> {
    match (&format.parameters, format.encoding.name.to_ascii_uppercase().as_str()) {
        (Parameters::H264(parameters), _) => Box::new(H264Payloader::new(parameters.packetization_mode)),
        (Parameters::Vp8(_), _) => Box::new(Vp8Payloader::default()),
        (Parameters::Opus(_), _) => Box::new(OpusPayloader::new()),
        (_, "PCMU" | "PCMA") => Box::new(G711Payloader::new()),
        (_, "G722") => Box::new(G722Payloader::new()),
        (_, other) => panic!("{other} was not described"),
    }
}

fn depayloader(format: &Format) -> Box<dyn Depayloader> {
    match (&format.parameters, format.encoding.name.to_ascii_uppercase().as_str()) {
        (Parameters::H264(_), _) => Box::new(H264Depayloader::new()),
        (Parameters::Vp8(_), _) => Box::new(Vp8Depayloader::new()),
        (Parameters::Opus(_), _) => Box::new(OpusDepayloader),
        (_, "PCMU" | "PCMA") => Box::new(G711Depayloader),
        (_, "G722") => Box::new(G722Depayloader),
        (_, other) => panic!("{other} was not described"),
    }
}
