//! The buffer itself: packets in, in any order; what to play next out, in order.

mod next;
mod playing;

#[cfg(test)]
mod tests;

use crate::arrival::ArrivalHistory;
use crate::retransmit::Losses;
use crate::shift::Arrival;
use crate::slots::Slots;
use crate::target::TargetDelay;
use crate::{ConfigError, JitterConfig, Stats};
use core::time::Duration;
use moim_media::codec::{Activity, PacketInfo};
use moim_media::transit::{Belongs, Continuity};
use moim_media::transit::{Timeline, Transit};
use moim_media::{Instant, MediaTime, SeqNo};
use playing::Playing;

/// What a copy made by in-band FEC is worth beside the frame itself, when weighing how long to wait for it.
const FEC_WORTH: f32 = 0.8;

/// An adaptive jitter buffer for one stream of sound.
///
/// All memory is allocated by [`new`](Self::new). Time is whatever the caller says it is; it should not run
/// backwards, and when it does nothing worse than a wrong delay comes of it.
#[derive(Clone, Debug)]
pub struct JitterBuffer {
    slots: Slots,
    history: ArrivalHistory,
    target: TargetDelay,
    losses: Losses,
    continuity: Continuity,
    stats: Stats,
    timeline: Option<Timeline>,
    /// The newest packet by sequence number.
    newest: Option<Newest>,
    playing: Playing,
}

/// The packet with the highest sequence number so far.
#[derive(Clone, Copy, Debug)]
struct Newest {
    seq: SeqNo,
    time: MediaTime,
    info: PacketInfo,
    at: Instant,
    transit: Transit,
}

/// What became of a packet that was inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Inserted {
    /// It waits for its turn.
    Accepted,
    /// It waits for its turn; everything before it belonged to a stream that is over.
    Restarted,
    /// It is here already, or was.
    Duplicate,
    /// Its place has been played.
    Late,
    /// It does not fit the stream. If the next one does not either, but fits this one, the sender has started
    /// afresh.
    Suspect,
    /// Its payload is longer than the buffer takes.
    TooLong,
}

/// A packet on its way to the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Its number.
    pub seq: SeqNo,
    /// Where its sound begins.
    pub time: MediaTime,
    /// What it holds.
    pub info: PacketInfo,
    /// The bytes for the decoder.
    pub payload: &'a [u8],
}

