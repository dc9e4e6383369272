//! Once a pool is made, pictures come and go without an allocation.

use moim_media::{FramePool, VideoFrame, VideoSize};
use moim_testkit::alloc::{Allocations, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn writing_sharing_and_returning_pictures_allocates_nothing() {
    let mut pool = FramePool::new(VideoSize::new(320, 180).expect("a size"), 4);
    let mut shown: [Option<VideoFrame>; 3] = [None, None, None];
    let mut show = |pictures: usize| {
        for picture in 0..pictures {
            let written = pool.write(|mut frame| {
                for mut plane in frame.planes() {
                    plane.rows().for_each(|row| row.fill(picture as u8));
                }
            });
            // Two clones of each are held for a while, and at times one slot keeps its picture longer than the rest.
            shown[picture % 3] = written.clone();
            shown[picture % 2] = written;
        }
        pool.dropped()
    };
    assert_eq!(show(50), 0);
    let mut dropped = 0;
    assert_eq!(Counting::count(|| dropped = show(500)), Allocations::default());
    assert_eq!(dropped, 0);

    // When every picture is in use, dropping the new one costs nothing either.
    let held: Vec<_> = std::iter::from_fn(|| pool.write(|_| ())).collect();
    assert_eq!(Counting::count(|| assert!(pool.write(|_| ()).is_none())), Allocations::default());
    drop(held);
}
