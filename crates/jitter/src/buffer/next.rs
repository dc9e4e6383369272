//! What comes next: the deciding part of the buffer.

use super::playing::{Cursor, Playing};
use super::{Copied, JitterBuffer, Packet, Pulled};
use crate::JitterConfig;
use crate::policy::DelayPolicy;
use crate::slots::Slot;
use core::time::Duration;
use moim_media::Instant;
use moim_media::codec::Content;
use moim_media::transit::{Timeline, Transit};

/// Late speech may push the delay this far over where it belongs, so that no word is lost for less; beyond, and of other
/// sound at once, whole frames are dropped.
const HOLD: Duration = Duration::from_millis(20);
/// After an underrun of this length the stream is over until a packet begins it anew.
const OUTAGE: Duration = Duration::from_secs(1);
/// Senders in discontinuous transmission refresh their silence more often than this.
const SILENCE: Duration = Duration::from_secs(2);
/// A gap in media time too small to be a frame: rounding of the sender's.
const ROUNDING: Duration = Duration::from_micros(2_499);
/// Steps of comfort noise while nobody knows when the next talk spurt begins.
const STEP: Duration = Duration::from_millis(10);

/// A decision, free of borrows.
enum Next {
    Play(Slot),
    Drop(Slot),
    Repair { missing: Duration, slot: Slot, copy: Copied },
    Conceal(Duration),
    Silence(Duration),
    Underrun,
    Idle,
}

impl<P: DelayPolicy> JitterBuffer<P> {
    /// What to play next, to be heard at `now` + `ahead`.
    ///
    /// `ahead` is how much decoded sound the caller still holds. Every answer except [`Pulled::Underrun`] and
    /// [`Pulled::Idle`] moves on in the stream, so a caller that needs more sound pulls again.
    pub fn pull(&mut self, now: Instant, ahead: Duration) -> Pulled<'_> {
        match self.next(now, now + ahead) {
            Next::Play(slot) => {
                self.stats.played += 1;
                Pulled::Packet(self.packet(&slot))
            }
            Next::Drop(slot) => {
                self.stats.overdue += 1;
                Pulled::Overdue(self.packet(&slot))
            }
            Next::Repair { missing, slot, copy } => {
                self.stats.repairable += 1;
                Pulled::Repairable { missing, from: self.packet(&slot), copy }
            }
            Next::Conceal(missing) => {
                self.stats.missing += 1;
                Pulled::Missing { missing }
            }
            Next::Silence(lasting) => Pulled::Silence { lasting },
            Next::Underrun => Pulled::Underrun,
            Next::Idle => Pulled::Idle,
        }
    }

    fn packet(&mut self, slot: &Slot) -> Packet<'_> {
        Packet { seq: slot.seq, time: slot.time, info: slot.info, payload: self.slots.payload(slot) }
    }

    fn next(&mut self, now: Instant, play_at: Instant) -> Next {
        let (Some(timeline), Some(newest)) = (self.timeline, &mut self.newest) else { return Next::Idle };
        // A clock that was set back must not make the stream last until it is there again.
        newest.at = newest.at.min(now);
        let newest = *newest;
        self.begin(now, timeline, play_at);
        let Playing::At(cursor) = &mut self.playing else { return Next::Idle };
        if !cursor.silent {
            cursor.transit = timeline.transit(play_at, cursor.time);
        }
        // Not `play_at`: a packet is needed when the caller asks, however much sound is still in front of it.
        self.target.update(now, timeline.transit(now, cursor.time));
        let target = self.target.transit().unwrap_or(cursor.transit);

        let Some(slot) = self.slots.first(cursor.seq, newest.seq.next()).copied() else {
            return self.nothing_there(now.since(newest.at));
        };
        cursor.hold = match slot.info.content {
            Content::Speech => HOLD,
            Content::General => Duration::ZERO,
        };
        if slot.time + slot.info.duration <= cursor.time && cursor.time.since(slot.time) <= OUTAGE {
            return self.take(&slot, Next::Drop);
        }
        let arrived = timeline.transit(play_at, slot.time);
        let gap = slot.time.since(cursor.time);
        if cursor.silent || (slot.seq == cursor.seq && gap > ROUNDING) {
            // Consecutive packets with a hole in media time between them: the sender was silent.
            let early = target.over(arrived);
            // No packet comes earlier than the target delay before it is due, unless a clock was set.
            if early > ROUNDING && early <= JitterConfig::DELAY_LIMIT {
                return Next::Silence(early.min(STEP));
            }
            cursor.jump_to(&slot, arrived, target);
        } else if gap > OUTAGE || cursor.time.since(slot.time) > OUTAGE {
            cursor.jump_to(&slot, arrived, target);
        }
        let deep = (gap > slot.info.fec.saturating_add(ROUNDING))
            .then(|| self.slots.redundant(&slot, newest.seq.next(), cursor.time))
            .flatten()
            .copied();
        cursor.make_good(&slot, deep.as_ref(), target);
        if !cursor.is_overdue(target) {
            cursor.belongs = None;
        } else if slot.seq < newest.seq && newest.transit <= cursor.limit(target) {
            // While even the newest packet came this late, dropping would only leave nothing to play.
            return self.take(&slot, Next::Drop);
        }
        let gap = slot.time.since(cursor.time);
        if gap <= ROUNDING {
            return self.take(&slot, Next::Play);
        }
        if gap <= slot.info.fec.saturating_add(ROUNDING) {
            cursor.time = slot.time;
            return Next::Repair { missing: gap, slot, copy: Copied::InBand };
        }
        let missing = (gap - slot.info.fec).min(newest.info.duration.max(STEP));
        let begin = cursor.time;
        cursor.time = begin + missing;
        match deep {
            Some(from) => {
                Next::Repair { missing, slot: from, copy: Copied::Deep { offset: from.time.since(begin) } }
            }
            None => Next::Conceal(missing),
        }
    }

    /// From filling to playing, when it is time.
    fn begin(&mut self, now: Instant, timeline: Timeline, play_at: Instant) {
        let (Playing::Filling { oldest, due, .. }, Some(newest)) = (&self.playing, self.newest) else {
            return;
        };
        if play_at < *due && due.since(play_at) <= JitterConfig::DELAY_LIMIT {
            return;
        }
        let Some(first) = self.slots.first(*oldest, newest.seq.next()) else { return };
        self.target.update(now, timeline.transit(now, first.time));
        // After an outage packets may come all at once: what is older than the delay allows is dropped, as after
        // an underrun.
        let belongs = self.target.transit().map_or(newest.transit, |target| target.max(newest.transit));
        self.playing = Playing::At(Cursor {
            seq: first.seq,
            time: first.time,
            transit: timeline.transit(play_at, first.time),
            silent: false,
            belongs: Some(belongs),
            hold: HOLD,
        });
    }

    /// Nothing came yet: silence, an underrun, or the end.
    fn nothing_there(&mut self, since_newest: Duration) -> Next {
        let Playing::At(cursor) = &mut self.playing else { return Next::Idle };
        let (over, next) = if cursor.silent {
            (since_newest > SILENCE, Next::Silence(STEP))
        } else {
            let before = cursor.belongs.map_or(cursor.transit, |belongs| belongs.min(cursor.transit));
            cursor.belongs = Some(before);
            (since_newest > OUTAGE && cursor.transit.over(before) > OUTAGE, Next::Underrun)
        };
        if !over {
            return next;
        }
        self.playing = Playing::Idle { next: cursor.seq };
        Next::Idle
    }

    /// Takes a waiting packet out and moves on behind it.
    fn take(&mut self, slot: &Slot, next: fn(Slot) -> Next) -> Next {
        self.slots.take(slot.seq);
        self.playing.move_behind(slot);
        next(*slot)
    }
}

