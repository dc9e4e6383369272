//! Why something is not done.

use crate::{Right, Role};
use moim_media::Instant;

/// Why a room does not do what it was asked. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The meeting is over.
    #[error("the meeting is over")]
    Ended,
    /// There is no place left, in the room or in its lobby.
    #[error("the room is full")]
    Full,
    /// The door is locked.
    #[error("the room is locked")]
    Locked,
    /// Whoever asks is not in the room: never was, has left, or waits in the lobby.
    #[error("only who is in the room may ask for that")]
    NotHere,
    /// The participant spoken of is not there.
    #[error("there is no such participant")]
    NoSuchParticipant,
    /// The publication spoken of is not there.
    #[error("there is no such publication")]
    NoSuchPublication,
    /// The role does not give the right.
    #[error("a {role:?} may not do that (the right to {right:?})")]
    NotAllowed {
        /// The role.
        role: Role,
        /// What it lacks.
        right: Right,
    },
    /// It was somebody else's.
    #[error("only its owner may do that")]
    NotYours,
    /// Nobody would lead the meeting any more.
    #[error("the only host stays host")]
    LastHost,
    /// Programs are no persons, and the other way round.
    #[error("a bot is and stays a bot")]
    BotsStay,
    /// More pictures than one participant may watch.
    #[error("{asked} pictures were asked for, of which {most} are allowed")]
    TooMany {
        /// How many were asked for.
        asked: usize,
        /// The most.
        most: usize,
    },
    /// Too much in too short a time.
    #[error("too often; again at {until:?}")]
    TooOften {
        /// When it may be done again.
        until: Instant,
    },
}
