//! A room: what it is asked becomes events, or is refused.

mod commands;
#[cfg(test)]
mod tests;

use crate::{
    Command, ConfigError, Door, Entry, Event, Log, Name, Participant, ParticipantId, Presence, Reason,
    Refusal, Role, RoomConfig, State,
};
use moim_media::Instant;

/// A meeting: who is there, what they send and want, and what happened.
///
/// It holds no connection and no clock. Whoever does tells it who [comes](Self::join), what they
/// [ask for](Self::handle) and whose connection [is gone](Self::disconnected), and passes on what is new in the
/// [log](Self::log).
#[derive(Clone, Debug)]
pub struct Room {
    config: RoomConfig,
    state: State,
    log: Log,
}

/// Entries that are no log of a room: one is missing, twice there, or older than the one in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {number} does not continue the log")]
pub struct NoLog {
    /// The number of the first that does not fit.
    pub number: u64,
}

impl Room {
    /// Opens a room without anybody in it.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the rules are none.
    pub fn open(now: Instant, config: RoomConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let mut room = Self { state: State::new(config.door), log: Log::new(config.kept), config };
        room.note(now, Event::Opened);
        Ok(room)
    }

    /// The room that has this log, all of it, and had these rules.
    ///
    /// # Errors
    ///
    /// [`NoLog`] when the entries do not follow one another from number 0 on. Their contents are believed.
    pub fn rebuild(config: RoomConfig, entries: impl IntoIterator<Item = Entry>) -> Result<Self, NoLog> {
        let mut room = Self { state: State::new(config.door), log: Log::new(config.kept.max(1)), config };
        for entry in entries {
            if !room.log.is_continued_by(&entry) {
                return Err(NoLog { number: entry.number });
            }
            room.write(entry);
        }
        Ok(room)
    }

    /// Somebody comes, as `role`, which is believed. They are in the room, or, where there is a lobby, in front of it:
    /// see [`Participant::presence`](crate::Participant::presence).
    ///
    /// # Errors
    ///
    /// [`Refusal::Ended`], [`Refusal::Locked`] or [`Refusal::Full`].
    pub fn join(&mut self, now: Instant, name: Name, role: Role) -> Result<ParticipantId, Refusal> {
        if self.state.is_ended() {
            return Err(Refusal::Ended);
        }
        let who = self.state.next_participant().ok_or(Refusal::Full)?;
        let enters = match self.state.door() {
            Door::Open => true,
            Door::Lobby => role.passes_lobby(),
            Door::Locked if role == Role::Host => true,
            Door::Locked => return Err(Refusal::Locked),
        };
        let (there, most) = match enters {
            true => (self.state.inside(), self.config.participants),
            false => (self.state.waiting().count(), self.config.waiting),
        };
        if there >= most {
            return Err(Refusal::Full);
        }
        let event = match enters {
            true => Event::Joined { who, name, role },
            false => Event::Knocked { who, name, role },
        };
        self.note(now, event);
        Ok(who)
    }

    /// `by` asks for something.
    ///
    /// # Errors
    ///
    /// A [`Refusal`]; then nothing changed.
    pub fn handle(&mut self, now: Instant, by: ParticipantId, command: Command) -> Result<(), Refusal> {
        let now = self.log.time(now);
        self.carry_out(now, by, command)
    }

    /// Somebody goes, out of the room or its lobby. Whoever is not there stays away.
    pub fn leave(&mut self, now: Instant, who: ParticipantId) {
        self.gone(now, who, Reason::Own);
    }

    /// The connection of `who` is gone. Who waited in the lobby is gone with it; who was in the room is waited for.
    pub fn disconnected(&mut self, now: Instant, who: ParticipantId) {
        match self.state.participant(who).map(Participant::presence) {
            Some(Presence::Here) => self.note(now, Event::WentAway { who }),
            Some(Presence::Waiting) => self.gone(now, who, Reason::Lost),
            Some(Presence::Away { .. }) | None => {}
        }
    }

    /// The connection of `who` is there again.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotHere`] when it was not waited for any longer: they have to [`join`](Self::join) again.
    pub fn reconnected(&mut self, now: Instant, who: ParticipantId) -> Result<(), Refusal> {
        match self.state.participant(who).map(Participant::presence) {
            Some(Presence::Away { .. }) => self.note(now, Event::CameBack { who }),
            Some(Presence::Here | Presence::Waiting) => {}
            None => return Err(Refusal::NotHere),
        }
        Ok(())
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do; may change after any other call.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.state.is_ended() {
            return None;
        }
        let lost = self.away().map(|(since, _)| since + self.config.away).min();
        let abandoned = self.state.deserted().map(|since| since + self.config.abandoned);
        lost.into_iter().chain(abandoned).min()
    }

    /// Gives up those who did not come back in time, and a room that nobody came back to.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.state.is_ended() {
            return;
        }
        while let Some((since, who)) = self.away().min()
            && since + self.config.away <= now
        {
            self.gone(now, who, Reason::Lost);
        }
        if self.state.deserted().is_some_and(|since| since + self.config.abandoned <= now) {
            self.note(now, Event::Ended { by: None });
        }
    }

    /// How things stand.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// What happened.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The rules.
    #[must_use]
    pub const fn config(&self) -> &RoomConfig {
        &self.config
    }

    /// Whose connection is gone, and since when.
    fn away(&self) -> impl Iterator<Item = (Instant, ParticipantId)> {
        self.state.participants().filter_map(|(id, participant)| match participant.presence() {
            Presence::Away { since } => Some((since, id)),
            Presence::Here | Presence::Waiting => None,
        })
    }

    /// Takes `who` out of the room or its lobby, if they are there.
    fn gone(&mut self, now: Instant, who: ParticipantId, reason: Reason) {
        match self.state.participant(who).map(Participant::presence) {
            Some(Presence::Waiting) => self.note(now, Event::GaveUp { who, reason }),
            Some(Presence::Here | Presence::Away { .. }) => self.note(now, Event::Left { who, reason }),
            None => {}
        }
    }

    /// Lets something happen.
    fn note(&mut self, now: Instant, event: Event) {
        self.write(Entry { number: self.log.next(), at: self.log.time(now), event });
    }

    fn write(&mut self, entry: Entry) {
        self.state.apply(&self.config, &entry);
        self.log.push(entry);
    }
}
