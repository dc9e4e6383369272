//! Under which conditions the call was held.

use crate::options::Options;
use serde::Serialize;
use std::path::Path;

/// What was asked for; the same for the same options on every machine.
#[derive(Debug, Serialize)]
pub(super) struct Conditions {
    pub(super) time: Time,
    pub(super) seconds: u32,
    pub(super) seed: u64,
    /// Name of the recording; `None` when synthetic voices talk.
    pub(super) recording: Option<String>,
    /// What is shown; `None` in a call of voices.
    pub(super) video: Option<Video>,
    pub(super) loss_percent: f64,
    pub(super) burst: u32,
    pub(super) jitter_ms: u16,
    pub(super) delay_ms: u16,
    pub(super) rate_kbit: Option<u64>,
    /// Name of the recorded network, if there is one.
    pub(super) trace: Option<String>,
}

/// What the cameras look at.
#[derive(Debug, Serialize)]
pub(super) struct Video {
    /// Name of the film; `None` when a synthetic scene moves.
    pub(super) film: Option<String>,
    /// The most that a picture takes, in kbit/s.
    pub(super) most_kbit: u32,
}

/// On which clock the call ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Time {
    /// On the machine's, through its network stack.
    Live,
    /// On none.
    Virtual,
}

impl Conditions {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            time: if options.in_virtual_time { Time::Virtual } else { Time::Live },
            seconds: options.seconds,
            seed: options.seed,
            recording: options.audio.as_deref().map(file_name),
            video: (!options.no_video).then(|| Video {
                film: options.video.as_deref().map(file_name),
                most_kbit: options.picture_rate,
            }),
            loss_percent: options.loss,
            burst: options.burst,
            jitter_ms: options.jitter,
            delay_ms: options.delay,
            rate_kbit: options.rate,
            trace: options.trace.as_deref().map(file_name),
        }
    }
}

/// Without the folders: where a file lies on this machine is nobody's business.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
