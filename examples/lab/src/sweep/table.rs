//! What came of a sweep as a table of comma-separated values.
//!
//! The first line names the format and its version, the second the columns; one row per network, policy and seed.
//!
//! | column | is |
//! |---|---|
//! | `class`, `network`, `policy`, `seed` | what was tried |
//! | `sent`, `lost` | packets |
//! | `delay_ms`, `delay_p95_ms` | what network and receiver add over the fastest packets; from the sound |
//! | `likeness_pct`, `damaged_pct`, `silent_ms`, `longest_gap_ms` | see [`Score`](super::score::Score); from the sound |
//! | `concealed_ms` … `late` | what the receiver counted; see `moim_playout::Stats` |

use super::trial::Outcome;
use crate::course::millis;
use std::io::{self, Write};

/// Name and version of the format. The number grows when a column changes its meaning or goes.
pub const SCHEMA: &str = "# moim-lab-sweep 1";

const COLUMNS: &str = "class,network,policy,seed,sent,lost,delay_ms,delay_p95_ms,likeness_pct,damaged_pct,silent_ms,\
                       longest_gap_ms,concealed_ms,underrun_ms,from_fec_ms,from_redundancy_ms,removed_ms,inserted_ms,late";

/// Writes all of `outcomes`.
///
/// # Errors
///
/// Those of `to`.
pub fn write(outcomes: &[Outcome], mut to: impl Write) -> io::Result<()> {
    writeln!(to, "{SCHEMA}\n{COLUMNS}")?;
    for Outcome { trial, sent, lost, score, stats } in outcomes {
        write!(to, "{},{},{},{}", trial.network.class, trial.network.name, trial.policy, trial.seed)?;
        write!(to, ",{sent},{lost},{:.1},{:.1}", score.delay_ms, score.delay_p95_ms)?;
        write!(to, ",{:.2},{:.2}", score.likeness, score.damaged)?;
        write!(to, ",{:.0},{:.0}", score.silent_ms, score.longest_gap_ms)?;
        let made_up = [stats.concealed, stats.underrun];
        let rebuilt = [stats.from_fec, stats.from_redundancy];
        let mut times = [made_up, rebuilt, [stats.removed, stats.inserted]].into_iter().flatten();
        times.try_for_each(|time| write!(to, ",{:.1}", millis(time)))?;
        writeln!(to, ",{}", stats.jitter.late)?;
    }
    to.flush()
}
