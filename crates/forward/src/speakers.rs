//! Who is speaking: the dominant speaker of a room, from audio levels alone.
//!
//! Volfin and Cohen, "Dominant speaker identification for multipoint videoconferencing", Computer Speech and Language
//! 27(4), 2013. Speech is looked at over three spans – a step of 20 ms, a block of 100 ms, a second – and somebody becomes
//! dominant only when they score higher than the present speaker over all of them. So a cough, a door
//! or a short "yes" does not turn the room's head, and a speaker keeps it through pauses.

mod activity;
#[cfg(test)]
mod tests;

use activity::{Activity, Scores};
use core::time::Duration;
use moim_media::Instant;

/// How often is decided.
const INTERVAL: Duration = Duration::from_millis(200);
/// By how much the logarithms of the scores must be higher than those of the present speaker, over each span.
const HIGHER: Scores = Scores { short: 3.0, medium: 2.0, long: 0.0 };

/// Finds out who dominates among sources `K`, which tell their level with every packet (RFC 6464).
#[derive(Clone, Debug)]
pub struct DominantSpeaker<K> {
    sources: Vec<(K, Activity)>,
    dominant: Option<K>,
    decided: Instant,
}

impl<K: Copy + Eq> Default for DominantSpeaker<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Copy + Eq> DominantSpeaker<K> {
    /// Nobody is there.
    #[must_use]
    pub const fn new() -> Self {
        Self { sources: Vec::new(), dominant: None, decided: Instant::EPOCH }
    }

    /// A packet of `source` came at `now` with sound of `level`: 0 is as loud as can be, 127 silence (−dBov).
    ///
    /// The first packet of a source makes room for it; nothing else allocates.
    pub fn heard(&mut self, now: Instant, source: K, level: u8) {
        let place = match self.sources.iter().position(|(known, _)| *known == source) {
            Some(place) => place,
            None => {
                self.sources.push((source, Activity::new(now)));
                self.sources.len() - 1
            }
        };
        self.sources[place].1.heard(now, level);
    }

    /// `source` is gone.
    pub fn forget(&mut self, source: K) {
        self.sources.retain(|(known, _)| *known != source);
        if self.dominant == Some(source) {
            self.dominant = None;
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) decides again; `None` while nobody is there.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        (!self.sources.is_empty()).then(|| self.decided + INTERVAL)
    }

    /// Decides, when it is time; whether another one dominates now.
    pub fn handle_timeout(&mut self, now: Instant) -> bool {
        if now.since(self.decided) < INTERVAL && now >= self.decided {
            return false;
        }
        self.decided = now;
        for (_, activity) in &mut self.sources {
            activity.catch_up(now);
        }
        let before = self.dominant;
        let present = before.and_then(|dominant| self.activity(dominant)).map(Activity::scores);
        let challenger = self
            .sources
            .iter()
            .filter(|(source, activity)| Some(*source) != before && activity.is_speech())
            .map(|(source, activity)| (source, activity.scores()))
            .filter(|(_, scores)| present.is_none_or(|present| exceed(scores, &present)))
            .max_by(|(_, a), (_, b)| a.medium.total_cmp(&b.medium));
        if let Some((source, _)) = challenger {
            self.dominant = Some(*source);
        }
        self.dominant != before
    }

    /// Who dominates; `None` while nobody has spoken.
    #[must_use]
    pub const fn dominant(&self) -> Option<K> {
        self.dominant
    }

    fn activity(&self, source: K) -> Option<&Activity> {
        self.sources.iter().find(|(known, _)| *known == source).map(|(_, activity)| activity)
    }
}

/// Whether the scores of one beat those of another over every span.
fn exceed(one: &Scores, other: &Scores) -> bool {
    (one.short / other.short).ln() > HIGHER.short
        && (one.medium / other.medium).ln() > HIGHER.medium
        && (one.long / other.long).ln() > HIGHER.long
}