impl Cursor {
    /// A talk spurt begins with `slot`, or the sender's media time jumped: what is between is no gap.
    fn jump_to(&mut self, slot: &Slot, transit: Transit, target: Transit) {
        self.time = slot.time;
        self.transit = transit;
        self.silent = false;
        self.belongs = Some(target);
    }

    /// Sound that was lost is paid for with the concealment played while waiting for it: for good, until the delay is
    /// back where it belongs; what can be repaired, until it is where it should be.
    fn make_good(&mut self, slot: &Slot, deep: Option<&Slot>, target: Transit) {
        let Some(belongs) = self.belongs else { return };
        let gap = slot.time.since(self.time);
        let repairable = match deep {
            _ if self.is_overdue(target) => Duration::ZERO,
            Some(_) => gap,
            None => slot.info.fec.min(gap),
        };
        let for_good = self.transit.over(belongs).min(gap - repairable);
        let lent = self.transit.minus(for_good).over(belongs.max(target)).min(repairable);
        let paid = for_good + lent;
        self.time = self.time + paid;
        self.transit = self.transit.minus(paid);
    }

    /// Whether the delay has been pushed up so far that frames are dropped to bring it back.
    fn is_overdue(&self, target: Transit) -> bool {
        self.transit.over(target) > OUTAGE || (self.belongs.is_some() && self.transit > self.limit(target))
    }

    /// How far late sound may push the delay up.
    fn limit(&self, target: Transit) -> Transit {
        self.belongs.map_or(target, |belongs| belongs.max(target)).plus(self.hold)
    }
}
