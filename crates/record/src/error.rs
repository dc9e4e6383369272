//! What can go wrong while writing, and while reading.

use std::io;

/// Why something was not recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Mp4WriteError {
    /// The configuration has no such track. Nothing was recorded; the writer goes on.
    #[error("the recording has no such track")]
    NoSuchTrack,
    /// There is no NAL unit behind a start code. Nothing was recorded; the writer goes on.
    #[error("the access unit holds no NAL unit")]
    NotAnnexB,
    /// The bytes are no Opus packet. Nothing was recorded; the writer goes on.
    #[error("the packet is not one of Opus")]
    NotOpus,
    /// Larger than what may wait in memory. Nothing was recorded; the writer goes on.
    #[error("{actual} bytes are more than the {most} that may wait")]
    TooLarge {
        /// Bytes that it would take.
        actual: usize,
        /// Bytes that there are for it.
        most: usize,
    },
    /// More than 136 years after the start. Nothing was recorded; the writer goes on.
    #[error("no recording lasts so long")]
    TimeOutOfRange,
    /// Writing failed, perhaps half-way. The file is good up to the fragment before; nothing more is written to it.
    #[error("the file cannot be written")]
    Io(#[from] io::Error),
    /// An earlier call ended with [`Io`](Self::Io).
    #[error("writing failed before, the recording has ended")]
    Poisoned,
}

/// Why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mp4ReadError {
    /// There is no `moov` box, or it was cut off: nothing tells what the file holds.
    #[error("the file has no movie header")]
    NoHeader,
    /// A box that must be there is not.
    #[error("the box {} is missing", kind.escape_ascii())]
    Missing {
        /// Its four characters.
        kind: [u8; 4],
    },
    /// A box is not what its name says.
    #[error("the box {} is malformed", kind.escape_ascii())]
    Malformed {
        /// Its four characters.
        kind: [u8; 4],
    },
    /// Samples take more bytes than the file has: they overlap, or are of no size in endless number.
    #[error("the samples need more bytes than the file has")]
    SamplesOverlap,
    /// Samples refer to another description of their format than the first: a way to change it that is not read here.
    #[error("sample description {index} is used, only the first is read")]
    Description {
        /// The number of the description, from 1.
        index: u32,
    },
    /// More than 64 tracks.
    #[error("the file has more than 64 tracks")]
    Tracks,
    /// A NAL unit reaches out of its sample.
    #[error("a NAL unit reaches out of its sample")]
    BrokenSample,
}
