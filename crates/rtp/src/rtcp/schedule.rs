//! When to report (RFC 3550, sections 6.2, 6.3 and A.7), and when to give feedback (RFC 4585, section 3.5).
//!
//! All members of a session share a small part of its bandwidth for their reports: the more they are, the less often
//! each of them reports. The scheduler counts them, knows what a report costs, and spreads the times by dice, so that
//! parties neither fall into step nor all answer the same event at once.
//!
//! ```
//! use moim_media::Instant;
//! use moim_rtp::Ssrc;
//! use moim_rtp::rtcp::schedule::{Bandwidth, Config, Due, Scheduler};
//!
//! let config = Config { bandwidth: Bandwidth::of_session(64_000), seed: 7, ..Config::default() };
//! let mut scheduler = Scheduler::new(Ssrc(1), config);
//! scheduler.join(Instant::EPOCH);
//! while let Some(now) = scheduler.poll_timeout() {
//!     match scheduler.poll(now) {
//!         Due::Nothing => {} // More members came meanwhile: later.
//!         due => {
//!             assert_eq!(due, Due::Report);
//!             scheduler.sent(60 + 28); // Its bytes, and those of IP and UDP.
//!             break;
//!         }
//!     }
//! }
//! ```

mod config;
mod interval;
mod members;
#[cfg(test)]
mod tests;
mod timer;

use crate::Ssrc;
use crate::dice::Dice;
use config::Stage;
pub use config::{Bandwidth, Config, Group, Timing};
use core::time::Duration;
use interval::{Average, LONGEST, Population, Role, Spread, deterministic};
use members::Members;
use moim_media::Instant;
use timer::{Early, Stored, Timer};

/// Members who need not wait with their goodbye (RFC 3550, section 6.3.7).
const FEW: usize = 50;
/// Intervals of silence after which a member is taken for gone (RFC 3550, section 6.3.5).
const SILENT_INTERVALS: u32 = 5;

/// What to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing for now.
    Nothing,
    /// A report, full and compound, with the feedback that waits.
    Report,
    /// The feedback that waits, in as small a packet as was agreed.
    Feedback,
    /// A report with a goodbye, after which nothing is due any more.
    Goodbye,
}

/// When feedback can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// In a packet of its own, at this instant or with a report that comes first.
    Early(Instant),
    /// With what is sent at about this instant.
    Regular(Instant),
    /// Not in time: it is to be dropped.
    TooLate,
}

/// Knows when one member of a session may report.
///
/// Call [`poll`](Self::poll) when [`poll_timeout`](Self::poll_timeout) says so; it may be called at any time. All
/// memory is allocated by [`new`](Self::new). Members are to be named when they are believed, a source by two packets
/// in a row (RFC 3550, section 6.2.1).
#[derive(Clone, Debug)]
pub struct Scheduler {
    ssrc: Ssrc,
    config: Config,
    dice: Dice,
    members: Members,
    average: Average,
    state: State,
    /// When we last sent media, and our last two reports, the newer one first.
    media_sent: Option<Instant>,
    reports_sent: [Option<Instant>; 2],
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Not there yet, or gone.
    Absent,
    Present(Timer),
    /// Waiting for the turn to say goodbye; the timer's members are those who have said it meanwhile, we included.
    Leaving(Timer),
    /// Saying goodbye at this instant.
    Parting(Instant),
}

impl Scheduler {
    /// The scheduler of the member `ssrc`, before it has joined.
    #[must_use]
    pub fn new(ssrc: Ssrc, config: Config) -> Self {
        Self {
            ssrc,
            dice: Dice::new(config.seed),
            members: Members::new(config.members),
            average: Average::new(config.first_report),
            state: State::Absent,
            media_sent: None,
            reports_sent: [None; 2],
            config,
        }
    }

    /// We take part from now on; no change if we did.
    pub fn join(&mut self, now: Instant) {
        if matches!(self.state, State::Present(_)) {
            return;
        }
        self.reports_sent = [None; 2];
        let mut timer = Timer::new(now, self.members());
        let spread = Spread::roll(&mut self.dice);
        self.schedule(&mut timer, now, spread);
        self.state = State::Present(timer);
    }

    /// We go by another name from now on, after a collision.
    pub fn rename(&mut self, ssrc: Ssrc) {
        self.ssrc = ssrc;
        self.members.remove(ssrc);
    }

    /// We sent a packet of media. Who begins to may report sooner (RFC 3550, section 6.3.8).
    pub fn sent_media(&mut self, now: Instant) {
        match self.state {
            State::Present(timer) if !self.is_sender() => {
                let before = self.deterministic(timer.stage);
                self.media_sent = Some(now);
                self.reconsider_as_sender(now, timer, before);
            }
            _ => self.media_sent = Some(now),
        }
    }

    /// A packet of media of `ssrc` came.
    #[inline]
    pub fn received_media(&mut self, now: Instant, ssrc: Ssrc) {
        if ssrc != self.ssrc {
            self.members.heard_media(now, ssrc);
        }
    }

