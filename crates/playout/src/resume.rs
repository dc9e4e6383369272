//! Coming back after an underrun: the sound that was waited for is joined to the concealment that stood in for it.

use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioInput};
use moim_media::{AudioFormat, MediaTime};

/// Concealment is made in steps of this.
pub(crate) const STEP: Duration = Duration::from_millis(10);

/// Whether an underrun is going on, and what is left of it to join.
#[derive(Clone, Debug)]
pub(crate) struct Resume {
    /// Where media time stands, while an underrun goes on.
    standing: Option<Option<MediaTime>>,
    /// Concealment beyond what was played, for the seam.
    tail: Vec<f32>,
    has_tail: bool,
}

impl Resume {
    pub(crate) fn new(format: AudioFormat) -> Self {
        Self { standing: None, tail: vec![0.0; format.samples(STEP)], has_tail: false }
    }

    pub(crate) fn clear(&mut self) {
        self.standing = None;
        self.has_tail = false;
    }

    /// An underrun begins or goes on; the sound after `next` has not come.
    pub(crate) fn wait<D: AudioDecoder>(&mut self, next: Option<MediaTime>, decoder: &mut D) {
        if self.standing.is_none() {
            decoder.save();
            self.standing = Some(next);
        }
    }

    /// The underrun, if there is one, ends with sound that begins at `time`.
    ///
    /// If that is the sound which was waited for, the decoder returns to where it was before the concealment; a
    /// sound further on finds the decoder as the concealment left it.
    pub(crate) fn arrive<D: AudioDecoder>(&mut self, time: MediaTime, overdue: Overdue, decoder: &mut D) {
        let Some(standing) = self.standing.take() else { return };
        let waited_for = standing == Some(time);
        if !waited_for && overdue == Overdue::No {
            return;
        }
        self.has_tail = decoder.decode(AudioInput::Lost, &mut self.tail).is_ok();
        if waited_for {
            decoder.restore();
        }
    }

    /// The concealment to cross-fade from into the next sound that is played.
    pub(crate) fn take_tail(&mut self) -> Option<&[f32]> {
        core::mem::take(&mut self.has_tail).then_some(&self.tail[..])
    }
}

/// Whether the sound that ends an underrun is played or only decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    Yes,
    No,
}
