//! What a party shows: a synthetic scene or a film, each picture with its number and its time written into it.

mod film;
mod origin;
#[cfg(test)]
mod tests;

use crate::lang::Lang;
use anyhow::Result;
use film::Film;
use moim_media::{FramePool, VideoFrame, VideoSize};
use moim_testkit::scene::Scene;
use moim_testkit::stamp::{self, Stamp};
use std::path::Path;
use std::time::Duration;

/// Pictures without end, in I420.
///
/// What a picture shows follows from its stamp alone, so that a clone can take it again, after the call, for what
/// was received to be compared with. Clones share what they hold in memory.
#[derive(Clone, Debug)]
pub(crate) struct Camera {
    view: View,
    size: VideoSize,
    rate: FrameRate,
}

#[derive(Clone, Debug)]
enum View {
    Scene(Scene),
    Film {
        film: Film,
        /// The picture of the film that is the first of the call.
        first: u32,
    },
}

impl Camera {
    /// A synthetic scene that moves, 30 pictures a second.
    pub(crate) fn scene(size: VideoSize, seed: u64) -> Self {
        Self { view: View::Scene(Scene::new(size, seed)), size, rate: FrameRate::DEFAULT }
    }

    /// The film in a file, again and again, from `begin` on: YUV4MPEG2 as it is, everything else through ffmpeg. Odd
    /// sides lose their last line, which H.264 could not carry.
    ///
    /// # Errors
    ///
    /// In `lang`, when the file cannot be read, holds no pictures that are understood here, or ffmpeg is missing.
    pub(crate) fn film(path: &Path, begin: Duration, lang: Lang) -> Result<Self> {
        let film = Film::open(path, lang)?;
        let (size, rate) = (film.size(), film.rate());
        Ok(Self { view: View::Film { film, first: rate.count(begin) }, size, rate })
    }

    pub(crate) fn size(&self) -> VideoSize {
        self.size
    }

    /// Pictures per second.
    pub(crate) fn frame_rate(&self) -> f32 {
        self.rate.per_second()
    }

    /// When picture `id` is to be taken, counted from picture zero.
    pub(crate) fn due(&self, id: u32) -> Duration {
        self.rate.time(id)
    }

    /// The picture that bears `stamp`: of a film the one of its number, of the scene the one of its time, to the
    /// millisecond that a stamp carries. In any order; forward is cheap. `None` when `pool` has no room.
    ///
    /// # Errors
    ///
    /// When the film cannot be read any more.
    ///
    /// # Panics
    ///
    /// When the pool's pictures are not of [`size`](Self::size).
    pub(crate) fn take(&mut self, stamp: Stamp, pool: &mut FramePool) -> Result<Option<VideoFrame>> {
        assert_eq!(pool.size(), self.size, "a camera takes pictures of its own size");
        // As it will be read again.
        let stamp = Stamp { time: Duration::from_millis(stamp.time.as_millis() as u64), ..stamp };
        Ok(match &mut self.view {
            View::Scene(scene) => pool.write(|mut frame| scene.draw(&mut frame, stamp)),
            View::Film { film, first } => {
                let picture = film.picture(first.wrapping_add(stamp.id))?;
                pool.write(|mut frame| {
                    picture.copy_to(&mut frame);
                    stamp::write(&mut frame, stamp);
                })
            }
        })
    }
}

/// Pictures per second, as a ratio: 30000 ⁄ 1001 stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FrameRate {
    pictures: u32,
    seconds: u32,
}

impl FrameRate {
    const DEFAULT: Self = Self { pictures: 30, seconds: 1 };

    /// `None` outside of 1 to 240 pictures per second.
    fn new(pictures: usize, seconds: usize) -> Option<Self> {
        let rate = Self { pictures: pictures.try_into().ok()?, seconds: seconds.try_into().ok()? };
        (seconds > 0 && (1.0..=240.0).contains(&rate.per_second())).then_some(rate)
    }

    fn per_second(self) -> f32 {
        self.pictures as f32 / self.seconds as f32
    }

    /// When picture `id` begins.
    fn time(self, id: u32) -> Duration {
        let nanos = u128::from(id) * u128::from(self.seconds) * 1_000_000_000 / u128::from(self.pictures);
        // At least one picture per second: 2³² seconds at most.
        Duration::from_nanos(nanos as u64)
    }

    /// How many whole pictures `time` holds.
    fn count(self, time: Duration) -> u32 {
        let pictures =
            time.as_nanos() * u128::from(self.pictures) / (u128::from(self.seconds) * 1_000_000_000);
        u32::try_from(pictures).unwrap_or(u32::MAX)
    }
}
