//! What a call wants known.

use moim_rtp::Ssrc;

/// Something that happened; see [`Call::poll_event`](crate::Call::poll_event).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Sound of the far side comes in, for the first time or under a new source.
    RemoteJoined {
        /// Its source.
        ssrc: Ssrc,
    },
    /// The far side's numbers began anew under the same source.
    RemoteRestarted {
        /// Its source.
        ssrc: Ssrc,
    },
    /// The far side said goodbye.
    RemoteLeft {
        /// Its source.
        ssrc: Ssrc,
    },
    /// Packets come in under our own source: a loop in the network, or two parties made from one seed, who will not
    /// hear each other (RFC 3550, section 8.2). Told once.
    OwnSourceHeard,
    /// The bitrate of our sound was changed, on what the far side reports.
    BitrateChanged {
        /// Bits per second to aim at from now on.
        bits_per_second: u32,
    },
}
