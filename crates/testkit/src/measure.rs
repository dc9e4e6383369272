//! What was heard and seen against what was said and shown, from sound and pictures alone.
//!
//! ```text
//! reference ─┐  8 kHz   windowed        lag path      full rate            ┌ delay over time
//!            ├───────► correlation ───► (Viterbi) ──► ± ⅛ ms  ─ Alignment ┼ gaps
//! heard ─────┘                                                             └ correlation · SNR · worst second
//! ```
//!
//! Times are those of the heard signal: in an underrun it goes on while the reference stands still.
//!
//! Pictures are compared by [`picture`], both together by [`lip_sync`].

mod align;
mod coarse;
mod gaps;
mod level;
mod lipsync;
mod path;
pub mod picture;
mod quality;
mod spread;
#[cfg(test)]
mod tests;

pub use align::{Alignment, Delay, align};
pub use gaps::Gap;
pub use level::levels;
pub use lipsync::{LipSync, ShownPicture, SyncError, lip_sync};
pub use quality::Excerpt;
pub use spread::Spread;
