//! A recorded call: datagrams, and when each came.

mod jsonl;
mod pcap;
mod rtpdump;

use anyhow::{Context, Result};
use moim_media::Instant;
use std::fs;
use std::ops::Range;
use std::path::Path;

/// The datagrams that arrived somewhere, in the order of their arrival.
///
/// Instants count from the beginning of the recording: the zero of an rtpdump and of a `.jsonl`, whose times are
/// relative already; of a capture the first record, or the zero of the simulator that wrote it (times within a day of
/// 1970).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// All datagrams, one behind the other.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    at: Instant,
    place: Range<usize>,
}

/// A datagram, and when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival<'a> {
    /// Since the beginning of the recording.
    pub at: Instant,
    /// RTP, or whatever else was recorded.
    pub datagram: &'a [u8],
}

/// Why bytes are not a recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// They begin like nothing that is known.
    #[error("neither rtpdump (rtpplay1.0) nor pcap or pcapng nor lines of JSON")]
    UnknownFormat,
    /// They end in the middle of something.
    #[error("cut off at byte {at}, in {what}")]
    CutOff {
        /// Where what is incomplete begins.
        at: usize,
        /// What it is.
        what: &'static str,
    },
    /// A record contradicts itself.
    #[error("broken at byte {at}: {what}")]
    Broken {
        /// Where the record begins.
        at: usize,
        /// How it does so.
        what: &'static str,
    },
    /// The structure of a capture is not one.
    #[error("broken at byte {at}: {source}")]
    Capture {
        /// Where the block begins.
        at: usize,
        /// What is wrong with it.
        source: pcap_file::PcapError,
    },
    /// A capture of something that packets of IP are not found in.
    #[error(
        "a capture of link type {number}; Ethernet, Linux cooked (v1, v2), loopback and raw IP can be read: \
         try `editcap -F pcap -T ether`"
    )]
    LinkType {
        /// As tcpdump numbers it.
        number: u32,
    },
    /// A line is not what it should be.
    #[error("line {line}: {source}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: LineError,
    },
}

/// What is wrong with a line of JSON.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It is not the JSON that was expected.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Its payload is not in Base64.
    #[error("the payload `p` is not Base64: {0}")]
    Base64(#[from] data_encoding::DecodeError),
    /// Its time is no time.
    #[error("{millis} is no arrival time")]
    Time {
        /// What stands there.
        millis: f64,
    },
    /// Its payload type does not fit into seven bits.
    #[error("there is no payload type {number}")]
    PayloadType {
        /// What stands there.
        number: u8,
    },
    /// Its payload does not fit into a datagram.
    #[error("a payload of {bytes} bytes does not fit into a datagram")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
}

impl Recording {
    /// Reads the recording in the file at `path`; its format is recognised by its content.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is not a recording.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&bytes).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Reads a recording of any known format.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with `file`, and where.
    pub fn parse(file: &[u8]) -> Result<Self, RecordingError> {
        let mut recording = match file {
            _ if rtpdump::is(file) => rtpdump::parse(file),
            _ if pcap::is(file) => pcap::parse(file),
            _ if pcap::is_next_generation(file) => pcap::parse_next_generation(file),
            _ if jsonl::is(file) => jsonl::parse(file),
            _ => Err(RecordingError::UnknownFormat),
        }?;
        recording.entries.sort_by_key(|entry| entry.at);
        Ok(recording)
    }

    /// Adds a datagram that came at `at`, behind those that came then or before.
    pub fn push(&mut self, at: Instant, datagram: &[u8]) {
        let place = self.entries.partition_point(|entry| entry.at <= at);
        self.append(at, datagram);
        self.entries[place..].rotate_right(1);
    }

    /// Adds a datagram, wherever its time belongs.
    fn append(&mut self, at: Instant, datagram: &[u8]) {
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(datagram);
        self.entries.push(Entry { at, place: begin..self.bytes.len() });
    }

    /// All datagrams, in the order of arrival.
    pub fn arrivals(&self) -> impl ExactSizeIterator<Item = Arrival<'_>> + Clone {
        self.entries
            .iter()
            .map(|Entry { at, place }| Arrival { at: *at, datagram: &self.bytes[place.clone()] })
    }

    /// When the last datagram came.
    #[must_use]
    pub fn end(&self) -> Option<Instant> {
        self.entries.last().map(|last| last.at)
    }

    /// The recording as lines of JSON, which keep times to the nanosecond. What is not RTP is left out.
    #[must_use]
    pub fn to_jsonl(&self) -> String {
        jsonl::write(self)
    }
}
