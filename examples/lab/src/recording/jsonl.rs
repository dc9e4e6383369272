//! Lines of JSON, as the judge of jitter buffers writes them: a header, then one packet per line in the order of
//! arrival. Times are milliseconds with a fraction.
//!
//! ```text
//! {"type":"header","ssrc":1246319700, …}
//! {"arr_ms":20.125,"seq":1001,"ts":66496,"m":0,"pt":111,"p":"payload in Base64"}
//! ```

use super::{LineError, Recording, RecordingError};
use data_encoding::BASE64;
use moim_media::{Instant, Seq, Timestamp};
use moim_rtp::{Header, Packet, PacketBuilder, PayloadType, Ssrc, is_rtcp};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The source of recordings whose header names none.
const UNNAMED: u32 = 0;
/// No longer than what a datagram carries over IPv4, with room for the RTP header.
const LONGEST_PAYLOAD: usize = 65_000;
const RTP_HEADER: usize = 12;

/// What is read of the header; the rest is for others.
#[derive(Debug, Serialize, Deserialize)]
struct Heading {
    #[serde(rename = "type")]
    kind: Kind,
    version: u32,
    ssrc: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Header,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    arr_ms: f64,
    seq: u16,
    ts: u32,
    #[serde(default)]
    m: u8,
    pt: u8,
    p: String,
}

pub(super) fn is(file: &[u8]) -> bool {
    file.trim_ascii_start().starts_with(b"{")
}

pub(super) fn parse(file: &[u8]) -> Result<Recording, RecordingError> {
    let mut recording = Recording::default();
    let mut ssrc = Ssrc(UNNAMED);
    let mut datagram = Vec::new();
    for (number, line) in (1..).zip(file.split(|&byte| byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let wrong = |source| RecordingError::Line { line: number, source };
        if number == 1
            && let Ok(heading) = serde_json::from_slice::<Heading>(line)
        {
            ssrc = Ssrc(heading.ssrc.unwrap_or(UNNAMED));
            continue;
        }
        let line: Line = serde_json::from_slice(line).map_err(LineError::from).map_err(wrong)?;
        let at = line.write(ssrc, &mut datagram).map_err(wrong)?;
        recording.append(at, &datagram);
    }
    Ok(recording)
}

impl Line {
    /// Puts the packet into `datagram` and tells when it came.
    fn write(&self, ssrc: Ssrc, datagram: &mut Vec<u8>) -> Result<Instant, LineError> {
        let payload = BASE64.decode(self.p.as_bytes())?;
        let payload_type = PayloadType::new(self.pt).ok_or(LineError::PayloadType { number: self.pt })?;
        if !(self.arr_ms.is_finite() && self.arr_ms >= 0.0) {
            return Err(LineError::Time { millis: self.arr_ms });
        }
        let bytes = payload.len();
        if bytes > LONGEST_PAYLOAD {
            return Err(LineError::TooLong { bytes });
        }
        let header = Header {
            marker: self.m != 0,
            payload_type,
            seq: Seq(self.seq),
            timestamp: Timestamp(self.ts),
            ssrc,
        };
        datagram.resize(RTP_HEADER + bytes, 0);
        let written = PacketBuilder::new(header).write(&[&payload], datagram);
        written.map_err(|_| LineError::TooLong { bytes })?;
        Ok(Instant::from_nanos((self.arr_ms * 1e6).round() as u64))
    }
}

pub(super) fn write(recording: &Recording) -> String {
    let packets = recording.arrivals().filter(|arrival| !is_rtcp(arrival.datagram));
    let packets = packets.filter_map(|arrival| Some((arrival.at, Packet::parse(arrival.datagram).ok()?)));
    let ssrc = packets.clone().next().map(|(_, packet)| packet.ssrc().0);
    let mut text = String::new();
    let mut line = |value: Result<String, serde_json::Error>| {
        // Neither numbers nor Base64 can fail to be written.
        let _ = writeln!(text, "{}", value.unwrap_or_default());
    };
    line(serde_json::to_string(&Heading { kind: Kind::Header, version: 1, ssrc }));
    for (at, packet) in packets {
        line(serde_json::to_string(&Line {
            arr_ms: at.as_nanos() as f64 / 1e6,
            seq: packet.seq().0,
            ts: packet.timestamp().0,
            m: packet.marker().into(),
            pt: packet.payload_type().get(),
            p: BASE64.encode(packet.payload()),
        }));
    }
    text
}
