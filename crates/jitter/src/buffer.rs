//! The buffer itself: packets in, in any order; what to play next out, in order.

mod answers;
mod leap;
mod learn;
mod next;
mod playing;

#[cfg(test)]
mod tests;

use crate::drift::Drift;
use crate::policy::{DelayPolicy, ExpectedQuality};
use crate::retransmit::Losses;
use crate::slots::Slots;
use crate::target::TargetDelay;
use crate::{ConfigError, JitterConfig, Stats};
pub use answers::{Copied, Inserted, Packet, Pulled};
use core::time::Duration;
use leap::Leap;
use learn::{LONGEST_REACH, Newest};
use moim_media::codec::PacketInfo;
use moim_media::transit::{Belongs, Continuity};
use moim_media::transit::{Timeline, Transit};
use moim_media::{Instant, MediaTime, SeqNo};
use playing::Playing;

/// An adaptive jitter buffer for one stream of sound.
///
/// All memory is allocated by [`new`](Self::new). Time is whatever the caller says it is; it should not run
/// backwards, and when it does nothing worse than a wrong delay comes of it.
#[derive(Clone, Debug)]
pub struct JitterBuffer<P = ExpectedQuality> {
    slots: Slots,
    target: TargetDelay<P>,
    losses: Losses,
    drift: Drift,
    continuity: Continuity,
    leap: Leap,
    stats: Stats,
    timeline: Option<Timeline>,
    /// The newest packet by sequence number.
    newest: Option<Newest>,
    playing: Playing,
}

impl JitterBuffer {
    /// An empty buffer that waits as long as is best for what is heard.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration asks for the impossible.
    pub fn new(config: JitterConfig) -> Result<Self, ConfigError> {
        Self::with_policy(config, ExpectedQuality::default())
    }
}

impl<P: DelayPolicy> JitterBuffer<P> {
    /// An empty buffer that waits as long as `policy` says.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration asks for the impossible.
    pub fn with_policy(config: JitterConfig, policy: P) -> Result<Self, ConfigError> {
        Ok(Self {
            target: TargetDelay::new(&config, policy)?,
            slots: Slots::new(&config),
            losses: Losses::new(config.retransmit),
            drift: Drift::new(),
            continuity: Continuity::default(),
            leap: Leap::default(),
            stats: Stats::default(),
            timeline: None,
            newest: None,
            playing: Playing::NOWHERE,
        })
    }

    /// Takes in the packet `seq`, which came at `now`, holds `payload`, and begins at media time `time`.
    ///
    /// The payload is copied.
    pub fn insert(
        &mut self,
        now: Instant,
        seq: SeqNo,
        time: MediaTime,
        info: PacketInfo,
        payload: &[u8],
    ) -> Inserted {
        let inserted = self.take_in(now, seq, time, info, payload, Self::learn);
        match inserted {
            Inserted::Accepted | Inserted::Restarted => self.stats.received += 1,
            Inserted::Duplicate => self.stats.duplicates += 1,
            Inserted::Late => self.stats.late += 1,
            Inserted::Suspect | Inserted::TooLong => self.stats.refused += 1,
        }
        inserted
    }

    /// Takes in a copy of the packet `seq` that came inside a later one (RFC 2198); to be called before that one is
    /// [inserted](Self::insert) itself.
    ///
    /// It is played as the packet would have been. How long copies are waited for is learnt from those that were needed.
    pub fn insert_copy(
        &mut self,
        now: Instant,
        seq: SeqNo,
        time: MediaTime,
        info: PacketInfo,
        payload: &[u8],
    ) -> Inserted {
        let inserted = self.take_in(now, seq, time, info, payload, Self::learn_copy);
        // Most copies are of packets that came; only what they were good for is counted.
        self.stats.copied += u64::from(matches!(inserted, Inserted::Accepted | Inserted::Restarted));
        inserted
    }

    /// Whether deep redundancy in the packet `seq`, whose in-band FEC reaches back by `fec`, could fill a gap that
    /// nothing else does: then it is worth finding out how far it reaches before the packet is inserted.
    #[must_use]
    pub fn wants_redundancy(&self, seq: SeqNo, fec: Duration) -> bool {
        let (Some(newest), Some(first)) = (self.newest, self.playing.oldest()) else { return false };
        if self.slots.has_seen(seq) {
            return false;
        }
        let missing = (1..=LONGEST_REACH.min(seq.since(first)))
            .filter(|&back| !self.slots.has_seen(SeqNo::new(seq.get() - back)))
            .count();
        newest.info.duration.saturating_mul(missing as u32) > fec
    }

    fn take_in(
        &mut self,
        now: Instant,
        seq: SeqNo,
        time: MediaTime,
        info: PacketInfo,
        payload: &[u8],
        learn: fn(&mut Self, Newest),
    ) -> Inserted {
        if payload.len() > self.slots.longest() {
            return Inserted::TooLong;
        }
        let inserted = match self.judge(now, seq, time) {
            Belongs::Here => Inserted::Accepted,
            Belongs::Unclear => return Inserted::Suspect,
            Belongs::Elsewhere => {
                self.restart();
                Inserted::Restarted
            }
        };
        let transit = self.timeline.get_or_insert(Timeline::new(time)).transit(now, time);
        if self.slots.has_seen(seq) {
            return Inserted::Duplicate;
        }
        learn(self, Newest { seq, time, info, at: now, transit });
        if self.playing.is_past(seq) || self.is_out_of_reach(seq) {
            return Inserted::Late;
        }
        self.make_place(seq, time);
        if !self.make_room(seq, time, payload.len()) {
            return Inserted::Late;
        }
        self.slots.store(seq, time, info, payload);
        let wait = self.target.wait_before_start(transit);
        self.playing.expect(now, seq, wait);
        inserted
    }

