//! What a party shows and sees: its camera, the recordings of both, and what was noted down beside.

use crate::camera::Camera;
use crate::codec::Coded;
use crate::recorder::Recorder;
use anyhow::Result;
use moim_call::Call;
use moim_media::{FramePool, Instant};
use moim_testkit::stamp::Stamp;
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Pictures of the camera in use at a time: one is encoded, one may be kept for the next.
const FRAMES: usize = 3;

/// The camera and the screen of a party.
#[derive(Debug)]
pub(crate) struct Eye {
    camera: Camera,
    pool: FramePool,
    /// The number of the next picture.
    next: u32,
    /// What the encoder made of the pictures.
    coded: Receiver<Coded>,
    shown: Recorder,
    seen: Recorder,
}

impl Eye {
    /// Looks through `camera`; `coded` gives what the encoder made of it. The recordings go to these files.
    pub(crate) fn new(camera: Camera, coded: Receiver<Coded>, shown: &Path, seen: &Path) -> Result<Self> {
        let size = camera.size();
        Ok(Self {
            pool: FramePool::new(size, FRAMES),
            camera,
            next: 0,
            coded,
            shown: Recorder::create(shown, size)?,
            seen: Recorder::create(seen, size)?,
        })
    }

    /// When there is something to take or to show, in a call that began at `start`.
    pub(crate) fn due(&self, call: &Call, start: Instant) -> Instant {
        let camera = start + self.camera.due(self.next);
        call.picture_due().map_or(camera, |picture| picture.min(camera))
    }

    /// Takes the picture that is due at `now`, and shows those that are.
    pub(crate) fn look(&mut self, now: Instant, start: Instant, call: &mut Call) -> Result<()> {
        let since_start = |at: Instant| at.since(start);
        // Somebody who was away does not make up for it.
        while start + self.camera.due(self.next + 1) <= now {
            self.next += 1;
        }
        if start + self.camera.due(self.next) <= now {
            let stamp = Stamp { id: self.next, time: since_start(now) };
            self.next += 1;
            if let Some(frame) = self.camera.take(stamp, &mut self.pool)? {
                call.push_camera(now, &frame);
            }
            while let Ok(coded) = self.coded.try_recv() {
                self.shown.picture(since_start(now), &coded.access_unit)?;
            }
        }
        while let Some(picture) = call.poll_picture(now) {
            self.seen.picture(since_start(now), picture.access_unit)?;
        }
        Ok(())
    }

    /// Sound that was said, and sound that was heard.
    pub(crate) fn listen(&mut self, said: &[f32], heard: &[f32]) -> Result<()> {
        self.shown.sound(said)?;
        self.seen.sound(heard)
    }

    /// Ends the recordings; the camera can take the same pictures again.
    pub(crate) fn finish(self, lasted: Duration) -> Result<Camera> {
        self.shown.finish(lasted)?;
        self.seen.finish(lasted)?;
        Ok(self.camera)
    }
}
