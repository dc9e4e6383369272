#![doc = include_str!("../README.md")]

mod command;
mod config;
mod event;
mod log;
mod pace;
mod participant;
mod publication;
mod refusal;
mod role;
mod room;
mod state;
mod text;

pub use command::Command;
pub use config::{ConfigError, Door, Ending, RoomConfig};
pub use event::{Audience, Event, Reason};
pub use log::{Entry, Log, Missed};
pub use pace::Pace;
pub use participant::{Participant, ParticipantId, Presence};
pub use publication::{Area, Importance, Muted, Publication, PublicationId, Source, Wish};
pub use refusal::Refusal;
pub use role::{Right, Role};
pub use room::{NoLog, Room};
pub use state::State;
pub use text::{Name, Said, TextError};
