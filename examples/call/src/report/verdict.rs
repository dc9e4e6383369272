//! Whether the call was good, in one word and in a few sentences.

use super::{Heard, Report};
use crate::lang::Lang;
use crate::quality::{NOTICEABLE, Quality};
use crate::watch::Watched;
use serde::Serialize;

/// More than this between mouth and ear, and people talk over one another (ITU-T G.114 advises at most 400 ms).
const TOO_MUCH_DELAY_MS: f64 = 400.0;
/// What a receiver may add to the delay of the network, on average.
const MUCH_BUFFERING_MS: f64 = 120.0;
/// The same where the sound waits for pictures, whose lost packets are sent again.
const MUCH_BUFFERING_WITH_PICTURES_MS: f64 = 250.0;
/// Pictures seen, in percent of those sent: with fewer one notices, with fewer than the next it is a slide show.
const NEARLY_ALL: f64 = 95.0;
const HARDLY_MOVING: f64 = 50.0;
/// A picture that stands for longer is noticed; one for longer than the next is a broken call.
const FREEZE_MS: f64 = 500.0;
const LONG_FREEZE_MS: f64 = 2_000.0;
/// ITU-R BT.1359: sound that is earlier than its picture by this is noticed.
const OUT_OF_STEP_MS: f64 = 45.0;
/// A gap in which a syllable is lost.
const SYLLABLE_MS: f64 = 200.0;
/// Below this, little of the sound is what was said; below the next, hardly any is.
const UNLIKE: f64 = 0.75;
const STRANGE: f64 = 0.5;

/// How good a call was, as a listener would say. Only what was measured in the files counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Grade {
    /// Nothing to notice.
    Good,
    /// To be noticed, but one can talk.
    Fair,
    /// One would hang up.
    Bad,
}

impl Grade {
    /// Of what was seen.
    pub(super) fn of_sight(measured: &Watched) -> Self {
        let lips = measured.lip_sync.map_or(f64::INFINITY, |lips| lips.error.p95_ms);
        let broken = measured.torn + measured.unstamped;
        let bad = broken > 0
            || measured.shown_percent < HARDLY_MOVING
            || measured.longest_interval_ms > LONG_FREEZE_MS;
        let fair = measured.shown_percent < NEARLY_ALL
            || measured.longest_interval_ms > FREEZE_MS
            || lips > OUT_OF_STEP_MS;
        match (bad, fair) {
            (true, _) => Self::Bad,
            (false, true) => Self::Fair,
            (false, false) => Self::Good,
        }
    }

    /// Of what was heard. `waits` says whether the sound had to wait for a picture.
    pub(super) fn of(measured: &Quality, buffering_ms: Option<f64>, waits: Waits) -> Self {
        let Some(delay) = measured.delay else { return Self::Bad };
        let bad = measured.longest_gap_ms > SYLLABLE_MS
            || delay.mean_ms > TOO_MUCH_DELAY_MS
            || measured.correlation < STRANGE;
        let fair = !measured.gaps.is_empty()
            || buffering_ms.is_some_and(|buffering| buffering >= waits.much_buffering_ms())
            || measured.correlation < UNLIKE;
        match (bad, fair) {
            (true, _) => Self::Bad,
            (false, true) => Self::Fair,
            (false, false) => Self::Good,
        }
    }
}

/// Whether the sound had to wait for a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    ForNothing,
    ForPictures,
}

impl Waits {
    const fn much_buffering_ms(self) -> f64 {
        match self {
            Self::ForNothing => MUCH_BUFFERING_MS,
            Self::ForPictures => MUCH_BUFFERING_WITH_PICTURES_MS,
        }
    }
}

/// The verdict on the whole call, in one sentence.
pub(super) fn headline(report: &Report, lang: Lang) -> String {
    let missed =
        || report.heard.iter().map(|heard| heard.measured.longest_gap_ms).fold(0.0, f64::max).round();
    match report.grade {
        Grade::Good => lang.of(
            "두 사람 모두 끊김 없이 들었습니다.".to_owned(),
            "Both heard each other without a break.".to_owned(),
        ),
        Grade::Fair => lang.of(
            "통화할 만했지만 흠이 있었습니다.".to_owned(),
            "One could talk, but not without noticing the network.".to_owned(),
        ),
        Grade::Bad if missed() > SYLLABLE_MS => lang.of(
            format!("나쁜 통화였습니다: 말소리가 길게는 {} ms나 끊겼습니다.", missed()),
            format!("This was a bad call: speech broke off for up to {} ms.", missed()),
        ),
        Grade::Bad => lang.of("나쁜 통화였습니다.".to_owned(), "This was a bad call.".to_owned()),
    }
}

/// What there is to say about what one party heard; the bad comes first.
pub(super) fn reasons(heard: &Heard, lang: Lang) -> Vec<String> {
    let (by, measured) = (heard.by, &heard.measured);
    let Some(delay) = measured.delay else {
        return vec![lang.of(
            format!("{by} 쪽에서는 상대의 말을 알아들을 수 없었습니다."),
            format!("{by} heard nothing that could be recognised."),
        )];
    };
    let mut reasons = Vec::new();
    let noticeable = NOTICEABLE.as_millis();
    let longest = measured.longest_gap_ms.round();
    match measured.gaps.len() {
        0 => reasons.push(lang.of(
            format!("{by}: {noticeable} ms 넘는 끊김 없음."),
            format!("{by}: no gap over {noticeable} ms."),
        )),
        1 => reasons.push(lang.of(
            format!("{by}: {noticeable} ms 넘는 끊김 한 번, {longest} ms."),
            format!("{by}: one gap over {noticeable} ms, of {longest} ms."),
        )),
        count => reasons.push(lang.of(
            format!("{by}: {noticeable} ms 넘는 끊김 {count}번, 길게는 {longest} ms."),
            format!("{by}: {count} gaps over {noticeable} ms, the longest {longest} ms."),
        )),
    }
    let mean = delay.mean_ms.round();
    reasons.push(match heard.buffering_ms.map(f64::round) {
        Some(buffering) => lang.of(
            format!("입에서 귀까지 {mean} ms, 가장 빠른 패킷보다 {buffering} ms 더 걸렸습니다."),
            format!("{mean} ms from mouth to ear, {buffering} ms more than the fastest packet took."),
        ),
        None => lang.of(format!("입에서 귀까지 {mean} ms."), format!("{mean} ms from mouth to ear.")),
    });
    if measured.correlation < UNLIKE {
        reasons.push(lang.of(
            format!("원래 소리와의 상관 {:.2}: 많은 부분이 바뀌었습니다.", measured.correlation),
            format!("Correlation with the source {:.2}: much of it was replaced.", measured.correlation),
        ));
    }
    reasons
}
