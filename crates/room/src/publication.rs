//! What participants send, and what they want of others.

use crate::ParticipantId;

/// A publication. Numbers are never used twice in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicationId(pub(crate) u32);

impl PublicationId {
    /// The publication of this number.
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

/// Where sound or a picture comes from. Everybody publishes one of each at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A voice.
    Microphone,
    /// A face.
    Camera,
    /// A screen, a window, a board.
    Screen,
}

/// Sound or a picture that somebody sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Which.
    pub id: PublicationId,
    /// Whose.
    pub by: ParticipantId,
    /// From where.
    pub source: Source,
    /// Whether it is silenced or dark.
    pub muted: Muted,
}

/// Whether a publication is held back, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Muted {
    /// It is not.
    No,
    /// By its owner.
    Owner,
    /// By a host. Its owner may lift that, for a host can silence but never make somebody heard; who shall not speak
    /// again is made a listener.
    Host,
}

/// What a receiver wants of one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wish {
    /// Which picture.
    pub publication: PublicationId,
    /// How large it is shown.
    pub area: Area,
    /// Whether it goes before others.
    pub importance: Importance,
}

/// A size on a screen, in device pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Area {
    /// Pixels in a row.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// Which pictures are given up last when a link is too narrow for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Importance {
    /// One of many.
    Usual,
    /// Chosen by the viewer.
    Pinned,
}
