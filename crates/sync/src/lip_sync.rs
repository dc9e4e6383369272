//! Who waits for whom, and how long.

mod side;
#[cfg(test)]
mod tests;

use crate::{Basis, Captured};
use core::time::Duration;
use moim_media::Instant;
use side::Side;

/// The longest time that anything may be asked to wait.
const LONGEST: Duration = Duration::from_secs(10);
/// A stream of which nothing was rendered that long has stopped: nobody waits for it.
const STOPPED: Duration = Duration::from_secs(2);

/// A difference between the ways of two streams that no network makes, in nanoseconds.
const ANOTHER_CLOCK: i64 = 1_000_000_000;

/// The two streams that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The sound.
    Voice,
    /// The picture.
    Picture,
}

/// How far voice and picture go to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncConfig {
    /// How much longer than it must the voice may wait for the picture, at most 10 s. Waiting makes a conversation
    /// slow: where more would be needed, the picture comes late.
    pub most_voice_waits: Duration,
    /// How much longer than it must the picture may wait for the voice, at most 10 s.
    pub most_picture_waits: Duration,
    /// How much a stream that is already playing changes its waiting in a second. The voice is stretched for it.
    pub change_per_second: Duration,
    /// An error below which nothing is changed, so that noise is not followed. People notice sound that is 45 ms
    /// early or 125 ms late (ITU-R BT.1359-1).
    pub tolerance: Duration,
}

/// Something that was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// When it was captured, from the stream's [`SenderClock`](crate::SenderClock).
    pub captured: Captured,
    /// How long its receiver holds media back beyond the fastest packets, as it does now.
    pub delay: Duration,
    /// How long it would for its own jitter alone, without anybody to wait for.
    pub wanted: Duration,
}

/// Why a [`SyncConfig`] is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Nothing waits longer than ten seconds.
    #[error("a wait of {given:?} is longer than ten seconds")]
    TooLong {
        /// The time given.
        given: Duration,
    },
}

/// Keeps the picture of one sender in step with the voice.
///
/// Each stream needs some time from capture to presentation: what the way takes at its fastest and what its jitter
/// asks for. The one that needs less is told to wait for the other, as far as the configuration allows, and the picture
/// keeps to a voice that is late for another reason. A call begins in step at once; later on a stream changes its waiting slowly. No allocation.
#[derive(Clone, Debug)]
pub struct LipSync {
    config: SyncConfig,
    voice: Side,
    picture: Side,
}

impl Default for SyncConfig {
    /// 400 ms each, changed by 150 ms in a second, from an error of 15 ms on.
    fn default() -> Self {
        Self {
            most_voice_waits: Duration::from_millis(400),
            most_picture_waits: Duration::from_millis(400),
            change_per_second: Duration::from_millis(150),
            tolerance: Duration::from_millis(15),
        }
    }
}

impl LipSync {
    /// Of two streams of which nothing was rendered yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError::TooLong`] for a wait of more than ten seconds.
    pub fn new(config: SyncConfig) -> Result<Self, ConfigError> {
        for given in [config.most_voice_waits, config.most_picture_waits] {
            if given > LONGEST {
                return Err(ConfigError::TooLong { given });
            }
        }
        Ok(Self { config, voice: Side::default(), picture: Side::default() })
    }

    /// Takes note of what `stream` presents at `now`: a block of sound, a picture. Call it some times a second at
    /// least; [`min_delay`](Self::min_delay) and [`error`](Self::error) may change after it and at no other time.
    pub fn rendered(&mut self, now: Instant, stream: Stream, rendered: Rendered) {
        let (this, other) = match stream {
            Stream::Voice => (&mut self.voice, &mut self.picture),
            Stream::Picture => (&mut self.picture, &mut self.voice),
        };
        this.observe(now, &rendered);
        if other.is_silent(now) {
            other.stop();
        }
        self.adjust(now);
    }

    /// The least delay beyond its fastest packets that `stream` is to have, to be passed to its receiver; zero when
    /// it waits for nobody. At most what its jitter wants and the configured wait.
    #[must_use]
    pub const fn min_delay(&self, stream: Stream) -> Duration {
        Duration::from_nanos(match stream {
            Stream::Voice => self.voice.min_delay().cast_unsigned(),
            Stream::Picture => self.picture.min_delay().cast_unsigned(),
        })
    }

    /// By how many nanoseconds the picture is presented later than the voice that belongs to it, as last rendered;
    /// negative when it is early. `None` unless both play and are known on one clock.
    #[must_use]
    pub fn error(&self) -> Option<i64> {
        let basis = self.basis()?;
        Some(self.picture.lateness(basis)?.saturating_sub(self.voice.lateness(basis)?))
    }

    /// What the two are compared by: reports when both have them and speak of one clock, arrivals else; `None` while
    /// they cannot be compared.
    #[must_use]
    pub fn basis(&self) -> Option<Basis> {
        let both = |basis| self.voice.lateness(basis).is_some() && self.picture.lateness(basis).is_some();
        if both(Basis::Report) && self.one_clock() {
            return Some(Basis::Report);
        }
        both(Basis::Arrival).then_some(Basis::Arrival)
    }

    /// Whether the reports of both streams are of one clock: no way is that much longer than the other. While a
    /// clock is being set, the two notice it one after the other.
    fn one_clock(&self) -> bool {
        let (Some(voice), Some(picture)) = (self.voice.offsets(), self.picture.offsets()) else {
            return true;
        };
        let near = |(a, b): (i64, i64)| a.saturating_sub(b).saturating_abs() < ANOTHER_CLOCK;
        voice.into_iter().zip(picture).all(near)
    }

    fn adjust(&mut self, now: Instant) {
        let SyncConfig { most_voice_waits, most_picture_waits, change_per_second, tolerance } = self.config;
        let common = self.basis().and_then(|basis| {
            let (voice, picture) = (self.voice.demand(basis)?, self.picture.demand(basis)?);
            let common = voice.max(picture);
            // A voice that is held back longer than it must comes down only where it can be shortened unheard: until
            // then the picture, which bends more easily, keeps to what the voice does.
            Some((basis, common, common.max(self.voice.presented(basis)?)))
        });
        let for_voice = common.map(|(basis, common, _)| (basis, common));
        let for_picture = common.map(|(basis, _, presented)| (basis, presented));
        self.voice.approach(now, for_voice, most_voice_waits, change_per_second, tolerance);
        self.picture.approach(now, for_picture, most_picture_waits, change_per_second, tolerance);
    }
}
