//! How many bits per second the path carries.

mod control;
mod flow;
mod history;
mod losses;
mod queueing;
mod reports;

use crate::{ConfigError, EstimatorConfig};
use control::{Control, Seen, Verdict};
use core::time::Duration;
use flow::Flow;
use history::{Fate, History};
use losses::Losses;
use moim_media::{Instant, Seq};
use queueing::Queueing;
use reports::{Reports, Step};

/// The least delay of this much of the newest packets is what all of them suffer.
const RECENT: Duration = Duration::from_millis(100);
/// Packets in a feedback that make a least delay of their own.
const ENOUGH: u32 = 3;
/// What arrives is said over this time.
const WINDOW: Duration = Duration::from_millis(500);
/// Whose delay jumps by more than this has another clock than before.
const NEW_CLOCK: i64 = 10_000_000_000;
/// What a new round trip counts in the smoothed one.
const SMOOTHING: f64 = 0.2;
/// Reports are not needed until transport feedback has been missing for this long.
const REPLACED: Duration = Duration::from_secs(5);
/// Not hearing for this long anything about what is sent is bad news (RFC 8083, section 4.1): transport feedback comes
/// many times a second, reports every few seconds, and before the first of either a connection is being made.
const SILENCE_AFTER_FEEDBACK: Duration = Duration::from_secs(1);
const SILENCE_AFTER_REPORT: Duration = Duration::from_secs(6);
const SILENCE_AT_FIRST: Duration = Duration::from_secs(6);
/// And this is what follows, once a second.
const DOWN_FOR_SILENCE: f64 = 0.7;
const SILENCE_STEP: Duration = Duration::from_secs(1);

/// Estimates the bitrate that a path carries, from what the far side says of each packet.
///
/// It learns from transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): the number under which
/// each packet was sent, and when it arrived on the receiver's clock. A queue on the path shows as a delay that all
/// packets suffer, before anything is lost; jitter, which only some suffer, and random loss of less than 12 % change
/// nothing. Where there is no such feedback, receiver reports do, more slowly.
///
/// [`new`](Self::new) makes all allocations. Whatever the far side says, the bitrate stays within its limits.
#[derive(Clone, Debug)]
pub struct Estimator {
    history: History,
    control: Control,
    queueing: Queueing,
    reports: Reports,
    losses: Losses,
    sent: Flow,
    arrived: Flow,
    last_delay: Option<i64>,
    round_trip: Option<Duration>,
    heard: Heard,
    /// When silence becomes bad news; `None` while nothing was sent since the last news.
    silence: Option<Instant>,
}

/// What the far side last said, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Nothing,
    Feedback(Instant),
    Report,
}

impl Heard {
    /// How long what is sent may stay without an answer.
    const fn patience(self) -> Duration {
        match self {
            Self::Nothing => SILENCE_AT_FIRST,
            Self::Feedback(_) => SILENCE_AFTER_FEEDBACK,
            Self::Report => SILENCE_AFTER_REPORT,
        }
    }
}

/// What one feedback says, summed up.
#[derive(Clone, Copy, Debug, Default)]
struct News {
    arrived: u32,
    lost: u32,
    least_delay: Option<i64>,
    newest_sent: Instant,
}

