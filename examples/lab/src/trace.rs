//! A [`Course`] as a table of comma-separated values.
//!
//! The first line names the format and its version, the second the columns:
//!
//! | column | is |
//! |---|---|
//! | `event` | `packet` or `pull` |
//! | `t_ms` | when it came; from when on it is heard |
//! | `seq` | of a packet: its number on the wire |
//! | `transit_ms` | of a packet: how much longer than the fastest of the call it took |
//! | `inserted` | of a packet: what became of it |
//! | `produced` | of a pull: the least genuine kind of sound in it |
//! | `played_ms` | of a pull: how much later it is heard than the fastest packet would allow |
//! | `target_ms` | of a pull: where `played_ms` is to be |
//! | `buffer_delay_ms`, `buffer_target_ms` | of a pull: the same as the receiver sees it, over the fastest of the last seconds |
//! | `waiting` | of a pull: packets that wait behind it |
//! | `removed_ms`, `repeated_ms` | of a pull: time-scaling since the beginning |
//!
//! What does not apply, or is not known, is empty.

use crate::course::{Came, Course, Event, Played, millis};
use moim_playout::{Inserted, Produced};
use std::io::{self, Write};

/// Name and version of the format. The number grows when a column changes its meaning or goes.
pub const SCHEMA: &str = "# moim-lab-trace 1";

const COLUMNS: &str = "event,t_ms,seq,transit_ms,inserted,produced,played_ms,target_ms,buffer_delay_ms,\
                       buffer_target_ms,waiting,removed_ms,repeated_ms";

/// Writes all of `course`.
///
/// # Errors
///
/// Those of `to`.
pub fn write(course: &Course, mut to: impl Write) -> io::Result<()> {
    writeln!(to, "{SCHEMA}\n{COLUMNS}")?;
    for event in course.events() {
        match event {
            Event::Came(came) => packet(course, came, &mut to)?,
            Event::Played(played) => pull(course, played, &mut to)?,
        }
    }
    to.flush()
}

fn packet(course: &Course, came: &Came, to: &mut impl Write) -> io::Result<()> {
    let inserted = match came.inserted {
        Ok(Inserted::Accepted) => "accepted",
        Ok(Inserted::Restarted) => "restarted",
        Ok(Inserted::Duplicate) => "duplicate",
        Ok(Inserted::Late) => "late",
        Ok(Inserted::Suspect) => "suspect",
        Ok(Inserted::TooLong) => "too-long",
        Err(_) => "corrupt",
    };
    let (at, transit) = (millis(came.at.since_epoch()), course.transit_ms(came));
    writeln!(to, "packet,{at:.3},{},{transit:.3},{inserted},,,,,,,,", came.seq)
}

fn pull(course: &Course, played: &Played, to: &mut impl Write) -> io::Result<()> {
    let produced = match played.produced {
        Produced::Decoded => "decoded",
        Produced::Repaired => "repaired",
        Produced::Silence => "silence",
        Produced::Concealed => "concealed",
        Produced::Idle => "idle",
    };
    let known = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.3}"));
    writeln!(
        to,
        "pull,{:.3},,,,{produced},{},{},{:.3},{:.3},{},{:.3},{:.3}",
        millis(played.at.since_epoch()),
        known(course.played_ms(played)),
        known(course.target_ms(played)),
        millis(played.delay),
        millis(played.target),
        played.waiting,
        millis(played.removed),
        millis(played.inserted),
    )
}