    /// A packet of media came that names `csrc` as contributing: a member, but no sender.
    pub fn received_contribution(&mut self, now: Instant, csrc: Ssrc) {
        if csrc != self.ssrc {
            self.members.heard(now, csrc);
        }
    }

    /// A report of `ssrc` came, in a compound packet of so many bytes, those of IP and UDP included.
    pub fn received_report(&mut self, now: Instant, ssrc: Ssrc, bytes: usize) {
        if ssrc != self.ssrc {
            self.members.heard(now, ssrc);
        }
        // Who leaves counts goodbyes only.
        if !matches!(self.state, State::Leaving(_)) {
            self.average.update(bytes);
        }
    }

    /// A goodbye of `ssrcs` came, in a compound packet of so many bytes, which is not to be told as a report too.
    /// Packets of theirs that come later make them members again, until they are silent for five intervals.
    pub fn received_goodbye(&mut self, now: Instant, ssrcs: impl IntoIterator<Item = Ssrc>, bytes: usize) {
        self.average.update(bytes);
        for ssrc in ssrcs {
            self.members.remove(ssrc);
            if let State::Leaving(timer) = &mut self.state {
                timer.members = timer.members.saturating_add(1);
            }
        }
        let members = self.members();
        if let State::Present(timer) = &mut self.state {
            timer.reconsider_back(now, members);
        }
    }

    /// Wishes to give feedback, which is of use for the time `within`.
    pub fn feedback(&mut self, now: Instant, within: Duration) -> Feedback {
        let State::Present(timer) = &mut self.state else { return Feedback::TooLate };
        let Some(next) = timer.next else { return Feedback::TooLate };
        if let Early::Waiting(at) = timer.early {
            return Feedback::Early(at);
        }
        if timer.stored == Stored::Feedback {
            return Feedback::Regular(next);
        }
        let dither = match self.config.group {
            Group::Pair => Duration::ZERO,
            Group::Many => timer.interval / 2,
        };
        if let Timing::Feedback { .. } = self.config.timing {
            if now + dither > next {
                timer.stored = Stored::Feedback;
                return Feedback::Regular(next);
            }
            if timer.early == Early::Allowed {
                let at = now + dither.mul_f64(self.dice.unit());
                timer.early = Early::Waiting(at);
                return Feedback::Early(at);
            }
        }
        if next.since(now) >= within {
            return Feedback::TooLate;
        }
        timer.stored = Stored::Feedback;
        Feedback::Regular(next)
    }

    /// The feedback that waits is of no use any more: somebody else has said it (RFC 4585, section 3.5.2, step 5a).
    pub const fn withdraw(&mut self) {
        if let State::Present(timer) = &mut self.state {
            timer.stored = Stored::Nothing;
            if let Early::Waiting(_) = timer.early {
                timer.early = Early::Allowed;
            }
        }
    }

    /// We want to leave, with a goodbye in a packet of so many bytes: at once among few members, later among many
    /// (RFC 3550, section 6.3.7). Who never sent anything leaves without a word.
    pub fn leave(&mut self, now: Instant, bytes: usize) {
        let State::Present(timer) = &self.state else { return };
        let was_heard =
            self.media_sent.is_some() || self.reports_sent[0].is_some() || timer.early == Early::Used;
        self.media_sent = None;
        self.state = if !was_heard {
            State::Absent
        } else if self.members() <= FEW {
            State::Parting(now)
        } else {
            self.average = Average::new(bytes);
            let mut timer = Timer::new(now, 1);
            self.schedule_leaving(&mut timer);
            // Who may not report may not wait for a turn either.
            timer.next.map_or(State::Absent, |_| State::Leaving(timer))
        };
    }

