//! What an event makes of the state. Nothing else changes it.
//!
//! Total: an event that fits nothing changes nothing, so that a forged log makes a wrong room and no panic.

use super::State;
use crate::pace::Used;
use crate::{
    Entry, Event, Muted, Name, Participant, ParticipantId, Presence, Publication, PublicationId, Role,
    RoomConfig,
};
use moim_media::Instant;

impl State {
    /// Lets `entry` happen.
    pub(crate) fn apply(&mut self, config: &RoomConfig, entry: &Entry) {
        let at = entry.at;
        self.charge(config, entry);
        match &entry.event {
            Event::Opened | Event::Said { .. } => {}
            Event::Knocked { who, name, role } => self.enter(at, *who, name, *role, Presence::Waiting),
            Event::Joined { who, name, role } => self.enter(at, *who, name, *role, Presence::Here),
            Event::Admitted { who, .. } => self.with(*who, |participant| {
                (participant.presence, participant.since) = (Presence::Here, at);
            }),
            Event::WentAway { who } => {
                self.with(*who, |participant| participant.presence = Presence::Away { since: at });
            }
            Event::CameBack { who } => self.with(*who, |participant| participant.presence = Presence::Here),
            Event::GaveUp { who, .. } | Event::Left { who, .. } => self.leave(*who),
            Event::Renamed { who, name } => self.with(*who, |participant| participant.name = name.clone()),
            Event::RoleSet { who, role, .. } => self.with(*who, |participant| participant.role = *role),
            Event::Published { publication, by, source } => {
                let published = Publication { id: *publication, by: *by, source: *source, muted: Muted::No };
                self.publications.insert(*publication, published);
                self.next_publication = self.next_publication.max(publication.0.saturating_add(1));
            }
            Event::Unpublished { publication, .. } => {
                self.publications.remove(publication);
                self.forget_wishes();
            }
            Event::MutedSet { publication, muted, .. } => self.set_muted(*publication, *muted),
            Event::Watched { who, wishes } => {
                self.with(*who, |participant| participant.wishes.clone_from(wishes));
            }
            Event::HandRaised { who } => self.hands.push(*who),
            Event::HandLowered { who, .. } => self.hands.retain(|hand| hand != who),
            Event::DoorSet { door, .. } => self.door = *door,
            Event::Ended { .. } => self.end(),
        }
        self.deserted = match self.has_person() {
            true => None,
            false => Some(self.deserted.unwrap_or(at)),
        };
    }

    /// Counts the event against the pace of whose wish it was.
    fn charge(&mut self, config: &RoomConfig, entry: &Entry) {
        let Some(by) = entry.event.by() else { return };
        let one_more = |used: &mut Used, pace| *used = used.one_more(entry.at, pace);
        self.with(by, |participant| match entry.event {
            Event::Said { .. } => one_more(&mut participant.written, config.writing),
            _ => one_more(&mut participant.done, config.changes),
        });
    }

    fn enter(&mut self, at: Instant, who: ParticipantId, name: &Name, role: Role, presence: Presence) {
        let participant = Participant {
            name: name.clone(),
            role,
            presence,
            since: at,
            wishes: Vec::new(),
            done: Used::default(),
            written: Used::default(),
        };
        self.participants.insert(who, participant);
        self.next_participant = self.next_participant.max(who.0.saturating_add(1));
    }

    fn leave(&mut self, who: ParticipantId) {
        self.participants.remove(&who);
        self.hands.retain(|&hand| hand != who);
        self.publications.retain(|_, publication| publication.by != who);
        self.forget_wishes();
    }

    fn end(&mut self) {
        self.participants.clear();
        self.publications.clear();
        self.hands.clear();
        self.ended = true;
    }

    /// Nobody watches what is not there.
    fn forget_wishes(&mut self) {
        let there = &self.publications;
        for participant in self.participants.values_mut() {
            participant.wishes.retain(|wish| there.contains_key(&wish.publication));
        }
    }

    fn set_muted(&mut self, id: PublicationId, muted: Muted) {
        if let Some(publication) = self.publications.get_mut(&id) {
            publication.muted = muted;
        }
    }

    fn with(&mut self, who: ParticipantId, change: impl FnOnce(&mut Participant)) {
        if let Some(participant) = self.participants.get_mut(&who) {
            change(participant);
        }
    }
}