    /// The next sequence number to ask the sender for again, once per call; `None` when there is none now.
    ///
    /// `round_trip` is the time from asking to the answer. A packet is asked for only while it would come before
    /// it is needed.
    #[must_use]
    pub fn poll_retransmit(&mut self, now: Instant, round_trip: Duration) -> Option<SeqNo> {
        let timeline = self.timeline?;
        let needed = self.playing.transit().or(self.target.transit());
        let in_time = |time| needed.is_none_or(|needed| timeline.transit(now + round_trip, time) <= needed);
        let asked = self.losses.poll(now, round_trip, in_time)?;
        self.stats.requested += 1;
        Some(asked)
    }

    /// When [`poll_retransmit`](Self::poll_retransmit) may next have an answer; changes with every packet.
    #[must_use]
    pub fn retransmit_due(&self) -> Option<Instant> {
        self.losses.next_due()
    }

    /// How long after the fastest packets sound is now played, as of the last pull; zero before the first packet.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.over_base(self.playing.transit())
    }

    /// The delay that is aimed at; zero before the first packet.
    #[must_use]
    pub fn target(&self) -> Duration {
        self.over_base(self.target.transit())
    }

    /// The delay that would be aimed at if [`set_min_delay`](Self::set_min_delay) had demanded nothing; zero before
    /// the first packet.
    #[must_use]
    pub fn wanted(&self) -> Duration {
        self.over_base(self.target.wanted())
    }

    /// Demands a delay of at least this above the fastest packets, at most one second: another stream is to be played
    /// in step with this one. The delay goes there as it does for jitter, and comes back when the demand is lowered.
    pub fn set_min_delay(&mut self, delay: Duration) {
        self.target.demand(delay);
    }

    /// By how many millionths (ppm) the sender's clock runs faster than ours, negative when slower: the slope of the
    /// fastest packets of the last two minutes. `None` in the first half minute; afterwards as last measured.
    #[must_use]
    pub fn drift_ppm(&self) -> Option<i32> {
        self.drift.ppm()
    }

    /// What is played at `now`, when everything pulled so far is played in its time; `None` while there is no stream.
    #[must_use]
    pub fn playing(&self, now: Instant) -> Option<MediaTime> {
        self.timeline?.time(now, self.playing.transit()?)
    }

    /// Packets that wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.slots.waiting()
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats { shifts: self.target.shifts(), ..self.stats }
    }

    fn over_base(&self, transit: Option<Transit>) -> Duration {
        let (Some(transit), Some(base)) = (transit, self.target.base()) else { return Duration::ZERO };
        transit.over(base)
    }

    /// Whether a packet with these numbers continues the stream.
    fn judge(&mut self, now: Instant, seq: SeqNo, time: MediaTime) -> Belongs {
        match self.continuity.judge(now, seq, time) {
            Belongs::Here => {
                let newest = self.newest.map(|newest| newest.seq);
                self.leap.judge(now, seq, newest, self.slots.capacity() as u64)
            }
            other => other,
        }
    }

    /// Whether there can be no slot for `seq` without giving up a newer packet.
    fn is_out_of_reach(&self, seq: SeqNo) -> bool {
        self.newest.is_some_and(|newest| newest.seq.since(seq) >= self.slots.capacity() as u64)
    }

    /// Pushes out the oldest packets when `seq` would take their place: nobody pulled them.
    fn make_place(&mut self, seq: SeqNo, time: MediaTime) {
        let Some(oldest) = self.playing.oldest() else { return };
        let capacity = self.slots.capacity() as u64;
        let over = (seq.since(oldest) + 1).saturating_sub(capacity);
        if over == 0 {
            return;
        }
        for step in 0..over.min(capacity) {
            self.stats.overflowed += u64::from(self.slots.take(oldest + step).is_some());
        }
        self.skip_to(oldest + over, seq, time);
    }

    /// Pushes out the oldest packets until there is room for the payload of `seq`; or says that this would be the oldest.
    fn make_room(&mut self, seq: SeqNo, time: MediaTime, len: usize) -> bool {
        while !self.slots.has_room_for(len) {
            let oldest = self.playing.oldest().and_then(|oldest| self.slots.first(oldest, seq));
            let Some(oldest) = oldest.map(|slot| slot.seq) else { return false };
            self.slots.take(oldest);
            self.stats.overflowed += 1;
            self.skip_to(oldest.next(), seq, time);
        }
        true
    }

    /// Gives up everything before `from`; `seq`, which begins at `time`, is not before it.
    fn skip_to(&mut self, from: SeqNo, seq: SeqNo, time: MediaTime) {
        let time = self.slots.first(from, seq).map_or(time, |first| first.time);
        self.playing.skip_to(from, time);
    }

    fn restart(&mut self) {
        self.slots.clear();
        self.target.clear();
        self.losses.clear();
        self.drift.clear();
        self.timeline = None;
        self.newest = None;
        self.leap = Leap::default();
        self.playing = Playing::NOWHERE;
        self.stats.restarts += 1;
    }
}
