use super::*;
use std::vec::Vec;

/// Version 2, payload type 96 with marker, sequence number 27 023, timestamp and source as below, two bytes.
const PLAIN: [u8; 14] = [0x80, 0xe0, 0x69, 0x8f, 0xd9, 0xc2, 0x93, 0xda, 0x1c, 0x64, 0x27, 0x82, 0xaa, 0xbb];

#[test]
fn the_fixed_header_is_read() {
    let packet = Packet::parse(&PLAIN).unwrap();
    let header = Header {
        marker: true,
        payload_type: PayloadType::new(96).unwrap(),
        seq: Seq(27_023),
        timestamp: Timestamp(0xd9c2_93da),
        ssrc: Ssrc(0x1c64_2782),
    };
    assert_eq!(packet.header(), header);
    assert_eq!(packet.payload(), [0xaa, 0xbb]);
    assert_eq!((packet.csrcs().len(), packet.padding(), packet.header_len()), (0, 0, 12));
    assert_eq!((packet.extension_profile(), packet.extension_block()), (None, &[][..]));
}

#[test]
fn sources_extension_payload_and_padding_are_told_apart() {
    let mut bytes = Vec::from([0xb2, 0x60]);
    bytes.extend_from_slice(&PLAIN[2..12]);
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 2]);
    bytes.extend([0xbe, 0xde, 0, 1, 0x10, 7, 0, 0]);
    bytes.extend([9, 9, 9, 0, 0, 3]);
    let packet = Packet::parse(&bytes).unwrap();
    assert!(packet.csrcs().eq([Ssrc(1), Ssrc(2)]));
    assert_eq!(packet.extension(ExtensionId::new(1).unwrap()), Some(&[7][..]));
    assert_eq!(packet.extension(ExtensionId::new(2).unwrap()), None);
    assert_eq!(packet.payload(), [9, 9, 9]);
    assert_eq!((packet.padding(), packet.header_len()), (3, 28));
}

#[test]
fn every_truncation_of_the_header_names_what_it_needs() {
    let mut bytes = Vec::from(PLAIN);
    bytes.truncate(12);
    bytes[0] = 0x91;
    bytes.extend([0, 0, 0, 1, 0xbe, 0xde, 0, 1, 0x10, 7, 0, 0]);
    assert!(Packet::parse(&bytes).is_ok());
    for actual in 0..bytes.len() {
        let needed = match actual {
            0..12 => 12,
            12..16 => 16,
            16..20 => 20,
            _ => 24,
        };
        let error = Packet::parse(&bytes[..actual]).unwrap_err();
        assert_eq!(error, ParseError::Truncated { needed, actual });
    }
}

#[test]
fn other_versions_are_refused() {
    for version in [0, 1, 3] {
        let mut bytes = PLAIN;
        bytes[0] = version << 6;
        assert_eq!(Packet::parse(&bytes).unwrap_err(), ParseError::Version { version });
    }
}

#[test]
fn padding_is_at_least_itself_and_at_most_all() {
    let mut bytes = PLAIN;
    bytes[0] |= PADDING_BIT;
    for (count, available) in [(0, 2), (3, 2)] {
        bytes[13] = count;
        assert_eq!(Packet::parse(&bytes).unwrap_err(), ParseError::Padding { count, available });
    }
    bytes[13] = 2;
    assert_eq!(Packet::parse(&bytes).unwrap().payload(), []);
    assert_eq!(Packet::parse(&bytes[..12]).unwrap_err(), ParseError::Padding { count: 0, available: 0 });
}
