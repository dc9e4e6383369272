//! Captures, as tcpdump and Wireshark write them: whatever came over UDP, over IPv4 or IPv6.
//!
//! Link types: <https://www.tcpdump.org/linktypes.html>. What is cut short, in fragments, or of another protocol is
//! passed over.

use super::{Recording, RecordingError};
use core::time::Duration;
use etherparse::{EtherType, SlicedPacket, TransportSlice};
use moim_media::Instant;
use pcap_file::pcap::PcapParser;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::{Block, PcapNgParser};
use pcap_file::{DataLink, PcapError, TsResolution};

/// In either order of bytes, with micro- or nanoseconds.
const MAGIC: [[u8; 4]; 4] =
    [[0xa1, 0xb2, 0xc3, 0xd4], [0xd4, 0xc3, 0xb2, 0xa1], [0xa1, 0xb2, 0x3c, 0x4d], [0x4d, 0x3c, 0xb2, 0xa1]];
const MAGIC_NEXT_GENERATION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// In front of a packet captured on a loopback device of BSD: its address family.
const LOOPBACK_HEADER: usize = 4;
/// Protocol, reserved, interface, hardware, packet type, address and its length.
const COOKED_HEADER: usize = 20;
/// Ticks per second of pcapng, when the interface says nothing else: 10⁶.
const MICROSECONDS: u8 = 6;
/// No clock on a wall shows a time so soon after 1970: it is a simulator's, and its zero is that of the call.
const SIMULATED: Duration = Duration::from_secs(24 * 3_600);

pub(super) fn is(file: &[u8]) -> bool {
    MAGIC.iter().any(|magic| file.starts_with(magic))
}

pub(super) fn is_next_generation(file: &[u8]) -> bool {
    file.starts_with(&MAGIC_NEXT_GENERATION)
}

pub(super) fn parse(file: &[u8]) -> Result<Recording, RecordingError> {
    let wrong = |rest: &[u8]| {
        let at = file.len() - rest.len();
        move |error| capture_error(error, at)
    };
    let (mut rest, parser) = PcapParser::new(file).map_err(wrong(file))?;
    let header = parser.header();
    let mut capture = Capture::default();
    while !rest.is_empty() {
        // Raw: a packet longer than the snap length is nothing to refuse a capture for.
        let (behind, packet) = parser.next_raw_packet(rest).map_err(wrong(rest))?;
        let fraction = match header.ts_resolution {
            TsResolution::MicroSecond => Duration::from_micros(packet.ts_frac.into()),
            TsResolution::NanoSecond => Duration::from_nanos(packet.ts_frac.into()),
        };
        let at = Duration::from_secs(packet.ts_sec.into()) + fraction;
        capture.add(at, header.datalink, &packet.data)?;
        rest = behind;
    }
    Ok(capture.recording)
}

pub(super) fn parse_next_generation(file: &[u8]) -> Result<Recording, RecordingError> {
    let wrong = |rest: &[u8]| {
        let at = file.len() - rest.len();
        move |error| capture_error(error, at)
    };
    let (mut rest, mut parser) = PcapNgParser::new(file).map_err(wrong(file))?;
    let mut capture = Capture::default();
    while !rest.is_empty() {
        let (behind, block) = parser.next_block(rest).map_err(wrong(rest))?;
        // `SimplePacket` has no time.
        if let Block::EnhancedPacket(packet) = block {
            let at = file.len() - rest.len();
            let Some(interface) = parser.packet_interface(&packet) else {
                return Err(RecordingError::Broken {
                    at,
                    what: "a packet of an interface that is not described",
                });
            };
            // The parser takes ticks for nanoseconds, whatever they are.
            let ticks = packet.timestamp.as_nanos();
            capture.add(time(ticks, resolution(interface)), interface.linktype, &packet.data)?;
        }
        rest = behind;
    }
    Ok(capture.recording)
}

fn capture_error(error: PcapError, at: usize) -> RecordingError {
    match error {
        PcapError::IncompleteBuffer => RecordingError::CutOff { at, what: "a block" },
        source => RecordingError::Capture { at, source },
    }
}

/// How an interface counts time: the option `if_tsresol`.
fn resolution(interface: &InterfaceDescriptionBlock<'_>) -> u8 {
    let said = interface.options.iter().find_map(|option| match option {
        InterfaceDescriptionOption::IfTsResol(resolution) => Some(*resolution),
        _ => None,
    });
    said.unwrap_or(MICROSECONDS)
}

/// A power of ten; with the highest bit set, of two.
fn time(ticks: u128, resolution: u8) -> Duration {
    let exponent = u32::from(resolution & 0x7f);
    let base: u128 = if resolution & 0x80 == 0 { 10 } else { 2 };
    // More ticks per second than 128 bits count: every time is zero.
    let per_second = base.checked_pow(exponent).unwrap_or(u128::MAX);
    let seconds = u64::try_from(ticks / per_second).unwrap_or(u64::MAX);
    let nanos = (ticks % per_second).saturating_mul(1_000_000_000) / per_second;
    Duration::new(seconds, u32::try_from(nanos).unwrap_or(0))
}

/// A capture on its way to a recording.
#[derive(Debug, Default)]
struct Capture {
    /// From when on times count: from the first record on, or from the zero of a simulator.
    start: Option<Duration>,
    recording: Recording,
}

impl Capture {
    fn add(&mut self, at: Duration, link: DataLink, frame: &[u8]) -> Result<(), RecordingError> {
        let start = *self.start.get_or_insert(if at < SIMULATED { Duration::ZERO } else { at });
        let sliced = match link {
            DataLink::ETHERNET => SlicedPacket::from_ethernet(frame).ok(),
            DataLink::LINUX_SLL => SlicedPacket::from_linux_sll(frame).ok(),
            DataLink::LINUX_SLL2 => cooked(frame),
            DataLink::RAW | DataLink::IPV4 | DataLink::IPV6 => SlicedPacket::from_ip(frame).ok(),
            DataLink::NULL | DataLink::LOOP => {
                frame.get(LOOPBACK_HEADER..).and_then(|packet| SlicedPacket::from_ip(packet).ok())
            }
            other => return Err(RecordingError::LinkType { number: other.into() }),
        };
        if let Some(TransportSlice::Udp(udp)) = sliced.and_then(|sliced| sliced.transport) {
            self.recording.append(Instant::EPOCH + at.saturating_sub(start), udp.payload());
        }
        Ok(())
    }
}

/// Linux cooked, version 2.
fn cooked(frame: &[u8]) -> Option<SlicedPacket<'_>> {
    let (header, packet) = frame.split_at_checked(COOKED_HEADER)?;
    let protocol = u16::from_be_bytes([header[0], header[1]]);
    SlicedPacket::from_ether_type(EtherType(protocol), packet).ok()
}
