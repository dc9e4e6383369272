//! What was heard against what was said, from the sound alone.
//!
//! ```text
//! reference ─┐  8 kHz   windowed        lag path      full rate            ┌ delay over time
//!            ├───────► correlation ───► (Viterbi) ──► ± ⅛ ms  ─ Alignment ┼ gaps
//! heard ─────┘                                                             └ correlation · SNR · worst second
//! ```
//!
//! Times are those of the heard signal: in an underrun it goes on while the reference stands still.

mod align;
mod coarse;
mod gaps;
mod level;
mod path;
mod quality;
#[cfg(test)]
mod tests;

pub use align::{Alignment, Delay, align};
pub use gaps::Gap;
pub use level::levels;
pub use quality::Excerpt;
