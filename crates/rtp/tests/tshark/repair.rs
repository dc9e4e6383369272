//! Packets that repair others, of which tshark reads what is theirs as packets: the header, the sources they name, and
//! the payload as bytes (RFC 4588, section 4; RFC 8627, section 4.2).

use crate::capture::Capture;
use crate::rtp::{packet, payload_type};
use crate::shark::{RTP, read};
use core::num::NonZeroU8;
use moim_media::{Seq, Timestamp};
use moim_rtp::fec::{Encoder, EncoderConfig, Format, Protection};
use moim_rtp::rtx::{self, Stream};
use moim_rtp::{Extension, ExtensionForm, ExtensionId, Header, Packet, PacketBuilder, Ssrc};

#[test]
fn retransmissions_are_read_as_they_were_meant() {
    let originals = [0, 0x1234, u16::MAX];
    let level = Extension { id: ExtensionId::new(1).unwrap(), data: &[0x9e] };
    let mut capture = Capture::default();
    for seq in originals {
        let header = Header {
            marker: true,
            payload_type: payload_type(96),
            seq: Seq(seq),
            timestamp: Timestamp(77),
            ssrc: Ssrc(1),
        };
        let mut original = [0; 64];
        let len = PacketBuilder::new(header)
            .csrcs(&[Ssrc(5)])
            .extensions(ExtensionForm::OneByte, &[level])
            .write(&[b"body"], &mut original)
            .unwrap();
        let mut again = [0; 64];
        let stream = Stream { ssrc: Ssrc(2), payload_type: payload_type(97) };
        let original = Packet::parse(&original[..len]).unwrap();
        let len = rtx::wrap(&original, stream, Seq(9), &mut again).unwrap();
        capture.push(RTP, &again[..len]);
    }
    let Some(dissected) = read("rtx", &capture, &[]) else { return };
    for (seq, datagram) in originals.iter().zip(&dissected) {
        let rtp = datagram.layer("rtp");
        assert_eq!(rtp.numbers("rtp.marker"), [1]);
        assert_eq!(rtp.numbers("rtp.p_type"), [97]);
        assert_eq!(rtp.numbers("rtp.seq"), [9]);
        assert_eq!(rtp.numbers("rtp.timestamp"), [77]);
        assert_eq!(rtp.numbers("rtp.ssrc"), [2]);
        assert_eq!(rtp.numbers("rtp.csrc.item"), [5]);
        assert_eq!(rtp.numbers("rtp.ext.rfc5285.id"), [1]);
        assert_eq!(rtp.bytes("rtp.ext.rfc5285.data"), [[0x9e]]);
        assert_eq!(rtp.bytes("rtp.payload"), [[&seq.to_be_bytes()[..], b"body"].concat()]);
    }
}

#[test]
fn sums_are_read_as_they_were_meant() {
    let formats = [Format::FlexFec, Format::FlexFec03, Format::UlpFec];
    let mut capture = Capture::default();
    let mut payloads = Vec::new();
    for format in formats {
        let protection = Protection::Rows { columns: NonZeroU8::new(3).unwrap() };
        let mut encoder = Encoder::new(EncoderConfig { format, protection, bytes_per_packet: 64 }).unwrap();
        let sent = [&b"one"[..], b"three", b"fifteen"];
        let sent: Vec<_> = sent.iter().map(|payload| packet(96, false, 0, &[payload])).collect();
        for (mut packet, seq) in sent.into_iter().zip([0xfffe_u16, 0xffff, 0]) {
            packet[2..4].copy_from_slice(&seq.to_be_bytes());
            encoder.protect(&packet).unwrap();
        }
        let header = Header {
            marker: false,
            payload_type: payload_type(98),
            seq: Seq(3),
            timestamp: Timestamp(4),
            ssrc: Ssrc(2),
        };
        let repair = encoder.poll_repair().unwrap();
        let mut packet = [0; 128];
        let len = repair.write(header, &mut packet).unwrap();
        capture.push(RTP, &packet[..len]);
        payloads.push([repair.header(), repair.body()].concat());
    }
    let Some(dissected) = read("sums", &capture, &[]) else { return };
    for ((format, payload), datagram) in formats.into_iter().zip(payloads).zip(&dissected) {
        let rtp = datagram.layer("rtp");
        assert_eq!(rtp.numbers("rtp.p_type"), [98]);
        assert_eq!(rtp.numbers("rtp.seq"), [3]);
        assert_eq!(rtp.numbers("rtp.timestamp"), [4]);
        assert_eq!(rtp.numbers("rtp.ssrc"), [2]);
        // Only RFC 8627 names whom it protects there.
        let named = (format == Format::FlexFec).then_some(1);
        assert_eq!(rtp.numbers("rtp.csrc.item"), Vec::from_iter(named));
        assert_eq!(rtp.bytes("rtp.payload"), [payload]);
    }
}
