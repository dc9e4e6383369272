//! The camera's picture in the size that is sent.

use moim_dsp::Halver;
use moim_media::{FramePool, VideoFrame, VideoSize};
use moim_simd::Cpu;

/// Pictures of each size: one is being encoded, one may be kept by the encoder.
const FRAMES: usize = 2;

/// Halves pictures, as often as it takes. Pools are made when a size is first needed.
pub(crate) struct Scale {
    halver: Halver,
    /// Of half the size, and of a quarter.
    pools: [Option<FramePool>; 2],
}

impl Scale {
    pub(crate) fn new() -> Self {
        Self { halver: Halver::new(Cpu::detect()), pools: [None, None] }
    }

    /// `frame` with each side divided by `divisor`, rounded up; `None` when somebody holds all pictures.
    pub(crate) fn down(&mut self, frame: &VideoFrame, divisor: u32) -> Option<VideoFrame> {
        let halvings = divisor.max(1).ilog2() as usize;
        self.pools.iter_mut().take(halvings).try_fold(frame.clone(), |frame, pool| {
            let size = Halver::size(frame.size());
            halved(&self.halver, &frame, pool_of(pool, size))
        })
    }
}

fn pool_of(pool: &mut Option<FramePool>, size: VideoSize) -> &mut FramePool {
    if pool.as_ref().is_some_and(|pool| pool.size() != size) {
        *pool = None;
    }
    pool.get_or_insert_with(|| FramePool::new(size, FRAMES))
}

fn halved(halver: &Halver, frame: &VideoFrame, pool: &mut FramePool) -> Option<VideoFrame> {
    pool.write(|mut half| halver.picture(frame, &mut half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_halved_as_often_as_asked_and_sizes_may_change() {
        let mut scale = Scale::new();
        for (width, height) in [(640, 360), (176, 144), (641, 361)] {
            let size = VideoSize::new(width, height).unwrap();
            let frame = FramePool::new(size, 1).write(|mut frame| frame.planes()[0].data().fill(9)).unwrap();
            for divisor in [1, 2, 4] {
                let scaled = scale.down(&frame, divisor).expect("nobody holds a picture");
                let side = |side: u16| u32::from(side).div_ceil(divisor) as usize;
                assert_eq!((scaled.size().width(), scaled.size().height()), (side(width), side(height)));
                assert!(scaled.planes()[0].rows().flatten().all(|&sample| sample == 9));
            }
        }
    }
}
