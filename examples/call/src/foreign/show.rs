//! What we show: a camera on its own beat.

use crate::camera::Camera;
use anyhow::Result;
use moim_call::Call;
use moim_media::{FramePool, Instant};
use moim_testkit::stamp::Stamp;

/// Pictures in use at a time: one is encoded, one may be kept for the next.
const FRAMES: usize = 3;

/// A camera that looks on from when it is first asked.
#[derive(Debug)]
pub(super) struct Show {
    camera: Camera,
    pool: FramePool,
    start: Instant,
    /// The number of the next picture.
    next: u32,
}

impl Show {
    /// Picture zero is taken at `start`.
    pub(super) fn new(camera: Camera, start: Instant) -> Self {
        Self { pool: FramePool::new(camera.size(), FRAMES), camera, start, next: 0 }
    }

    /// When the next picture is to be taken.
    pub(super) fn due(&self) -> Instant {
        self.start + self.camera.due(self.next)
    }

    /// Takes the picture that is due at `now`, if one is. Who was away does not make up for it.
    ///
    /// # Errors
    ///
    /// When the camera has no more pictures to give.
    pub(super) fn take(&mut self, now: Instant, call: &mut Call) -> Result<()> {
        if self.due() > now {
            return Ok(());
        }
        while self.start + self.camera.due(self.next + 1) <= now {
            self.next += 1;
        }
        let stamp = Stamp { id: self.next, time: now.since(self.start) };
        self.next += 1;
        if let Some(frame) = self.camera.take(stamp, &mut self.pool)? {
            call.push_camera(now, &frame);
        }
        Ok(())
    }
}
