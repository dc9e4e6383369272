//! ffmpeg: packets go through UDP, and a description says what they are.

use crate::PATIENCE;
use crate::packets::{self, MTU, SSRC};
use crate::source::Source;
use crate::stream::Stream;
use crate::wire::{ANY, Wire};
use host::{Program, RtcpPort, Visitor};
use moim_rtp::rtcp::{Part, Writer, walk};
use moim_rtp::{Packet, is_rtcp};
use moim_sdp::sdp_types::{Connection, Origin, Session, Time};
use moim_sdp::{Description, Direction, Format, Parameters, Protocol, RtcpMux, Section};
use std::net::SocketAddr;
use std::process::Command;

/// We send, ffmpeg writes.
pub(crate) fn takes(stream: &Stream) {
    let Some(source) = Source::make(stream, "to-ffmpeg") else { return };
    let mut datagrams = packets::pay(stream, &source.units);
    // On the port of the media it comes behind the last packet, and then ffmpeg ends.
    datagrams.push(report(|writer| writer.goodbye(&[SSRC])));

    let mut wire = Wire::new(RtcpPort::Muxed);
    let visitor = Visitor::new().expect("a free port");
    // Free for the moment: nobody else was given them since.
    let port = Wire::new(RtcpPort::Next).port();
    let (description, written) = (source.beside("description.sdp"), source.beside("written"));
    std::fs::write(&description, describe(stream, port)).expect("a file for ffmpeg");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error", "-protocol_whitelist", "file,udp,rtp", "-i"]).arg(description);
    ffmpeg.args(["-c", "copy", "-f", stream.layout.name()]).arg(&written);
    let mut ffmpeg = Program::start(&mut ffmpeg).expect("ffmpeg");

    // The port for reports it opens last.
    ffmpeg.wait_for_port(&visitor, port + 1, PATIENCE).expect("ffmpeg listens");
    wire.send(datagrams, SocketAddr::new(ANY.ip(), port));
    ffmpeg.finish(PATIENCE).expect("ffmpeg ends");
    let written = std::fs::read(written).expect("what ffmpeg wrote");
    source.check(stream, &stream.layout.units(&written));
    assert!(!stream.layout.is_bare() || written == source.units.concat(), "the same units, another file");
}

/// ffmpeg sends, we put together.
pub(crate) fn sends(stream: &Stream) {
    let Some(source) = Source::make(stream, "from-ffmpeg") else { return };
    let mut wire = Wire::new(RtcpPort::Next);
    let description = source.beside("description.sdp");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error", "-f", stream.layout.name()]);
    ffmpeg.args(stream.layout.read_as().split_whitespace()).arg("-i").arg(&source.file);
    ffmpeg.args(["-c", "copy", "-f", "rtp", "-rtpflags", "send_bye", "-sdp_file"]).arg(&description);
    ffmpeg.arg(format!("rtp://127.0.0.1:{}?pkt_size={MTU}", wire.port()));
    let ffmpeg = Program::start(&mut ffmpeg).expect("ffmpeg");

    let came = wire.receive("all that was sent has come", is_all);
    ffmpeg.finish(PATIENCE).expect("ffmpeg ends");
    let described = std::fs::read(description).expect("what ffmpeg says that it sends");
    let parsed = Description::parse(&described).expect("a description");
    assert_eq!(parsed.problems, []);
    let format = described_format(&parsed.description, stream, &source);
    let packets: Vec<_> = came.iter().filter(|datagram| !is_rtcp(datagram)).cloned().collect();
    source.check(stream, &packets::depay(&format, &packets));
}

/// What is sent to this port, as ffmpeg needs to know it.
fn describe(stream: &Stream, port: u16) -> String {
    let mut session = Session::new(Origin::with_ip_addr("1", 1, ANY.ip()), "-");
    session.connection = Some(Connection::from_ip_addr(ANY.ip()));
    session.add_time(Time::new(0, 0));
    let mut section = Section::new(stream.kind.clone(), Protocol::RtpAvp);
    section.port = port;
    section.direction = Direction::SendOnly;
    section.rtcp_mux = RtcpMux::Muxed;
    section.formats = vec![stream.format()];
    Description { session, groups: Vec::new(), sections: vec![section] }.to_string()
}

/// The one format that ffmpeg describes, which is that of the stream.
fn described_format(description: &Description, stream: &Stream, source: &Source) -> Format {
    let [section] = &description.sections[..] else { panic!("one section") };
    let [format] = &section.formats[..] else { panic!("one format") };
    let expected = stream.format();
    assert!(section.kind == stream.kind && format.encoding.is_same(&expected.encoding), "{format:?}");
    if let Parameters::H264(parameters) = &format.parameters {
        let (first, sets) = (&source.units[0], &parameters.sprop_parameter_sets);
        assert!(!sets.is_empty() && first.starts_with(sets), "parameter sets of the first picture");
    }
    format.clone()
}

/// A compound packet.
fn report(add: impl FnOnce(&mut Writer<'_>) -> Result<(), moim_rtp::rtcp::WriteError>) -> Vec<u8> {
    let mut buffer = [0; 128];
    let mut writer = Writer::new(&mut buffer);
    let written = writer.receiver_report(SSRC, &[]).and_then(|()| writer.cname(SSRC, "moim"));
    written.and_then(|()| add(&mut writer)).expect("room");
    writer.as_bytes().to_vec()
}

/// Whether the sender has left, and all that it says to have sent is here.
fn is_all(came: &[Vec<u8>]) -> bool {
    let (mut sent, mut has_left, mut packets) = (0, false, 0);
    for datagram in came {
        if !is_rtcp(datagram) {
            packets += u32::from(Packet::parse(datagram).is_ok());
            continue;
        }
        for part in walk(datagram) {
            match part.expect("a report") {
                Part::SenderReport(report) => sent = report.info.packets,
                Part::Goodbye(_) => has_left = true,
                _ => {}
            }
        }
    }
    has_left && packets == sent
}
