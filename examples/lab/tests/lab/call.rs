//! A call to try, as files of every format.

use clap::Parser;
use core::time::Duration;
use etherparse::PacketBuilder;
use lab::concealment::Concealment;
use lab::recording::Recording;
use lab::sweep::journey::Journey;
use lab::sweep::networks::Network;
use lab::sweep::talk::Speech;
use moim_media::Instant;
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::{DataLink, PcapResult, TsResolution};
use std::path::PathBuf;
use std::process::Command;

#[derive(Parser)]
struct Said {
    #[command(flatten)]
    speech: Speech,
}

/// What is said in a call of these options.
pub(crate) fn speech(options: &[&str]) -> Speech {
    Said::parse_from([&["said"], options].concat()).speech
}

/// Four seconds through bursts of loss. The first packet comes at zero and the others at whole milliseconds, so that
/// every format can say so.
pub(crate) fn short() -> Recording {
    call(&["--seconds", "4"])
}

/// The same with other options.
pub(crate) fn call(options: &[&str]) -> Recording {
    let speech = speech(options);
    let [network] = Network::named("ge_10")[..] else { panic!("one network") };
    let talk = speech.talk(&speech.sound(1).unwrap(), network.dtx, Concealment::Classic).unwrap();
    let journey = Journey::new(&talk, network, 1).unwrap();
    let all = packets(&journey.recording);
    let mut rounded = Recording::default();
    for (at, datagram) in &all {
        rounded.push(Instant::from_millis(at.since(all[0].0).as_millis() as u64), datagram);
    }
    rounded
}

/// Instants and datagrams.
pub(crate) fn packets(recording: &Recording) -> Vec<(Instant, Vec<u8>)> {
    recording.arrivals().map(|arrival| (arrival.at, arrival.datagram.to_vec())).collect()
}

/// As rtpdump writes it.
pub(crate) fn dumped(recording: &Recording) -> Vec<u8> {
    let mut file = b"#!rtpplay1.0 127.0.0.1/5004\n".to_vec();
    file.extend([0; 16]);
    for (at, datagram) in packets(recording) {
        let length = datagram.len() as u16;
        file.extend((length + 8).to_be_bytes());
        file.extend(length.to_be_bytes());
        file.extend((at.since_epoch().as_millis() as u32).to_be_bytes());
        file.extend(datagram);
    }
    file
}

/// A frame of Ethernet around a datagram.
pub(crate) fn ethernet(datagram: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([1; 6], [2; 6]).ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64);
    let mut frame = Vec::new();
    builder.udp(5_004, 5_006).write(&mut frame, datagram).unwrap();
    frame
}

/// As tcpdump writes it, in frames of `link`.
pub(crate) fn captured(recording: &Recording, link: DataLink, frame: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let header =
        PcapHeader { datalink: link, ts_resolution: TsResolution::MicroSecond, ..PcapHeader::default() };
    let written: PcapResult<Vec<u8>> = (|| {
        let mut writer = PcapWriter::with_header(Vec::new(), header)?;
        for (at, datagram) in packets(recording) {
            let frame = frame(&datagram);
            writer.write_packet(&PcapPacket::new(at.since_epoch(), frame.len() as u32, &frame))?;
        }
        Ok(writer.into_writer())
    })();
    written.unwrap()
}

/// As Wireshark writes it, with times in nanoseconds.
pub(crate) fn captured_next_generation(recording: &Recording) -> Vec<u8> {
    let written: PcapResult<Vec<u8>> = (|| {
        let mut writer = PcapNgWriter::new(Vec::new())?;
        let mut interface = InterfaceDescriptionBlock::new(DataLink::ETHERNET, 0);
        interface.options.push(InterfaceDescriptionOption::IfTsResol(9));
        writer.write_pcapng_block(interface)?;
        for (at, datagram) in packets(recording) {
            let frame = ethernet(&datagram);
            writer.write_pcapng_block(EnhancedPacketBlock {
                interface_id: 0,
                timestamp: Duration::from_nanos(at.as_nanos()),
                original_len: frame.len() as u32,
                data: frame.into(),
                options: Vec::new(),
            })?;
        }
        Ok(writer.into_inner())
    })();
    written.unwrap()
}

/// Runs the program; what it prints, or complains about.
pub(crate) fn lab(arguments: &[&str]) -> Result<String, String> {
    let run = Command::new(env!("CARGO_BIN_EXE_lab")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if run.status.success() { Ok(text(run.stdout)) } else { Err(text(run.stderr)) }
}

/// A folder of a test's own; gone when the test is.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("lab-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
