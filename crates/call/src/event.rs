//! What a call wants known.

use moim_rtp::Ssrc;

/// Voice or picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Medium {
    /// The voice.
    Voice,
    /// The picture.
    Picture,
}

/// Something that happened; see [`Call::poll_event`](crate::Call::poll_event).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Sound or picture of the far side comes in, for the first time or under a new source.
    RemoteJoined {
        /// Which of the two.
        medium: Medium,
        /// Its source.
        ssrc: Ssrc,
    },
    /// The far side's numbers began anew under the same source.
    RemoteRestarted {
        /// Of which of the two.
        medium: Medium,
        /// Its source.
        ssrc: Ssrc,
    },
    /// The far side said goodbye.
    RemoteLeft {
        /// With which of the two.
        medium: Medium,
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
    /// The size or the frame rate of our picture was changed, for there is more or less room.
    QualityChanged {
        /// What each side of the camera's picture is divided by.
        divisor: u32,
        /// Pictures per second.
        frame_rate: f32,
    },
    /// There is no room for our picture: it is held back, so that the voice gets through.
    PictureHeld,
    /// There is room for our picture again.
    PictureResumed,
}
