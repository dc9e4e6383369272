//! What a participant may ask for.

use crate::{Door, Name, ParticipantId, PublicationId, Role, Said, Source, Wish};

/// Something a participant who is in the room wants to be so. Wanting what is so already is no mistake, and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To be called otherwise.
    Rename(Name),
    /// To send sound or a picture.
    Publish(Source),
    /// To send it no longer.
    Unpublish(PublicationId),
    /// To hold a publication back: one's own, or, as a host, anybody's.
    Mute(PublicationId),
    /// To hold one's own publication back no longer.
    Unmute(PublicationId),
    /// To have these pictures, and no others.
    Watch(Vec<Wish>),
    /// To speak next.
    RaiseHand,
    /// To take a hand down: one's own, or, as a host, anybody's.
    LowerHand(ParticipantId),
    /// To write to everybody.
    Say(Said),
    /// To let in somebody who waits; of hosts.
    Admit(ParticipantId),
    /// To send away somebody who waits or is in the room; of hosts.
    Remove(ParticipantId),
    /// To make somebody something else; of hosts.
    SetRole(ParticipantId, Role),
    /// To open the door, to have a lobby, to lock; of hosts.
    SetDoor(Door),
    /// To end the meeting for everybody.
    End,
}
