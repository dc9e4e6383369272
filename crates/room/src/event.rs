//! What happens in a room.

use crate::{Door, Muted, Name, ParticipantId, PublicationId, Role, Said, Source, Wish};

/// Something that happened. The state of a room is what its events made of it, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The room was opened.
    Opened,
    /// Somebody waits in the lobby.
    Knocked {
        /// Who.
        who: ParticipantId,
        /// By this name.
        name: Name,
        /// To be this.
        role: Role,
    },
    /// Somebody came in from outside.
    Joined {
        /// Who.
        who: ParticipantId,
        /// By this name.
        name: Name,
        /// As this.
        role: Role,
    },
    /// Somebody came in from the lobby.
    Admitted {
        /// Who.
        who: ParticipantId,
        /// By whom; nobody when the door was opened.
        by: Option<ParticipantId>,
    },
    /// Somebody's connection is gone.
    WentAway {
        /// Whose.
        who: ParticipantId,
    },
    /// It is there again.
    CameBack {
        /// Whose.
        who: ParticipantId,
    },
    /// Somebody waits no longer, and is not in the room.
    GaveUp {
        /// Who.
        who: ParticipantId,
        /// Why.
        reason: Reason,
    },
    /// Somebody is no longer in the room; nor is anything of theirs.
    Left {
        /// Who.
        who: ParticipantId,
        /// Why.
        reason: Reason,
    },
    /// Somebody is called otherwise.
    Renamed {
        /// Who.
        who: ParticipantId,
        /// The new name.
        name: Name,
    },
    /// Somebody is something else.
    RoleSet {
        /// Who.
        who: ParticipantId,
        /// What.
        role: Role,
        /// By whom.
        by: ParticipantId,
    },
    /// There is new sound or a new picture.
    Published {
        /// Which.
        publication: PublicationId,
        /// Whose.
        by: ParticipantId,
        /// From where.
        source: Source,
    },
    /// It is there no longer.
    Unpublished {
        /// Which.
        publication: PublicationId,
        /// By whom: its owner, or a host who took the right to it.
        by: ParticipantId,
    },
    /// A publication is held back, or no longer.
    MutedSet {
        /// Which.
        publication: PublicationId,
        /// Whether.
        muted: Muted,
        /// By whom.
        by: ParticipantId,
    },
    /// Somebody chose pictures.
    Watched {
        /// Who.
        who: ParticipantId,
        /// All of them.
        wishes: Vec<Wish>,
    },
    /// Somebody raised a hand.
    HandRaised {
        /// Who.
        who: ParticipantId,
    },
    /// A hand is down.
    HandLowered {
        /// Whose.
        who: ParticipantId,
        /// By whom.
        by: ParticipantId,
    },
    /// Somebody wrote.
    Said {
        /// Who.
        by: ParticipantId,
        /// What.
        text: Said,
    },
    /// The door stands otherwise.
    DoorSet {
        /// How.
        door: Door,
        /// By whom.
        by: ParticipantId,
    },
    /// The meeting is over.
    Ended {
        /// By whom; nobody when everybody had gone.
        by: Option<ParticipantId>,
    },
}

/// Why somebody is no longer there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// By their own will.
    Own,
    /// Their connection did not come back.
    Lost,
    /// A host sent them away.
    Removed {
        /// Which host.
        by: ParticipantId,
    },
}

/// Whom an event concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Whoever is in the room, and whom it is about.
    Room,
    /// Hosts, and whom it is about.
    Hosts,
    /// Only whoever carries pictures: what others watch is nobody's business.
    Server,
}

impl Event {
    /// Whose wish it was; nobody's when it happened by itself, or from outside.
    #[must_use]
    pub const fn by(&self) -> Option<ParticipantId> {
        match *self {
            Self::Renamed { who, .. } | Self::Watched { who, .. } | Self::HandRaised { who } => Some(who),
            Self::GaveUp { who, reason } | Self::Left { who, reason } => match reason {
                Reason::Own => Some(who),
                Reason::Removed { by } => Some(by),
                Reason::Lost => None,
            },
            Self::RoleSet { by, .. }
            | Self::Published { by, .. }
            | Self::Unpublished { by, .. }
            | Self::MutedSet { by, .. }
            | Self::HandLowered { by, .. }
            | Self::Said { by, .. }
            | Self::DoorSet { by, .. } => Some(by),
            Self::Admitted { by, .. } | Self::Ended { by } => by,
            Self::Opened
            | Self::Knocked { .. }
            | Self::Joined { .. }
            | Self::WentAway { .. }
            | Self::CameBack { .. } => None,
        }
    }

    /// Who is to hear of it.
    #[must_use]
    pub const fn audience(&self) -> Audience {
        match self {
            Self::Watched { .. } => Audience::Server,
            Self::Knocked { .. } | Self::GaveUp { .. } => Audience::Hosts,
            _ => Audience::Room,
        }
    }
}
