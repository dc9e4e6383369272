//! Which voices are forwarded: the loudest few.
//!
//! In a room of a hundred nobody can follow more than some voices, and no link carries them all. Who begins to speak is
//! let through with the first loud packet, so that no syllable is lost; who falls silent keeps the place for a while.

use core::time::Duration;
use moim_media::Instant;

/// Louder than this, in −dBov, may be speech.
const SPEECH: u8 = 60;
/// Who was last loud so long ago has stopped: the place is anybody's.
const HANGOVER: Duration = Duration::from_millis(800);
/// By how much somebody must be louder than the quietest who speaks to take that place, in dB.
const LOUDER: f32 = 6.0;
/// How fast a level that falls is followed, in dB per second: hardly between syllables. One that rises is at once.
const RELEASE: f32 = 30.0;

/// The voices of sources `K` that are let through, at most so many at a time.
#[derive(Clone, Debug)]
pub struct Loudest<K> {
    places: usize,
    voices: Vec<Voice<K>>,
}

#[derive(Clone, Copy, Debug)]
struct Voice<K> {
    source: K,
    /// Loudness over silence in dB, falling slowly.
    loudness: f32,
    heard: Instant,
    loud: Option<Instant>,
    through: bool,
}

/// What becomes of a packet of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Passage<K> {
    /// It is forwarded.
    Through,
    /// It is forwarded, and this source no longer is.
    InsteadOf(K),
    /// It is not.
    Held,
}

impl<K: Copy + Eq> Loudest<K> {
    /// Lets `places` voices through at a time.
    #[must_use]
    pub const fn new(places: usize) -> Self {
        Self { places, voices: Vec::new() }
    }

    /// A packet of `source` came at `now` with sound of `level` −dBov, 0 to 127 (RFC 6464).
    ///
    /// The first packet of a source makes room for it; nothing else allocates.
    pub fn heard(&mut self, now: Instant, source: K, level: u8) -> Passage<K> {
        let place = match self.voices.iter().position(|voice| voice.source == source) {
            Some(place) => place,
            None => {
                self.voices.push(Voice { source, loudness: 0.0, heard: now, loud: None, through: false });
                self.voices.len() - 1
            }
        };
        self.voices[place].follow(now, level);
        if self.voices[place].through {
            return Passage::Through;
        }
        if self.voices.iter().filter(|voice| voice.through).count() < self.places {
            self.voices[place].through = true;
            return Passage::Through;
        }
        if level > SPEECH {
            return Passage::Held;
        }
        self.challenge(now, place)
    }

    /// `source` is gone.
    pub fn forget(&mut self, source: K) {
        self.voices.retain(|voice| voice.source != source);
    }

    /// Whether `source` is let through.
    #[must_use]
    pub fn is_through(&self, source: K) -> bool {
        self.voices.iter().any(|voice| voice.source == source && voice.through)
    }

    /// Gives somebody's place to the voice at `place`, if there is one who has stopped or is much quieter.
    fn challenge(&mut self, now: Instant, place: usize) -> Passage<K> {
        let loudness = self.voices[place].loudness;
        let rank = |voice: &Voice<K>| match voice.has_stopped(now) {
            true => voice.loudness_at(now) - 1_000.0,
            false => voice.loudness_at(now),
        };
        let weakest =
            self.voices.iter_mut().filter(|voice| voice.through).min_by(|a, b| rank(a).total_cmp(&rank(b)));
        let Some(weakest) = weakest else { return Passage::Held };
        if !weakest.has_stopped(now) && weakest.loudness_at(now) + LOUDER > loudness {
            return Passage::Held;
        }
        weakest.through = false;
        let source = weakest.source;
        self.voices[place].through = true;
        Passage::InsteadOf(source)
    }
}

impl<K> Voice<K> {
    fn follow(&mut self, now: Instant, level: u8) {
        self.loudness = self.loudness_at(now).max(f32::from(127 - level.min(127)));
        self.heard = now;
        if level <= SPEECH {
            self.loud = Some(now);
        }
    }

    fn loudness_at(&self, now: Instant) -> f32 {
        (self.loudness - RELEASE * now.since(self.heard).as_secs_f32()).max(0.0)
    }

    fn has_stopped(&self, now: Instant) -> bool {
        self.loud.is_none_or(|loud| now.since(loud) > HANGOVER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(10_000 + millis)
    }

    #[test]
    fn few_are_all_let_through() {
        let mut loudest = Loudest::new(2);
        assert_eq!(loudest.heard(at(0), 'a', 127), Passage::Through);
        assert_eq!(loudest.heard(at(0), 'b', 20), Passage::Through);
        assert_eq!(loudest.heard(at(0), 'c', 127), Passage::Held);
        loudest.forget('b');
        assert_eq!(loudest.heard(at(20), 'c', 127), Passage::Through);
    }

    #[test]
    fn who_begins_is_heard_from_the_first_packet_on() {
        let mut loudest = Loudest::new(2);
        for millis in (0..2_000).step_by(20) {
            let a = if millis < 500 { 20 } else { 90 };
            let _ = loudest.heard(at(millis), 'a', a);
            let _ = loudest.heard(at(millis), 'b', 25);
        }
        assert_eq!(loudest.heard(at(2_000), 'c', 30), Passage::InsteadOf('a'));
        assert!(loudest.is_through('b') && loudest.is_through('c') && !loudest.is_through('a'));
    }

    #[test]
    fn equals_do_not_push_one_another_out() {
        let mut loudest = Loudest::new(2);
        let mut changes = 0;
        for millis in (0..20_000_u64).step_by(20) {
            for (n, who) in ['a', 'b', 'c'].into_iter().enumerate() {
                // All three talk at once, each in syllables of its own.
                let level = if (millis / 20 + 4 * n as u64) % 12 < 8 { 25 + n as u8 } else { 60 };
                changes += u32::from(matches!(loudest.heard(at(millis), who, level), Passage::InsteadOf(_)));
            }
        }
        assert!(changes <= 2, "{changes}");
    }

    #[test]
    fn whoever_shouts_is_heard() {
        let mut loudest = Loudest::new(1);
        assert_eq!(loudest.heard(at(0), 'a', 45), Passage::Through);
        assert_eq!(loudest.heard(at(20), 'b', 40), Passage::Held);
        assert_eq!(loudest.heard(at(40), 'a', 45), Passage::Through);
        assert_eq!(loudest.heard(at(60), 'b', 15), Passage::InsteadOf('a'));
    }
}
