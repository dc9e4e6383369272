//! How much is sent: what the path bears, and who gets it.

use crate::{CallConfig, CallError};
use core::ops::RangeInclusive;
use core::time::Duration;
use moim_media::codec::CodecError;
use moim_media::{Instant, Seq};
use moim_pace::{Estimator, EstimatorConfig, Split, split};
use moim_rtp::rtcp::{ArrivalTime, TransportFeedback};

/// What a datagram weighs beyond itself: the headers of IPv4 and UDP.
const IP_AND_UDP: usize = 28;
/// What the voice's packets weigh beyond the sound in them, in bits per second: fifty a second, with all headers.
const VOICE_HEADERS: u32 = 50 * 8 * (IP_AND_UDP as u32 + 20);
/// The picture and the headers of its packets, against the picture alone: packets are nearly full.
const PICTURE_WITH_HEADERS: f64 = 1.05;
/// A queue on the path that is no reason to wait any longer.
const CALM: Duration = Duration::from_millis(60);
/// Four times what is between two feedbacks: neither jitter nor a burst of loss takes as long.
const UNANSWERED: Duration = Duration::from_millis(200);
/// After this time without any news, waiting for them makes no sense.
const GIVEN_UP: Duration = Duration::from_secs(3);
/// Packets that one piece of feedback may speak of; the estimator remembers no more.
const MOST_AT_ONCE: usize = 4_096;
/// How long a picture that is held back waits for a trial; each in vain doubles the wait.
const FIRST_PATIENCE: Duration = Duration::from_secs(3);
const LONGEST_PATIENCE: Duration = Duration::from_secs(30);
/// How long the estimate may take to grow to what a trial sends, while no queue does.
const TRIAL: Duration = Duration::from_secs(12);
/// What the smoothed loss of the voice begins with: prepared for a little.
const FIRST_LOSS: f32 = 0.05;
/// What a new report counts in it.
const SMOOTHING: f32 = 0.3;

/// Follows the path, and divides what it bears.
pub(crate) struct Rates {
    path: Estimator,
    voice: RangeInclusive<u32>,
    /// With the headers of its packets; `None` in a call without a picture.
    picture: Option<RangeInclusive<u32>>,
    hold: Hold,
    /// Whether the far side is known to tell what it receives: only then does its silence mean anything.
    answered: bool,
    sent: Seq,
    /// How long a picture is held back before it is tried again without evidence.
    patience: Duration,
    clock: ArrivalClock,
    /// What was sent first of all that transport feedback has not answered yet, since there is any.
    unanswered: Option<Instant>,
    /// When the far side last told anything.
    told_at: Option<Instant>,
    loss: f32,
}

/// Whether the picture is held back, for there is too little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    No,
    Since(Instant),
    /// It is sent at its least, to see whether the path bears it: a voice alone proves little.
    Trial(Instant),
}

/// The far side's clock, as its feedback tells it, without wraps.
#[derive(Clone, Copy, Debug, Default)]
struct ArrivalClock {
    last: Option<(ArrivalTime, Duration)>,
}

impl ArrivalClock {
    /// Room for times before the first.
    const ZERO: Duration = Duration::from_secs(1 << 24);

    fn unwrap(&mut self, at: ArrivalTime) -> Duration {
        let (last, since) = self.last.unwrap_or((at, Self::ZERO));
        let nanos = at.nanos_since(last);
        let span = Duration::from_nanos(nanos.unsigned_abs());
        let since = if nanos < 0 { since.saturating_sub(span) } else { since.saturating_add(span) };
        self.last = Some((at, since));
        since
    }
}

impl Rates {
    pub(crate) fn new(config: &CallConfig, media: Media) -> Result<Self, CallError> {
        let voice = config.bitrate.clone();
        let mut limits = *voice.start() + VOICE_HEADERS..=*voice.end() + VOICE_HEADERS;
        let mut start = config.start_bitrate + VOICE_HEADERS;
        let picture = (media == Media::VoiceAndPicture).then(|| {
            let (least, most) = config.picture_bitrate.clone().into_inner();
            with_headers(least)..=with_headers(most)
        });
        if let Some(picture) = &picture {
            limits = *limits.start()..=*limits.end() + *picture.end();
            start += with_headers(config.start_picture_bitrate);
        }
        let path = Estimator::new(EstimatorConfig { limits, start })?;
        let answered = config.transport_seq.is_some();
        Ok(Self {
            path,
            voice,
            picture,
            hold: Hold::No,
            patience: FIRST_PATIENCE,
            answered,
            sent: Seq(0),
            clock: ArrivalClock::default(),
            unanswered: None,
            told_at: None,
            loss: FIRST_LOSS,
        })
    }

    /// A packet of `len` bytes leaves, as number `seq` of all if they are numbered.
    pub(crate) fn sent(&mut self, now: Instant, seq: Option<Seq>, len: usize) {
        if self.answered {
            let counted = Seq(self.sent.0.wrapping_add(1));
            self.sent = seq.unwrap_or(counted);
            self.path.sent(now, self.sent, len + IP_AND_UDP);
            if seq.is_some() {
                self.unanswered.get_or_insert(now);
            }
        }
    }

