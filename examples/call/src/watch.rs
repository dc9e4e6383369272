//! How good the picture is: measured from two recordings, what was sent and what was seen, and nothing else.
//!
//! ```text
//! seen.mp4 ─ decoder ─ stamps ─┬─ times ─────── intervals, freezes, one-way delay ─┐
//!                              ├─ the same? ─── torn                               ├─ Watched
//! sent.mp4 ─ decoder ──────────┘                                                   │
//! camera ─── the picture again ─┴ PSNR, SSIM                                       │
//! sound of both ─ align ─ delay of the sound ─── lip sync ─────────────────────────┘
//! ```

mod glance;
mod playback;
#[cfg(test)]
mod tests;

use crate::camera::Camera;
use crate::quality::{Missing, millis, round};
use crate::report::contact_sheet::{ContactSheet, Pair};
use anyhow::{Context, Result};
use moim_media::{AudioFormat, FramePool, VideoFrame};
use moim_record::Mp4Reader;
use moim_testkit::measure::picture::{Freeze, enlarged, freezes, intervals, is_identical, psnr, ssim};
use moim_testkit::measure::{Delay, LipSync, ShownPicture, Spread, SyncError, align, lip_sync};
use moim_testkit::stamp::{self, Stamp};
use playback::{Pictures, Shown};
use serde::Serialize;
use std::time::Duration;

/// A picture that stands for less was replaced before anybody could see it: a recording gives pictures that were due
/// together successive ticks of its clock.
const VISIBLE: Duration = Duration::from_millis(7);
/// The quality of one picture in so many is measured.
const SAMPLED: usize = 5;
/// What was taken so shortly before the end may still be under way, and is not missed.
const UNDER_WAY: Duration = Duration::from_millis(250);

/// What there is to be measured.
#[derive(Clone, Debug)]
pub(crate) struct Evidence<'a> {
    /// The recording of the one who watched; MP4.
    pub(crate) seen: &'a [u8],
    /// The recording that the other one made of what was sent, at the times at which it was taken; MP4.
    pub(crate) sent: &'a [u8],
    /// The camera it was taken with.
    pub(crate) camera: Camera,
    /// Longest delay of the sound to look for.
    pub(crate) within: Duration,
}

/// The picture as it was seen. Times count from the beginning of the recording.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Watched {
    /// Pictures sent early enough to be seen.
    pub(crate) sent: usize,
    /// Those of them that were.
    pub(crate) shown: usize,
    pub(crate) shown_percent: f64,
    /// In the recording, but replaced at once by a later one.
    pub(crate) passed_over: usize,
    /// In the recording, but not to be decoded from it.
    pub(crate) undecodable: usize,
    /// Shown without a stamp that can be read: of no known origin.
    pub(crate) unstamped: usize,
    /// Shown, and not what a clean decoder makes of what was sent under this number.
    pub(crate) torn: usize,
    /// When the first picture was seen, in seconds.
    pub(crate) first_s: Option<f64>,
    /// How long pictures stood.
    pub(crate) interval: Option<SpreadMs>,
    /// W3C's `freezeCount`: three times the usual interval, and 150 ms more than that.
    pub(crate) freezes: Vec<Missing>,
    /// The longest interval, whether it counts as a freeze or not, in ms.
    pub(crate) longest_interval_ms: f64,
    /// From the camera to the screen.
    pub(crate) delay: Option<SpreadMs>,
    /// Against what the camera gave.
    pub(crate) quality: Option<PictureQuality>,
    /// `None` when sound or picture was not recognised.
    pub(crate) lip_sync: Option<LipSyncMs>,
    /// Every picture that was seen and bore a stamp.
    #[serde(skip)]
    pub(crate) course: Vec<ShownPicture>,
    /// The error of lip sync over time.
    #[serde(skip)]
    pub(crate) lip_sync_course: Vec<SyncError>,
}

/// Durations in ms: what half and 95 % of them do not exceed, and the largest.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct SpreadMs {
    pub(crate) median_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) max_ms: f64,
}

