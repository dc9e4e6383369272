//! What each command asks of the one who gives it, and what it makes happen.

use super::Room;
use crate::{
    Command, Door, Ending, Event, Muted, Participant, ParticipantId, Presence, Publication, PublicationId,
    Reason, Refusal, Right, Role, Source, Wish,
};
use moim_media::Instant;

impl Room {
    pub(super) fn carry_out(
        &mut self,
        now: Instant,
        by: ParticipantId,
        command: Command,
    ) -> Result<(), Refusal> {
        if self.state.is_ended() {
            return Err(Refusal::Ended);
        }
        let who = self.state.participant(by).ok_or(Refusal::NotHere)?;
        if !who.presence().is_in() {
            return Err(Refusal::NotHere);
        }
        self.check_pace(now, who, &command)?;
        match command {
            Command::Rename(name) => {
                if who.name() != &name {
                    self.note(now, Event::Renamed { who: by, name });
                }
                Ok(())
            }
            Command::Publish(source) => self.publish(now, by, source),
            Command::Unpublish(publication) => {
                self.own(by, publication)?;
                self.note(now, Event::Unpublished { publication, by });
                Ok(())
            }
            Command::Mute(publication) => self.mute(now, by, publication),
            Command::Unmute(publication) => {
                if self.own(by, publication)?.muted != Muted::No {
                    self.note(now, Event::MutedSet { publication, muted: Muted::No, by });
                }
                Ok(())
            }
            Command::Watch(wishes) => self.watch(now, by, wishes),
            Command::RaiseHand => {
                self.demand(by, Right::RaiseHand)?;
                if !self.state.hands().contains(&by) {
                    self.note(now, Event::HandRaised { who: by });
                }
                Ok(())
            }
            Command::LowerHand(who) => {
                if who != by {
                    self.demand(by, Right::Lead)?;
                }
                if self.state.hands().contains(&who) {
                    self.note(now, Event::HandLowered { who, by });
                }
                Ok(())
            }
            Command::Say(text) => {
                self.demand(by, Right::Write)?;
                self.note(now, Event::Said { by, text });
                Ok(())
            }
            Command::Admit(who) => self.admit(now, by, who),
            Command::Remove(who) => self.remove(now, by, who),
            Command::SetRole(who, role) => self.set_role(now, by, who, role),
            Command::SetDoor(door) => self.set_door(now, by, door),
            Command::End => {
                if !(self.config.ending == Ending::Speakers && who.role() == Role::Speaker) {
                    self.demand(by, Right::End)?;
                }
                self.note(now, Event::Ended { by: Some(by) });
                Ok(())
            }
        }
    }

    fn publish(&mut self, now: Instant, by: ParticipantId, source: Source) -> Result<(), Refusal> {
        self.demand(by, Right::Publish)?;
        if self.state.published_by(by).any(|publication| publication.source == source) {
            return Ok(());
        }
        let publication = self.state.next_publication().ok_or(Refusal::Full)?;
        self.note(now, Event::Published { publication, by, source });
        Ok(())
    }

    fn mute(&mut self, now: Instant, by: ParticipantId, publication: PublicationId) -> Result<(), Refusal> {
        let owner = self.state.publication(publication).ok_or(Refusal::NoSuchPublication)?;
        let (muted, already) = match owner.by == by {
            true => (Muted::Owner, owner.muted != Muted::No),
            false => (Muted::Host, owner.muted == Muted::Host),
        };
        if muted == Muted::Host {
            self.demand(by, Right::Lead)?;
        }
        if !already {
            self.note(now, Event::MutedSet { publication, muted, by });
        }
        Ok(())
    }

