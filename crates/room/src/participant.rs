//! Somebody in a room, or in front of it.

use crate::pace::Used;
use crate::{Name, Role, Wish};
use moim_media::Instant;

/// A participant. Numbers are never used twice in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParticipantId(pub(crate) u32);

impl ParticipantId {
    /// The participant of this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// Somebody who is in the room, or waits to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub(crate) name: Name,
    pub(crate) role: Role,
    pub(crate) presence: Presence,
    pub(crate) since: Instant,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) done: Used,
    pub(crate) written: Used,
}

/// Where a participant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In the lobby.
    Waiting,
    /// In the room.
    Here,
    /// In the room, but its connection is gone; it may come back.
    Away {
        /// Since when.
        since: Instant,
    },
}

impl Participant {
    /// What it is called.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// What it is here.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Whether it is here.
    #[must_use]
    pub const fn presence(&self) -> Presence {
        self.presence
    }

    /// Since when it has been in the room, or has waited.
    #[must_use]
    pub const fn since(&self) -> Instant {
        self.since
    }

    /// The pictures that it wants, as it named them last.
    #[must_use]
    pub fn wishes(&self) -> &[Wish] {
        &self.wishes
    }
}

impl Presence {
    /// Whether one is in the room, with or without a connection.
    #[must_use]
    pub const fn is_in(self) -> bool {
        matches!(self, Self::Here | Self::Away { .. })
    }
}