/// Luma against the camera's, at the camera's size. Smaller pictures are enlarged as a screen would.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct PictureQuality {
    /// How many pictures were measured.
    pub(crate) pictures: usize,
    pub(crate) mean_psnr_db: f64,
    pub(crate) worst_psnr_db: f64,
    pub(crate) mean_ssim: f64,
    pub(crate) worst_ssim: f64,
}

/// The delay of the picture less that of the sound, in ms.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct LipSyncMs {
    /// The median, positive when the picture is late.
    pub(crate) bias_ms: f64,
    /// Of the size of the error.
    pub(crate) error: SpreadMs,
    /// Pictures with no sound near them that was recognised.
    pub(crate) unjudged: usize,
}

impl Watched {
    /// Measures, and puts moments of the call and its worst freeze on `sheet`.
    ///
    /// # Errors
    ///
    /// When a recording cannot be read or holds no pictures, or the camera cannot take one again.
    pub(crate) fn measure(evidence: Evidence<'_>, sheet: &mut ContactSheet) -> Result<Self> {
        let Evidence { seen, sent, mut camera, within } = evidence;
        let seen = Mp4Reader::parse(seen).context("the recording of what was seen")?;
        let sent = Mp4Reader::parse(sent).context("the recording of what was sent")?;
        let seen_track = seen.picture().context("nothing was seen")?;
        let sent_track = sent.picture().context("nothing was sent")?;

        let shown = playback::times(&seen_track);
        let visible: Vec<Duration> =
            shown.iter().filter(|shown| is_visible(shown)).map(|shown| shown.at).collect();
        let end = shown.last().map_or(Duration::ZERO, |last| last.until);
        let frozen = freezes(&visible);
        let mut glances = glance::choose(&visible, end, &frozen).into_iter().peekable();

        let mut original = Original::new(Pictures::new(&sent_track, camera.size())?);
        let mut pool = FramePool::new(camera.size(), 1);
        let mut tally = Tally::default();
        let mut course = Vec::with_capacity(visible.len());
        for (picture, shown) in Pictures::new(&seen_track, camera.size())?.zip(&shown) {
            let Some(picture) = picture else {
                tally.undecodable += 1;
                continue;
            };
            if !is_visible(shown) {
                tally.passed_over += 1;
                continue;
            }
            // One that was to be looked at may have been undecodable.
            while glances.next_if(|glance| glance.at < shown.at).is_some() {}
            let glance = glances.next_if(|glance| glance.at == shown.at);
            let Some(stamp) = stamp::read(&picture) else {
                tally.unstamped += 1;
                continue;
            };
            tally.torn += usize::from(!original.is(stamp, &picture));
            course.push(ShownPicture { captured: stamp.time, shown: shown.at });
            let is_sample = course.len() % SAMPLED == 1;
            if glance.is_none() && !is_sample {
                continue;
            }
            let taken = camera.take(stamp, &mut pool)?.context("the picture before was returned")?;
            if is_sample {
                tally.compare(&taken, &picture);
            }
            if let Some(glance) = glance {
                let (taken_at, shown_at) = (stamp.time, shown.at);
                sheet.add(&Pair { taken: &taken, taken_at, shown: &picture, shown_at, mark: glance.mark })?;
            }
        }

        let heard = match (sent.sound(), seen.sound()) {
            (Some(said), Some(heard)) => {
                let (said, heard) = (playback::sound(&said)?, playback::sound(&heard)?);
                align(&said, &heard, AudioFormat::VOICE.rate(), within).delays().to_vec()
            }
            _ => Vec::new(),
        };
        let sent = playback::times(&sent_track);
        let due = sent.iter().filter(|sent| sent.at + UNDER_WAY < end).count();
        Ok(tally.conclude(course, &visible, end, &frozen, due, &heard))
    }
}

fn is_visible(shown: &Shown) -> bool {
    shown.until.saturating_sub(shown.at) >= VISIBLE
}

/// What a clean decoder makes of what was sent.
struct Original<'a> {
    pictures: Pictures<'a>,
    /// The last one, with its number.
    current: Option<(u32, VideoFrame)>,
}