    /// When [`poll`](Self::poll) may next have something to say; every other call may change it.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.state {
            State::Absent => None,
            State::Parting(at) => Some(*at),
            State::Leaving(timer) => timer.next,
            State::Present(timer) => match timer.early {
                Early::Waiting(at) => Some(timer.next.map_or(at, |next| next.min(at))),
                Early::Allowed | Early::Used => timer.next,
            },
        }
    }

    /// What is due at `now`. It counts as sent; its size is told by [`sent`](Self::sent).
    pub fn poll(&mut self, now: Instant) -> Due {
        let (state, due) = match self.state {
            State::Parting(at) if at <= now => (State::Absent, Due::Goodbye),
            State::Leaving(timer) => self.poll_leaving(now, timer),
            State::Present(mut timer) => {
                let due = self.regular(now, &mut timer).or_else(|| timer.early(now));
                (State::Present(timer), due.unwrap_or(Due::Nothing))
            }
            State::Absent | State::Parting(_) => return Due::Nothing,
        };
        self.state = state;
        due
    }

    /// The packet that was due has so many bytes, those of IP and UDP included.
    pub fn sent(&mut self, bytes: usize) {
        self.average.update(bytes);
        let State::Present(mut timer) = self.state else { return };
        if let Some(spread) = timer.unsized_spread.take() {
            let previous = timer.previous;
            self.schedule(&mut timer, previous, spread);
            self.state = State::Present(timer);
        }
    }

    /// Members of the session that are known, we included.
    #[must_use]
    pub fn members(&self) -> usize {
        self.members.len() + 1
    }

    /// Members who send media, we included.
    #[must_use]
    pub fn senders(&self) -> usize {
        self.population().senders
    }

    /// Whether our next report is one of a sender: whether we sent media since the last report but one (RFC 3550,
    /// section 6.3.8).
    #[must_use]
    pub fn is_sender(&self) -> bool {
        self.media_sent.is_some_and(|sent| self.reports_sent[1].is_none_or(|before| sent >= before))
    }

    fn poll_leaving(&mut self, now: Instant, mut timer: Timer) -> (State, Due) {
        if timer.has_expired(now) {
            self.schedule_leaving(&mut timer);
        }
        if timer.has_expired(now) {
            (State::Absent, Due::Goodbye)
        } else {
            (State::Leaving(timer), Due::Nothing)
        }
    }

    /// What is due when the timer expires and stands by it; `None` when it did neither.
    fn regular(&mut self, now: Instant, timer: &mut Timer) -> Option<Due> {
        if !timer.has_expired(now) {
            return None;
        }
        self.forget_silent(now);
        let spread = Spread::roll(&mut self.dice);
        self.schedule(timer, timer.previous, spread);
        timer.members = self.members();
        if !timer.has_expired(now) {
            return None;
        }

        let is_full = match (self.config.timing, timer.reported) {
            (Timing::Feedback { interval }, Some(reported)) => {
                reported + interval.min(LONGEST).mul_f64(0.5 + self.dice.unit()) <= now
            }
            _ => true,
        };
        let stored = match timer.early {
            Early::Waiting(_) => Stored::Feedback,
            Early::Allowed | Early::Used => timer.stored,
        };
        let due = match (is_full, stored) {
            (true, _) => Due::Report,
            (false, Stored::Feedback) => Due::Feedback,
            (false, Stored::Nothing) => Due::Nothing,
        };
        if due == Due::Report {
            timer.reported = Some(now);
        }
        if due != Due::Nothing {
            self.reports_sent = [Some(now), self.reports_sent[0]];
            timer.stage = Stage::Running;
        }
        (timer.early, timer.stored) = (Early::Allowed, Stored::Nothing);
        // Drawn anew: what was reconsidered is biased.
        let spread = Spread::roll(&mut self.dice);
        self.schedule(timer, now, spread);
        timer.unsized_spread = (due != Due::Nothing).then_some(spread);
        Some(due)
    }

    /// What was reckoned for a receiver comes nearer where a sender need not wait as long.
    fn reconsider_as_sender(&mut self, now: Instant, mut timer: Timer, before: Option<Duration>) {
        match (before, self.deterministic(timer.stage)) {
            (Some(before), Some(after)) if after < before => {
                timer.bring_nearer(now, after.as_secs_f64() / before.as_secs_f64());
            }
            (None, Some(_)) => {
                let spread = Spread::roll(&mut self.dice);
                self.schedule(&mut timer, now, spread);
            }
            _ => return,
        }
        self.state = State::Present(timer);
    }

    /// Sets the time after `previous` by the state of the session.
    fn schedule(&self, timer: &mut Timer, previous: Instant, spread: Spread) {
        timer.set(previous, self.deterministic(timer.stage).map(|interval| spread.over(interval)));
    }

    /// The interval by the state of the session, before it is spread (`Td`).
    fn deterministic(&self, stage: Stage) -> Option<Duration> {
        let role = self.role();
        self.bare(self.population(), role, self.config.shortest(stage, role))
    }

    /// As if nobody were there but those who leave, we included (RFC 3550, section 6.3.7).
    fn schedule_leaving(&mut self, timer: &mut Timer) {
        let population = Population { members: timer.members, senders: 0 };
        let shortest = self.config.shortest(Stage::Initial, Role::Receiver);
        let bare = self.bare(population, Role::Receiver, shortest);
        let spread = Spread::roll(&mut self.dice);
        timer.set(timer.previous, bare.map(|bare| spread.over(bare)));
    }

    /// The interval before it is spread.
    fn bare(&self, population: Population, role: Role, shortest: Duration) -> Option<Duration> {
        deterministic(self.config.bandwidth, population, role, &self.average, shortest)
    }

    /// Who was not heard for five intervals is gone, who sent no media for two is no sender (RFC 3550, section 6.3.5).
    fn forget_silent(&mut self, now: Instant) {
        let interval = |role| self.bare(self.population(), role, self.config.shortest_silence());
        let Some(interval) = interval(Role::Receiver).or_else(|| interval(Role::Sender)) else { return };
        self.members.forget_before(now - interval * SILENT_INTERVALS);
        self.members.stop_before(now - interval * 2);
    }

    fn population(&self) -> Population {
        let us = usize::from(self.is_sender());
        Population { members: self.members(), senders: self.members.senders() + us }
    }

    fn role(&self) -> Role {
        if self.is_sender() { Role::Sender } else { Role::Receiver }
    }
}
