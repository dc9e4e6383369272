//! What the far side is asked for and told between the regular reports.

use super::Call;
use crate::reporting::{Ending, ROUND_TRIP};
use moim_media::Instant;

impl Call {
    /// Asks for what is missing, and for a key frame where nothing else helps.
    pub(super) fn ask(&mut self, now: Instant) {
        let missing = self.voice.receiving.missing(now, self.round_trip);
        if let (Some(media), false) = (self.voice.receiving.stream.remote(), missing.is_empty()) {
            // Without a block: it would end the interval over which loss is counted.
            let asking = Ending::Asking { media, missing: &missing };
            self.voice.report(now, None, asking, &mut self.queue);
        }
        let Some(picture) = &mut self.picture else { return };
        let missing = picture.receiving.missing(now, self.round_trip);
        // Whoever left is asked for nothing.
        let Some(media) = picture.receiving.stream.remote() else { return };
        if !missing.is_empty() {
            let asking = Ending::Asking { media, missing: &missing };
            picture.report(now, None, asking, &mut self.queue);
        }
        let round_trip = self.round_trip.unwrap_or(ROUND_TRIP);
        if picture.receiving.receiver.poll_key_frame_request(now, round_trip).is_some() {
            picture.report(now, None, Ending::KeyFrame { media }, &mut self.queue);
        }
    }

    /// Tells the far side when its packets came.
    pub(super) fn give_feedback(&mut self, now: Instant) {
        let Some(arrivals) = self.transport.as_mut().and_then(|transport| transport.feedback(now)) else {
            return;
        };
        if let Some(media) = self.voice.receiving.stream.remote() {
            self.voice.report(now, None, Ending::Feedback { media, arrivals }, &mut self.queue);
        } else if let Some(picture) = &mut self.picture
            && let Some(media) = picture.receiving.stream.remote()
        {
            picture.report(now, None, Ending::Feedback { media, arrivals }, &mut self.queue);
        }
    }
}