impl Estimator {
    /// An estimator that knows nothing.
    ///
    /// # Errors
    ///
    /// A setting that cannot be.
    pub fn new(config: EstimatorConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            history: History::new(),
            control: Control::new(config.start, config.limits),
            queueing: Queueing::new(),
            reports: Reports::new(),
            losses: Losses::new(),
            sent: Flow::new(),
            arrived: Flow::new(),
            last_delay: None,
            round_trip: None,
            heard: Heard::Nothing,
            silence: None,
        })
    }

    /// A packet of `bytes`, counted as the bitrate shall count them, leaves under the transport-wide number `seq`. The
    /// numbers count up by one and wrap.
    ///
    /// Lowers the bitrate when nothing has been heard for long.
    pub fn sent(&mut self, now: Instant, seq: Seq, bytes: usize) {
        self.history.insert(now, seq, bytes);
        self.sent.record(now.since_epoch(), 0, bytes);
        let due = *self.silence.get_or_insert(now + self.heard.patience());
        if now >= due {
            self.control.scale(now, DOWN_FOR_SILENCE, SILENCE_STEP);
            self.silence = Some(now + SILENCE_STEP);
        }
    }

    /// Transport-wide feedback: of each packet, when it arrived on any clock of the receiver that counts up, or `None`
    /// when it did not arrive. Numbers that were not sent, and news that are not new, are passed over.
    pub fn feedback(&mut self, now: Instant, packets: impl IntoIterator<Item = (Seq, Option<Duration>)>) {
        let mut news = News::default();
        for (seq, arrival) in packets {
            self.learn(seq, arrival, &mut news);
        }
        if news.arrived + news.lost == 0 {
            return;
        }
        self.losses.record(now, news.arrived, news.lost);
        self.hear(Heard::Feedback(now));
        let Some(recent) = self.arrived.least_delay(RECENT).filter(|_| news.arrived > 0) else { return };
        let newest = news.least_delay.filter(|_| news.arrived >= ENOUGH);
        let usage = self.queueing.update(now, recent, newest);
        let round_trip = self.smooth_round_trip(now.since(news.newest_sent));
        let seen = Seen {
            usage,
            queue: self.queueing.delay(),
            loss: self.losses.share(),
            round_trip,
            newest_sent: news.newest_sent,
        };
        match self.control.update(now, seen, &self.arrived) {
            Verdict::Nothing => {}
            Verdict::LongerPath => self.queueing.rebase(now, recent),
        }
    }

    /// A receiver report: which share was lost since the one before, 0 … 1, and the round trip if it is known. Without
    /// effect on the bitrate while there is transport-wide feedback.
    pub fn report(&mut self, now: Instant, lost: f32, round_trip: Option<Duration>) {
        let step = self.reports.report(now, lost, round_trip);
        if matches!(self.heard, Heard::Feedback(at) if now.since(at) < REPLACED) {
            return;
        }
        self.round_trip = round_trip.or(self.round_trip);
        self.hear(Heard::Report);
        match step {
            Step::Up(factor) => self.control.grow(factor, self.sent.rate(WINDOW)),
            Step::Down(factor) => self.control.scale(now, factor, Duration::ZERO),
            Step::Stay => {}
        }
    }

    /// Bits per second to send with at most, voice, pictures and repairs together.
    ///
    /// The answer changes after [`sent`](Self::sent), [`feedback`](Self::feedback) and [`report`](Self::report).
    #[must_use]
    pub fn bitrate(&self) -> u32 {
        self.control.bitrate()
    }

    /// How long packets wait in queues on the path, as far as that is seen.
    #[must_use]
    pub fn queue_delay(&self) -> Duration {
        match self.heard {
            Heard::Feedback(_) => self.queueing.delay(),
            Heard::Nothing | Heard::Report => self.reports.queue(),
        }
    }

    /// Bits per second that arrived over the last half second; `None` before that is known.
    #[must_use]
    pub fn arrived(&self) -> Option<u32> {
        self.arrived.rate(WINDOW).map(|rate| rate as u32)
    }

    /// The share of packets lost lately, 0 … 1.
    #[must_use]
    pub fn loss(&self) -> f32 {
        match self.heard {
            Heard::Feedback(_) => self.losses.share(),
            Heard::Nothing | Heard::Report => self.reports.loss(),
        }
    }

    /// From sending a packet to hearing of it, smoothed; the wait for the feedback included.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    fn learn(&mut self, seq: Seq, arrival: Option<Duration>, news: &mut News) {
        let Some(sent) = self.history.find(seq) else { return };
        let Some(arrival) = arrival else {
            if sent.fate == Fate::Unknown {
                sent.fate = Fate::Missing;
                news.lost += 1;
            }
            return;
        };
        let (Ok(from), Ok(to)) = (i64::try_from(sent.at.as_nanos()), i64::try_from(arrival.as_nanos()))
        else {
            return;
        };
        if sent.fate == Fate::Arrived {
            return;
        }
        sent.fate = Fate::Arrived;
        let (at, bytes, delay) = (sent.at, sent.bytes, to - from);
        if self.last_delay.is_some_and(|last| last.abs_diff(delay) > NEW_CLOCK.unsigned_abs()) {
            (self.arrived, self.queueing) = (Flow::new(), Queueing::new());
            *news = News { lost: news.lost, ..News::default() };
        }
        self.last_delay = Some(delay);
        self.arrived.record(arrival, delay, bytes);
        news.arrived += 1;
        news.least_delay = Some(news.least_delay.map_or(delay, |least| least.min(delay)));
        news.newest_sent = news.newest_sent.max(at);
    }

    fn hear(&mut self, heard: Heard) {
        self.heard = heard;
        self.silence = None;
    }

    fn smooth_round_trip(&mut self, round_trip: Duration) -> Duration {
        let smoothed = self.round_trip.map_or(round_trip, |before| {
            before.mul_f64(1.0 - SMOOTHING).saturating_add(round_trip.mul_f64(SMOOTHING))
        });
        self.round_trip = Some(smoothed);
        smoothed
    }
}

#[cfg(test)]
mod tests;
