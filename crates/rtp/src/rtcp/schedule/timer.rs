//! The times of one member's reports.

use super::Due;
use super::config::Stage;
use super::interval::Spread;
use core::time::Duration;
use moim_media::Instant;

/// The variables of RFC 3550, section 6.3, and RFC 4585, section 3.4.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timer {
    /// When the last packet was due (`tp`).
    pub(super) previous: Instant,
    /// When the next is (`tn`); `None` when the bandwidth allows none.
    pub(super) next: Option<Instant>,
    /// Between the two (`T_rr`).
    pub(super) interval: Duration,
    /// Members when `next` was reckoned.
    pub(super) members: usize,
    pub(super) stage: Stage,
    pub(super) early: Early,
    pub(super) stored: Stored,
    /// When the last full report was sent (`t_rr_last`).
    pub(super) reported: Option<Instant>,
    /// How the interval was spread that the size of the packet now being sent will still change.
    pub(super) unsized_spread: Option<Spread>,
}

/// What became of the right to give feedback early (`allow_early`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Early {
    Allowed,
    Waiting(Instant),
    Used,
}

/// Whether feedback waits for the next regular packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Nothing,
    Feedback,
}

impl Timer {
    /// A timer that begins at `now`, not set yet.
    pub(super) const fn new(now: Instant, members: usize) -> Self {
        Self {
            previous: now,
            next: None,
            interval: Duration::ZERO,
            members,
            stage: Stage::Initial,
            early: Early::Allowed,
            stored: Stored::Nothing,
            reported: None,
            unsized_spread: None,
        }
    }

    /// Whether the next packet is due.
    pub(super) fn has_expired(&self, now: Instant) -> bool {
        self.next.is_some_and(|next| next <= now)
    }

    pub(super) fn set(&mut self, previous: Instant, interval: Option<Duration>) {
        self.previous = previous;
        self.interval = interval.unwrap_or_default();
        self.next = interval.map(|interval| previous + interval);
    }

    /// Feedback that is due before the next report, of which one is left out for it (RFC 4585, section 3.5.2, step 6).
    pub(super) fn early(&mut self, now: Instant) -> Option<Due> {
        let Early::Waiting(at) = self.early else { return None };
        if at > now {
            return None;
        }
        self.early = Early::Used;
        if let Some(next) = self.next {
            self.next = Some(self.previous + self.interval * 2);
            self.previous = next;
        }
        Some(Due::Feedback)
    }

    /// Members have left: the time that was reckoned for more of them comes nearer (RFC 3550, section 6.3.4).
    pub(super) fn reconsider_back(&mut self, now: Instant, members: usize) {
        if members >= self.members {
            return;
        }
        self.bring_nearer(now, members as f64 / self.members as f64);
        self.members = members;
    }

    /// Of the time before `now` and of that until the next packet remains this share.
    pub(super) fn bring_nearer(&mut self, now: Instant, share: f64) {
        let nearer = |at: Instant| now + at.since(now).mul_f64(share) - now.since(at).mul_f64(share);
        (self.previous, self.next) = (nearer(self.previous), self.next.map(nearer));
        self.interval = self.interval.mul_f64(share);
    }
}
