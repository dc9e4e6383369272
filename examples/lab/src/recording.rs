//! A recorded call: the datagrams of one stream, and when each came.

mod rtpdump;

use anyhow::{Context, Result};
use moim_media::Instant;
use std::fs;
use std::path::Path;

/// A datagram, and when it came since the recording began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) datagram: Vec<u8>,
}

/// Reads a recording, its arrivals in order.
pub(crate) fn read(path: &Path) -> Result<Vec<Arrival>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut arrivals = rtpdump::parse(&bytes).with_context(|| format!("cannot read {}", path.display()))?;
    arrivals.sort_by_key(|arrival| arrival.at);
    Ok(arrivals)
}