    /// The far side tells when our packets came.
    pub(crate) fn feedback(&mut self, now: Instant, feedback: &TransportFeedback<'_>) {
        self.unanswered = None;
        self.told_at = Some(now);
        let Self { path, clock, .. } = self;
        let packets = feedback.packets().take(MOST_AT_ONCE);
        path.feedback(now, packets.map(|(seq, at)| (seq, at.map(|at| clock.unwrap(at)))));
        self.hold_or_resume(now);
    }

    /// The far side reports that it lost this share of our voice or our picture.
    pub(crate) fn report(&mut self, now: Instant, lost: f32, round_trip: Option<Duration>) {
        self.answered = true;
        self.loss += SMOOTHING * (lost.clamp(0.0, 1.0) - self.loss);
        self.told_at = Some(now);
        self.path.report(now, lost, round_trip);
        self.hold_or_resume(now);
    }

    /// Whether the far side, which tells many times a second when our packets came, has stopped: they, or what it says,
    /// are stuck somewhere, and more would not help.
    pub(crate) fn is_unanswered(&self, now: Instant) -> bool {
        // Who has not told for long does not tell any more; then the reports must do.
        let since = self.told_at.and(self.unanswered).map(|at| now.since(at));
        since.is_some_and(|since| since > UNANSWERED && since < GIVEN_UP)
    }

    /// Bits per second of everything, with all headers.
    pub(crate) fn total(&self) -> u32 {
        self.path.bitrate()
    }

    /// What of it is for the sound and the pictures themselves.
    pub(crate) fn share(&self) -> Split {
        let total = self.total().saturating_sub(VOICE_HEADERS);
        match self.picture.clone().map(|picture| split(total, self.voice.clone(), picture)) {
            Some(Split { voice, picture: Some(picture) }) if !self.is_held() => {
                Split { voice, picture: Some(without_headers(picture)) }
            }
            Some(Split { voice, picture: None }) if matches!(self.hold, Hold::Trial(_)) => {
                Split { voice, picture: self.picture.as_ref().map(|range| without_headers(*range.start())) }
            }
            // Without a picture the voice has all: what is not sent cannot prove that there is room for more.
            _ => Split { voice: total.clamp(*self.voice.start(), *self.voice.end()), picture: None },
        }
    }

    /// A picture that was held back comes again when there is room to spare and nothing queues on the path, for it begins
    /// with a key frame; or, ever more rarely, on trial.
    fn hold_or_resume(&mut self, now: Instant) {
        let Some(picture) = self.picture.clone() else { return };
        let least = match self.hold {
            Hold::Since(_) => (*picture.start() / 2 * 3).min(*picture.end()),
            Hold::No | Hold::Trial(_) => *picture.start(),
        };
        let total = self.total().saturating_sub(VOICE_HEADERS);
        let room = split(total, self.voice.clone(), least..=*picture.end()).picture.is_some();
        let calm = self.queue(now) <= CALM;
        let (held, tried) = match self.hold {
            Hold::No => (None, None),
            Hold::Since(since) => (Some(now.since(since)), None),
            Hold::Trial(since) => (None, Some(now.since(since))),
        };
        self.hold = match (held, tried) {
            (None, None) if room => Hold::No,
            (Some(_), _) if room && calm => Hold::No,
            (Some(held), _) if calm && held > self.patience => {
                self.patience = (self.patience * 2).min(LONGEST_PATIENCE);
                Hold::Trial(now)
            }
            (Some(_), _) => self.hold,
            (None, Some(_)) if room => {
                self.patience = FIRST_PATIENCE;
                Hold::No
            }
            (None, Some(tried)) if tried < TRIAL && self.queue(now) <= UNANSWERED => self.hold,
            (None, _) => Hold::Since(now),
        };
    }

    fn is_held(&self) -> bool {
        matches!(self.hold, Hold::Since(_))
    }

    /// The share of packets that the far side loses, smoothed.
    pub(crate) fn loss(&self) -> f32 {
        self.loss
    }

    /// How long packets wait in queues on the path.
    pub(crate) fn queue(&self, now: Instant) -> Duration {
        // What was told long ago says nothing about now.
        let fresh = self.told_at.is_some_and(|at| now.since(at) < GIVEN_UP);
        if fresh { self.path.queue_delay() } else { Duration::ZERO }
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Voice,
    VoiceAndPicture,
}

/// What an encoder says of a setting, where having none is as good as having it.
pub(crate) fn told(answer: Result<(), CodecError>) -> Result<(), CodecError> {
    match answer {
        Err(CodecError::Unsupported) => Ok(()),
        answer => answer,
    }
}

fn without_headers(bits_per_second: u32) -> u32 {
    (f64::from(bits_per_second) / PICTURE_WITH_HEADERS) as u32
}

fn with_headers(bits_per_second: u32) -> u32 {
    (f64::from(bits_per_second) * PICTURE_WITH_HEADERS) as u32
}
