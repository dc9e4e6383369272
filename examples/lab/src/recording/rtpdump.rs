//! The format of `rtpdump -F dump`, as rtptools describe it. Times are whole milliseconds since its start.

use super::{Recording, RecordingError};
use moim_media::Instant;

/// What a file begins with; address and port follow, up to the end of the line.
const MAGIC: &[u8] = b"#!rtpplay1.0 ";
/// Start in seconds and microseconds, address, port, padding.
const FILE_HEADER: usize = 16;
/// Length with this header, length of the packet, milliseconds since the start.
const PACKET_HEADER: usize = 8;

pub(super) fn is(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

pub(super) fn parse(file: &[u8]) -> Result<Recording, RecordingError> {
    let cut_off = |rest: &[u8], what| RecordingError::CutOff { at: file.len() - rest.len(), what };
    let line = file.iter().position(|&byte| byte == b'\n').ok_or(cut_off(file, "the first line"))?;
    let mut rest = file.get(line + 1 + FILE_HEADER..).ok_or(cut_off(&file[line + 1..], "the header"))?;
    let mut recording = Recording::default();
    while !rest.is_empty() {
        let (header, behind) =
            rest.split_first_chunk::<PACKET_HEADER>().ok_or(cut_off(rest, "the header of a packet"))?;
        let [l0, l1, p0, p1, t0, t1, t2, t3] = *header;
        let Some(body) = usize::from(u16::from_be_bytes([l0, l1])).checked_sub(PACKET_HEADER) else {
            let at = file.len() - rest.len();
            return Err(RecordingError::Broken { at, what: "a packet is shorter than its header" });
        };
        let captured = usize::from(u16::from_be_bytes([p0, p1])).min(body);
        let (packet, next) = behind.split_at_checked(body).ok_or(cut_off(rest, "a packet"))?;
        // Length 0 marks a packet of RTCP.
        if captured > 0 {
            recording.append(
                Instant::from_millis(u32::from_be_bytes([t0, t1, t2, t3]).into()),
                &packet[..captured],
            );
        }
        rest = next;
    }
    Ok(recording)
}