/// What is to be played next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Pulled<'a> {
    /// The next packet. It continues what was pulled before without a gap – also after an
    /// [`Underrun`](Self::Underrun), when it is the packet that was waited for – or opens a talk spurt.
    Packet(Packet<'a>),
    /// The next packet, but so late that playing it would keep the delay up. Decode it for the decoder's state,
    /// drop the sound and pull again.
    Overdue(Packet<'a>),
    /// Sound of this length is missing, and `next`, which stays in the buffer, carries a copy of it.
    Repairable {
        /// How much is missing right before `next`.
        missing: Duration,
        /// The packet after the gap.
        next: Packet<'a>,
    },
    /// Sound of this length is missing and will not come any more: conceal it.
    Missing {
        /// How much of it to conceal before pulling again; at most one frame.
        missing: Duration,
    },
    /// The sender is silent: comfort noise of this length, then pull again.
    Silence {
        /// How long the silence lasts at least.
        lasting: Duration,
    },
    /// Nothing came yet, late or lost: conceal a little and pull again. Media time stands still.
    Underrun,
    /// There is no stream: it has not begun, or nothing came for so long that it is over.
    Idle,
}

impl JitterBuffer {
    /// An empty buffer.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration asks for the impossible.
    pub fn new(config: JitterConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            slots: Slots::new(config.packets, config.payload_bytes),
            history: ArrivalHistory::new(),
            target: TargetDelay::new(&config),
            losses: Losses::new(config.retransmit),
            continuity: Continuity::default(),
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
        if payload.len() > self.slots.payload_bytes() {
            self.stats.refused += 1;
            return Inserted::TooLong;
        }
        let inserted = match self.continuity.judge(now, seq, time) {
            Belongs::Here => Inserted::Accepted,
            Belongs::Unclear => {
                self.stats.refused += 1;
                return Inserted::Suspect;
            }
            Belongs::Elsewhere => {
                self.restart();
                Inserted::Restarted
            }
        };
        let transit = self.timeline.get_or_insert(Timeline::new(time)).transit(now, time);
        if self.slots.has_seen(seq) {
            self.stats.duplicates += 1;
            return Inserted::Duplicate;
        }
        self.learn(Newest { seq, time, info, at: now, transit });
        if self.playing.is_past(seq) || self.is_out_of_reach(seq) {
            self.stats.late += 1;
            return Inserted::Late;
        }
        self.make_room(seq, time);
        self.slots.store(seq, time, info, payload);
        self.stats.received += 1;
        let wait = self.target.wait_before_start(transit, self.history.base());
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
        Stats { shifts: self.history.shifts(), ..self.stats }
    }

    fn over_base(&self, transit: Option<Transit>) -> Duration {
        let (Some(transit), Some(base)) = (transit, self.history.base()) else { return Duration::ZERO };
        transit.over(base)
    }

    /// Updates what is known of the network.
    fn learn(&mut self, packet: Newest) {
        let arrival = Arrival { at: packet.at, time: packet.time, transit: packet.transit };
        if self.losses.came(packet.seq) {
            // An answer to a request says nothing about the jitter of the path.
            self.stats.recovered += u64::from(!self.playing.is_past(packet.seq));
            self.history.record_repair(packet.at, packet.transit, 1.0);
            return;
        }
        self.history.record(arrival, self.target.transit());
        let Some(last) = self.newest else {
            self.newest = Some(packet);
            return;
        };
        if packet.seq <= last.seq {
            return;
        }
        if last.info.activity == Activity::Active {
            self.learn_gap(last, packet);
        }
        self.newest = Some(packet);
    }

    fn learn_gap(&mut self, last: Newest, packet: Newest) {
        let lost = packet.seq.since(last.seq) - 1;
        self.losses.gap(packet.at, (last.seq, last.time), (packet.seq, packet.time));
        let repaired = lost > 0 && !packet.info.fec.is_zero();
        let for_good = (lost - u64::from(repaired)).min(self.slots.capacity() as u64);
        self.history.record_lost(packet.at, for_good as f32);
        if repaired {
            let usable_after = i64::try_from(packet.info.fec.as_nanos()).unwrap_or(i64::MAX);
            let transit = Transit(packet.transit.0.saturating_add(usable_after));
            self.history.record_repair(packet.at, transit, FEC_WORTH);
        }
    }

    /// Whether there can be no slot for `seq` without giving up a newer packet.
    fn is_out_of_reach(&self, seq: SeqNo) -> bool {
        self.newest.is_some_and(|newest| newest.seq.since(seq) >= self.slots.capacity() as u64)
    }

    /// Pushes out the oldest packets when `seq` would take their place: nobody pulled them.
    fn make_room(&mut self, seq: SeqNo, time: MediaTime) {
        let Some(oldest) = self.playing.oldest() else { return };
        let capacity = self.slots.capacity() as u64;
        let over = (seq.since(oldest) + 1).saturating_sub(capacity);
        if over == 0 {
            return;
        }
        for step in 0..over.min(capacity) {
            self.stats.overflowed += u64::from(self.slots.take(oldest + step).is_some());
        }
        let from = oldest + over;
        let time = self.slots.first(from, seq).map_or(time, |first| first.time);
        self.playing.skip_to(from, time);
    }

    fn restart(&mut self) {
        self.slots.clear();
        self.history.clear();
        self.target.clear();
        self.losses.clear();
        self.timeline = None;
        self.newest = None;
        self.playing = Playing::NOWHERE;
        self.stats.restarts += 1;
    }
}
