//! Voice and picture in step.

use crate::incoming::Incoming;
use crate::picture::PictureReceiving;
use crate::voice::VoiceReceiving;
use core::time::Duration;
use moim_media::{Instant, MediaTime};
use moim_sync::{LipSync, Rendered, Stream, SyncConfig};

/// Who waits for whom, of what is heard and shown.
pub(crate) struct InStep {
    sync: LipSync,
}

impl InStep {
    pub(crate) fn new(config: SyncConfig) -> Result<Self, moim_sync::ConfigError> {
        Ok(Self { sync: LipSync::new(config)? })
    }

    /// Sound was pulled, to be heard from `now` on.
    pub(crate) fn heard(&mut self, now: Instant, voice: &mut VoiceReceiving, picture: &mut PictureReceiving) {
        if let Some(time) = voice.receiver.playing(now) {
            let stats = voice.receiver.stats();
            self.rendered(now, Stream::Voice, (&voice.stream, time), (stats.delay, stats.wanted));
        }
        voice.receiver.set_min_delay(self.sync.min_delay(Stream::Voice));
        picture.receiver.set_min_delay(self.sync.min_delay(Stream::Picture));
    }

    /// A picture of media time `time` is shown at `now`, this long after the fastest packets where that long is wanted.
    pub(crate) fn shown(
        &mut self,
        now: Instant,
        of: (&Incoming, MediaTime),
        (delay, wanted): (Duration, Duration),
    ) {
        self.rendered(now, Stream::Picture, of, (delay, wanted));
    }

    /// How much later than the sound that belongs to it the picture is shown, in nanoseconds.
    pub(crate) fn error(&self) -> Option<i64> {
        self.sync.error()
    }

    fn rendered(
        &mut self,
        now: Instant,
        which: Stream,
        (stream, time): (&Incoming, MediaTime),
        (delay, wanted): (Duration, Duration),
    ) {
        let captured = stream.clock().captured(time);
        self.sync.rendered(now, which, Rendered { captured, delay, wanted });
    }
}
