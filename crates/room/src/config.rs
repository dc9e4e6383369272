//! The rules of a room.

use crate::Pace;
use core::time::Duration;

/// The rules of a room. All that a participant can make grow has its limit here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomConfig {
    /// How the door stands at first.
    pub door: Door,
    /// Who may end the meeting.
    pub ending: Ending,
    /// The most participants in the room.
    pub participants: usize,
    /// The most who wait in the lobby.
    pub waiting: usize,
    /// The most pictures that one participant watches.
    pub watched: usize,
    /// How long somebody whose connection is gone is waited for.
    pub away: Duration,
    /// How long a room is kept without a person in it.
    pub abandoned: Duration,
    /// How often a participant may change something.
    pub changes: Pace,
    /// How often a participant may write.
    pub writing: Pace,
    /// How many of the last entries of the log the room keeps itself.
    pub kept: usize,
}

/// How the door of a room stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// Whoever comes is in.
    Open,
    /// Whoever comes waits until a host lets them in; hosts and bots do not.
    Lobby,
    /// Nobody comes in but hosts.
    Locked,
}

/// Who may end a meeting for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Hosts.
    Hosts,
    /// Whoever may speak, as around a table; hosts, too.
    Speakers,
}

/// Why a [`RoomConfig`] is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Nobody could ever join.
    #[error("a room needs place for one participant at least")]
    NoPlace,
    /// Nothing could ever be done.
    #[error("a burst of none allows nothing")]
    NoBurst,
    /// A log that keeps nothing tells nobody what happened.
    #[error("at least one entry of the log is kept")]
    NoLog,
}

impl Default for RoomConfig {
    /// An open door, 100 participants and 100 waiting, half a minute to come back, a minute without anybody; twenty
    /// changes a second, five lines of chat at once and one in two seconds afterwards, 4096 entries.
    fn default() -> Self {
        Self {
            door: Door::Open,
            ending: Ending::Hosts,
            participants: 100,
            waiting: 100,
            watched: 100,
            away: Duration::from_secs(30),
            abandoned: Duration::from_secs(60),
            changes: Pace { every: Duration::from_millis(50), burst: 100 },
            writing: Pace { every: Duration::from_secs(2), burst: 5 },
            kept: 4_096,
        }
    }
}

impl RoomConfig {
    pub(crate) const fn validate(&self) -> Result<(), ConfigError> {
        if self.participants == 0 {
            return Err(ConfigError::NoPlace);
        }
        if self.changes.burst == 0 || self.writing.burst == 0 {
            return Err(ConfigError::NoBurst);
        }
        if self.kept == 0 {
            return Err(ConfigError::NoLog);
        }
        Ok(())
    }
}
