//! The format of `rtpdump -F dump`, as rtptools describe it.

use super::Arrival;
use anyhow::{Context, Result, ensure};
use moim_media::Instant;

/// What a file begins with, up to the end of its first line.
const MAGIC: &[u8] = b"#!rtpplay1.0 ";
/// Start in seconds and microseconds, address, port, padding.
const FILE_HEADER: usize = 16;
/// Length with this header, length of the packet, milliseconds since the start.
const PACKET_HEADER: usize = 8;

pub(super) fn parse(file: &[u8]) -> Result<Vec<Arrival>> {
    ensure!(file.starts_with(MAGIC), "not a file of rtpdump");
    let line = file.iter().position(|&byte| byte == b'\n').context("the first line has no end")?;
    let mut rest = file.get(line + 1 + FILE_HEADER..).context("the header is cut off")?;
    let mut arrivals = Vec::new();
    while let Some((header, behind)) = rest.split_first_chunk::<PACKET_HEADER>() {
        let [l0, l1, p0, p1, t0, t1, t2, t3] = *header;
        let body = usize::from(u16::from_be_bytes([l0, l1]))
            .checked_sub(PACKET_HEADER)
            .context("a packet is shorter than its header")?;
        let captured = usize::from(u16::from_be_bytes([p0, p1])).min(body);
        let (packet, next) = behind.split_at_checked(body).context("the last packet is cut off")?;
        let at = Instant::from_millis(u32::from_be_bytes([t0, t1, t2, t3]).into());
        // Length 0 marks a packet of RTCP.
        if captured > 0 {
            arrivals.push(Arrival { at, datagram: packet[..captured].to_vec() });
        }
        rest = next;
    }
    ensure!(rest.is_empty(), "the last packet is cut off");
    Ok(arrivals)
}