    fn watch(&mut self, now: Instant, by: ParticipantId, wishes: Vec<Wish>) -> Result<(), Refusal> {
        let (asked, most) = (wishes.len(), self.config.watched);
        if asked > most {
            return Err(Refusal::TooMany { asked, most });
        }
        // A picture may have gone while the wish was under way: that is nobody's fault, and the others stand.
        let watched = |wish: &Wish| {
            self.state
                .publication(wish.publication)
                .is_some_and(|publication| publication.by != by && publication.source != Source::Microphone)
        };
        let mut wishes: Vec<_> = wishes.into_iter().filter(watched).collect();
        wishes.sort_by_key(|wish| wish.publication);
        wishes.dedup_by_key(|wish| wish.publication);
        if self.state.participant(by).is_some_and(|who| who.wishes() != wishes) {
            self.note(now, Event::Watched { who: by, wishes });
        }
        Ok(())
    }

    fn admit(&mut self, now: Instant, by: ParticipantId, who: ParticipantId) -> Result<(), Refusal> {
        self.demand(by, Right::Lead)?;
        let waits = self.other(who)?.presence() == Presence::Waiting;
        if waits && self.state.inside() >= self.config.participants {
            return Err(Refusal::Full);
        }
        if waits {
            self.note(now, Event::Admitted { who, by: Some(by) });
        }
        Ok(())
    }

    fn remove(&mut self, now: Instant, by: ParticipantId, who: ParticipantId) -> Result<(), Refusal> {
        self.demand(by, Right::Lead)?;
        self.other(who)?;
        self.gone(now, who, Reason::Removed { by });
        Ok(())
    }

    fn set_role(
        &mut self,
        now: Instant,
        by: ParticipantId,
        who: ParticipantId,
        role: Role,
    ) -> Result<(), Refusal> {
        self.demand(by, Right::Lead)?;
        let before = self.other(who)?.role();
        if before == role {
            return Ok(());
        }
        if before == Role::Bot || role == Role::Bot {
            return Err(Refusal::BotsStay);
        }
        if self.state.is_last_host(who) {
            return Err(Refusal::LastHost);
        }
        if !role.gives(Right::Publish) {
            let published: Vec<_> = self.state.published_by(who).map(|publication| publication.id).collect();
            for publication in published {
                self.note(now, Event::Unpublished { publication, by });
            }
        }
        if !role.gives(Right::RaiseHand) && self.state.hands().contains(&who) {
            self.note(now, Event::HandLowered { who, by });
        }
        self.note(now, Event::RoleSet { who, role, by });
        Ok(())
    }

    fn set_door(&mut self, now: Instant, by: ParticipantId, door: Door) -> Result<(), Refusal> {
        self.demand(by, Right::Lead)?;
        if self.state.door() != door {
            self.note(now, Event::DoorSet { door, by });
        }
        if door == Door::Open {
            let places = self.config.participants.saturating_sub(self.state.inside());
            let waiting: Vec<_> = self.state.waiting().take(places).collect();
            for who in waiting {
                self.note(now, Event::Admitted { who, by: None });
            }
        }
        Ok(())
    }

    /// Only so much at once, and in the long run.
    fn check_pace(&self, now: Instant, who: &Participant, command: &Command) -> Result<(), Refusal> {
        let until = match command {
            Command::Say(_) => who.written.free_at(self.config.writing),
            _ => who.done.free_at(self.config.changes),
        };
        if until <= now { Ok(()) } else { Err(Refusal::TooOften { until }) }
    }

    fn demand(&self, who: ParticipantId, right: Right) -> Result<(), Refusal> {
        let role = self.state.participant(who).ok_or(Refusal::NotHere)?.role();
        if role.gives(right) { Ok(()) } else { Err(Refusal::NotAllowed { role, right }) }
    }

    fn other(&self, who: ParticipantId) -> Result<&Participant, Refusal> {
        self.state.participant(who).ok_or(Refusal::NoSuchParticipant)
    }

    fn own(&self, by: ParticipantId, publication: PublicationId) -> Result<&Publication, Refusal> {
        let owned = self.state.publication(publication).ok_or(Refusal::NoSuchPublication)?;
        if owned.by == by { Ok(owned) } else { Err(Refusal::NotYours) }
    }
}
