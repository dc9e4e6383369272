//! How things stand in a room.

mod apply;

use crate::{Door, Participant, ParticipantId, Presence, Publication, PublicationId, Right, Role};
use moim_media::Instant;
use std::collections::BTreeMap;

/// How things stand in a room: what its events made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    participants: BTreeMap<ParticipantId, Participant>,
    publications: BTreeMap<PublicationId, Publication>,
    /// Who wants to speak, the first first.
    hands: Vec<ParticipantId>,
    door: Door,
    ended: bool,
    /// Since when no person is there.
    deserted: Option<Instant>,
    next_participant: u32,
    next_publication: u32,
}

impl State {
    pub(crate) fn new(door: Door) -> Self {
        Self {
            participants: BTreeMap::new(),
            publications: BTreeMap::new(),
            hands: Vec::new(),
            door,
            ended: false,
            deserted: None,
            next_participant: 0,
            next_publication: 0,
        }
    }

    /// All who are in the room or wait for it, in the order in which they came.
    pub fn participants(&self) -> impl Iterator<Item = (ParticipantId, &Participant)> {
        self.participants.iter().map(|(&id, participant)| (id, participant))
    }

    /// The participant `id`; `None` when it is not there.
    #[must_use]
    pub fn participant(&self, id: ParticipantId) -> Option<&Participant> {
        self.participants.get(&id)
    }

    /// All sound and pictures, in the order in which they were published.
    pub fn publications(&self) -> impl Iterator<Item = &Publication> {
        self.publications.values()
    }

    /// The publication `id`; `None` when it is not there.
    #[must_use]
    pub fn publication(&self, id: PublicationId) -> Option<&Publication> {
        self.publications.get(&id)
    }

    /// Who raised a hand, in the order in which they did.
    #[must_use]
    pub fn hands(&self) -> &[ParticipantId] {
        &self.hands
    }

    /// How the door stands.
    #[must_use]
    pub const fn door(&self) -> Door {
        self.door
    }

    /// Whether the meeting is over. Nobody is in a room that is.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Since when no person has been there, with bots or without.
    #[must_use]
    pub const fn deserted(&self) -> Option<Instant> {
        self.deserted
    }

    /// The number of the next participant; `None` when all were given away.
    pub(crate) fn next_participant(&self) -> Option<ParticipantId> {
        (self.next_participant < u32::MAX).then_some(ParticipantId(self.next_participant))
    }

    pub(crate) fn next_publication(&self) -> Option<PublicationId> {
        (self.next_publication < u32::MAX).then_some(PublicationId(self.next_publication))
    }

    /// How many are in the room.
    pub(crate) fn inside(&self) -> usize {
        self.participants.values().filter(|participant| participant.presence.is_in()).count()
    }

    /// Who waits in the lobby, the first first.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = ParticipantId> {
        self.participants()
            .filter(|(_, participant)| participant.presence == Presence::Waiting)
            .map(|(id, _)| id)
    }

    /// Whether `id` leads, and nobody else does.
    pub(crate) fn is_last_host(&self, id: ParticipantId) -> bool {
        let mut hosts = self
            .participants()
            .filter(|(_, one)| one.role.gives(Right::Lead) && one.presence.is_in())
            .map(|(id, _)| id);
        hosts.next() == Some(id) && hosts.next().is_none()
    }

    /// Whether `by` already publishes from `publication`'s source.
    pub(crate) fn published_by(&self, by: ParticipantId) -> impl Iterator<Item = &Publication> {
        self.publications.values().filter(move |publication| publication.by == by)
    }

    /// Whether there is anybody for whom a room is kept.
    fn has_person(&self) -> bool {
        self.participants.values().map(|participant| participant.role).any(Role::is_person)
    }
}
