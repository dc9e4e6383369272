//! Who may do what.

/// What somebody is in a room.
///
/// It is given by whoever embeds the room – a link, a token, a login – and changed by hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Leads the meeting: admits, mutes, removes, locks and ends.
    Host,
    /// Speaks and shows.
    Speaker,
    /// Hears, sees, writes, and raises a hand to be made a speaker.
    Listener,
    /// A program. It speaks and shows, and keeps no room open.
    Bot,
    /// Hears and sees, and nothing else; everybody sees that it is there.
    Observer,
}

/// What one may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// Send sound and pictures.
    Publish,
    /// Write to everybody.
    Write,
    /// Raise a hand.
    RaiseHand,
    /// Lead: admit, mute and remove others, change roles, open and lock the door.
    Lead,
    /// End the meeting for everybody.
    End,
}

impl Role {
    /// Whether this role alone gives `right`. A room may let [others end](crate::Ending) the meeting, too.
    #[must_use]
    pub const fn gives(self, right: Right) -> bool {
        match right {
            Right::Publish => matches!(self, Self::Host | Self::Speaker | Self::Bot),
            Right::Write => !matches!(self, Self::Observer),
            Right::RaiseHand => matches!(self, Self::Host | Self::Speaker | Self::Listener),
            Right::Lead | Right::End => matches!(self, Self::Host),
        }
    }

    /// Whether this is somebody for whom a room is kept open.
    #[must_use]
    pub const fn is_person(self) -> bool {
        !matches!(self, Self::Bot)
    }

    /// Whether the door stands open for this role even when there is a lobby.
    pub(crate) const fn passes_lobby(self) -> bool {
        matches!(self, Self::Host | Self::Bot)
    }
}
