//! Sound of the past, parsed from a later packet.

use crate::ffi::{DredReader, DredSpan, DredState};
use core::fmt;
use core::time::Duration;
use moim_media::ClockRate;

/// Deep redundancy (DRED) of one packet: what a network needs to speak up to a second of speech before it again.
///
/// [`AudioDecoder::parse_redundancy`](moim_media::codec::AudioDecoder::parse_redundancy) fills it, as often as wanted;
/// [`AudioInput::Redundant`](moim_media::codec::AudioInput::Redundant) borrows it while a gap is filled from it. Its
/// memory, 12 kB, is allocated by `default()`; without feature `dred` it has none and stays empty.
pub struct Redundancy {
    state: DredState,
    found: Option<DredSpan>,
}

/// What libopus counts spans in.
const RATE: ClockRate = ClockRate::HZ_48000;

impl Redundancy {
    /// Whether the packet last parsed into it carried none, or was none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.found.is_none()
    }

    /// How far before the packet the sound in it begins; zero if there is none.
    ///
    /// A second at most, unless the sender has been silent: a silence of up to 20 s between that sound and the packet
    /// costs it nothing.
    #[must_use]
    pub fn reach(&self) -> Duration {
        match self.found {
            Some(DredSpan { begin, end }) if begin > end => RATE.duration(begin as u64),
            _ => Duration::ZERO,
        }
    }

    pub(crate) fn parse(&mut self, reader: &mut DredReader, packet: &[u8]) -> Duration {
        self.found = reader.parse(packet, &mut self.state).ok();
        self.reach()
    }

    pub(crate) fn clear(&mut self) {
        self.found = None;
    }

    /// What libopus knows of it, if there is anything.
    pub(crate) fn state(&self) -> Option<&DredState> {
        self.found.map(|_| &self.state)
    }
}

impl Default for Redundancy {
    /// Empty, with all the memory it will need.
    fn default() -> Self {
        Self { state: DredState::new(), found: None }
    }
}

impl fmt::Debug for Redundancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redundancy").field("reach", &self.reach()).finish_non_exhaustive()
    }
}