impl<'a> Original<'a> {
    fn new(pictures: Pictures<'a>) -> Self {
        Self { pictures, current: None }
    }

    /// Whether `picture` is the one sent with this stamp. To be asked in the order of sending.
    fn is(&mut self, stamp: Stamp, picture: &VideoFrame) -> bool {
        while self.current.as_ref().is_none_or(|(id, _)| *id < stamp.id) {
            // Two at once do not need to be held.
            self.current = None;
            let Some(next) = self.pictures.next() else { return false };
            self.current = next.and_then(|frame| Some((stamp::read(&frame)?.id, frame)));
        }
        self.current.as_ref().is_some_and(|(id, frame)| *id == stamp.id && is_identical(frame, picture))
    }
}

/// What is counted while the pictures go by.
#[derive(Debug, Default)]
struct Tally {
    passed_over: usize,
    undecodable: usize,
    unstamped: usize,
    torn: usize,
    psnr: Vec<f64>,
    ssim: Vec<f64>,
}

impl Tally {
    fn compare(&mut self, taken: &VideoFrame, shown: &VideoFrame) {
        let shown = if shown.size() == taken.size() { shown.clone() } else { enlarged(shown, taken.size()) };
        // Identical luma is infinitely good; for a mean, errors below a hundredth of a step do not count.
        self.psnr.push(psnr(taken, &shown).min(100.0));
        self.ssim.push(ssim(taken, &shown));
    }

    fn quality(&self) -> Option<PictureQuality> {
        let pictures = self.psnr.len();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / pictures as f64;
        let worst = |values: &[f64]| values.iter().copied().reduce(f64::min);
        Some(PictureQuality {
            pictures,
            worst_psnr_db: round(worst(&self.psnr)?, 1),
            worst_ssim: round(worst(&self.ssim)?, 3),
            mean_psnr_db: round(mean(&self.psnr), 1),
            mean_ssim: round(mean(&self.ssim), 3),
        })
    }

    fn conclude(
        self,
        course: Vec<ShownPicture>,
        visible: &[Duration],
        end: Duration,
        frozen: &[Freeze],
        sent: usize,
        sound: &[Delay],
    ) -> Watched {
        // The last picture stood until the end.
        let stood: Vec<Duration> = visible.iter().copied().chain([end]).collect();
        let lips = lip_sync(&course, sound);
        let delays = course.iter().map(|picture| picture.shown.saturating_sub(picture.captured));
        let shown = course.iter().filter(|picture| picture.captured + UNDER_WAY < end).count();
        Watched {
            sent,
            shown,
            shown_percent: if sent == 0 {
                0.0
            } else {
                round(100.0 * shown.min(sent) as f64 / sent as f64, 1)
            },
            passed_over: self.passed_over,
            undecodable: self.undecodable,
            unstamped: self.unstamped,
            torn: self.torn,
            first_s: visible.first().map(|first| round(first.as_secs_f64(), 2)),
            interval: Spread::of(intervals(visible)).map(SpreadMs::from),
            freezes: frozen.iter().map(Missing::from).collect(),
            longest_interval_ms: millis(intervals(&stood).max().unwrap_or_default()),
            delay: Spread::of(delays).map(SpreadMs::from),
            quality: self.quality(),
            lip_sync: LipSyncMs::of(&lips),
            lip_sync_course: lips.errors().to_vec(),
            course,
        }
    }
}

impl LipSyncMs {
    fn of(lips: &LipSync) -> Option<Self> {
        Some(Self {
            bias_ms: round(lips.bias()? as f64 / 1e6, 1),
            error: lips.spread()?.into(),
            unjudged: lips.unjudged(),
        })
    }
}

impl From<Spread> for SpreadMs {
    fn from(spread: Spread) -> Self {
        Self { median_ms: millis(spread.median), p95_ms: millis(spread.p95), max_ms: millis(spread.max) }
    }
}

impl From<&Freeze> for Missing {
    fn from(freeze: &Freeze) -> Self {
        Self { at_s: round(freeze.at.as_secs_f64(), 2), ms: millis(freeze.duration) }
    }
}
