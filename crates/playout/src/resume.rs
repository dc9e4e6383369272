//! Coming back after an underrun: the sound that was waited for is joined to the concealment that stood in for it.

use core::time::Duration;
use moim_media::codec::{AudioDecoder, AudioInput};
use moim_media::{AudioFormat, MediaTime};

/// Concealment is made in steps of this.
pub(crate) const STEP: Duration = Duration::from_millis(10);
/// Concealment for the seam: 5 ms of it, after a shift of up to one pitch period of a deep voice.
const TAIL: Duration = Duration::from_micros(17_500);

/// What an underrun, or a frame that is not played, leaves behind for the sound that comes after it.
#[derive(Clone, Debug)]
pub(crate) struct Resume {
    /// Where media time stands, while an underrun goes on.
    waiting_for: Option<MediaTime>,
    /// Concealment beyond what was played, for the seam.
    tail: Vec<f32>,
    has_tail: bool,
}

impl Resume {
    pub(crate) fn new(format: AudioFormat) -> Self {
        Self { waiting_for: None, tail: vec![0.0; format.samples(TAIL)], has_tail: false }
    }

    pub(crate) fn clear(&mut self) {
        self.waiting_for = None;
        self.has_tail = false;
    }

    /// An underrun begins or goes on; the sound from `next` on has not come.
    pub(crate) fn wait<D: AudioDecoder>(&mut self, next: Option<MediaTime>, decoder: &mut D) {
        if self.waiting_for.is_none() {
            decoder.save();
            self.waiting_for = next;
            self.has_tail = false;
        }
    }

    /// Sound that begins at `time` is about to be decoded; the underrun, if there is one, is over.
    ///
    /// If it is what was waited for, the decoder returns to where it was before the concealment; a sound further on
    /// finds the decoder as the concealment left it. Sound that is not played separates what was played from what
    /// will be: then too there is a seam.
    pub(crate) fn arrive<D: AudioDecoder>(&mut self, time: MediaTime, heard: Heard, decoder: &mut D) {
        let waited_for = self.waiting_for.take() == Some(time);
        if !self.has_tail && (waited_for || heard == Heard::No) {
            self.has_tail = decoder.decode(AudioInput::Lost, &mut self.tail).is_ok();
        }
        if waited_for {
            decoder.restore();
        }
    }

    /// The concealment to cross-fade from into the next sound that is played.
    pub(crate) fn take_tail(&mut self) -> Option<&mut [f32]> {
        core::mem::take(&mut self.has_tail).then_some(&mut self.tail[..])
    }
}

/// Whether sound is played or only decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Yes,
    No,
}
