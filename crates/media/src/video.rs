//! Pictures: I420 planes, shared, from a pool.

use alloc::sync::Arc;
use alloc::vec::Vec;
use alloc::{boxed::Box, vec};
use core::fmt;

/// Rows begin at multiples of this many bytes, so that a kernel may load whole vectors.
const STRIDE_ALIGN: usize = 64;

/// Width and height of a picture in luma pixels, both at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VideoSize {
    width: u16,
    height: u16,
}

impl VideoSize {
    /// `None` when either side is zero.
    #[must_use]
    pub const fn new(width: u16, height: u16) -> Option<Self> {
        if width == 0 || height == 0 { None } else { Some(Self { width, height }) }
    }

    /// Luma pixels in a row.
    #[must_use]
    pub const fn width(self) -> usize {
        self.width as usize
    }

    /// Luma rows.
    #[must_use]
    pub const fn height(self) -> usize {
        self.height as usize
    }

    /// The size of a chroma plane: half of each side, rounded up.
    const fn chroma(self) -> Self {
        Self { width: self.width.div_ceil(2), height: self.height.div_ceil(2) }
    }
}

/// One plane of a picture: `height` rows of `width` samples, `stride` bytes apart.
#[derive(Clone, Copy)]
pub struct Plane<'a> {
    data: &'a [u8],
    stride: usize,
    size: VideoSize,
}

impl<'a> Plane<'a> {
    /// All bytes, the padding behind each row included.
    #[must_use]
    pub fn data(self) -> &'a [u8] {
        self.data
    }

    /// Bytes from one row to the next.
    #[must_use]
    pub fn stride(self) -> usize {
        self.stride
    }

    /// The size of this plane.
    #[must_use]
    pub fn size(self) -> VideoSize {
        self.size
    }

    /// The rows from top to bottom, without their padding.
    pub fn rows(self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        self.data.chunks_exact(self.stride).map(move |row| &row[..self.size.width()])
    }
}

/// One plane of a picture that is being written.
pub struct PlaneMut<'a> {
    data: &'a mut [u8],
    stride: usize,
    size: VideoSize,
}

impl PlaneMut<'_> {
    /// All bytes, the padding behind each row included.
    pub fn data(&mut self) -> &mut [u8] {
        self.data
    }

    /// Bytes from one row to the next.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The size of this plane.
    #[must_use]
    pub fn size(&self) -> VideoSize {
        self.size
    }

    /// The rows from top to bottom, without their padding.
    pub fn rows(&mut self) -> impl ExactSizeIterator<Item = &mut [u8]> {
        let width = self.size.width();
        self.data.chunks_exact_mut(self.stride).map(move |row| &mut row[..width])
    }
}

/// The memory of one picture: Y, then U, then V, in one block.
#[derive(Clone)]
struct Planes {
    bytes: Box<[u8]>,
    size: VideoSize,
}

impl Planes {
    fn new(size: VideoSize) -> Self {
        let [y, u, v] = Self::layout(size).map(|(stride, size)| stride * size.height());
        Self { bytes: vec![0; y + u + v].into_boxed_slice(), size }
    }

    /// Stride and size of Y, U and V.
    fn layout(size: VideoSize) -> [(usize, VideoSize); 3] {
        [size, size.chroma(), size.chroma()]
            .map(|plane| (plane.width().next_multiple_of(STRIDE_ALIGN), plane))
    }
}

/// A picture in I420: a luma plane and two chroma planes of half the size, rounded up.
///
/// Cloning shares the planes. When the last clone is dropped they return to their [`FramePool`].
#[derive(Clone)]
pub struct VideoFrame {
    planes: Arc<Planes>,
}

impl VideoFrame {
    /// Size of the luma plane.
    #[must_use]
    pub fn size(&self) -> VideoSize {
        self.planes.size
    }

    /// Y, U and V, in this order.
    #[must_use]
    pub fn planes(&self) -> [Plane<'_>; 3] {
        let mut rest = &self.planes.bytes[..];
        Planes::layout(self.planes.size).map(|(stride, size)| {
            let (data, behind) = rest.split_at(stride * size.height());
            rest = behind;
            Plane { data, stride, size }
        })
    }
}

/// A picture that is being written, inside [`FramePool::write`].
pub struct VideoFrameMut<'a> {
    planes: &'a mut Planes,
}

impl VideoFrameMut<'_> {
    /// Size of the luma plane.
    #[must_use]
    pub fn size(&self) -> VideoSize {
        self.planes.size
    }

    /// Y, U and V, in this order. They hold whatever an earlier picture left there.
    pub fn planes(&mut self) -> [PlaneMut<'_>; 3] {
        let layout = Planes::layout(self.planes.size);
        let mut rest = &mut self.planes.bytes[..];
        layout.map(|(stride, size)| {
            let (data, behind) = core::mem::take(&mut rest).split_at_mut(stride * size.height());
            rest = behind;
            PlaneMut { data, stride, size }
        })
    }
}

/// A fixed number of pictures of one size.
///
/// All memory is allocated by [`new`](Self::new); writing a picture allocates nothing. When every picture is in
/// use the new one is dropped and counted. A change of size is a new pool; pictures of the old one live on.
pub struct FramePool {
    size: VideoSize,
    frames: Vec<Arc<Planes>>,
    dropped: u64,
}

impl FramePool {
    /// A pool of `frames` pictures of `size`.
    #[must_use]
    pub fn new(size: VideoSize, frames: usize) -> Self {
        Self { size, frames: (0..frames).map(|_| Arc::new(Planes::new(size))).collect(), dropped: 0 }
    }

    /// The size of its pictures.
    #[must_use]
    pub fn size(&self) -> VideoSize {
        self.size
    }

    /// How many pictures there are, in use or not.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.frames.len()
    }

    /// How many pictures were dropped because all were in use.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Has `fill` write a free picture and returns it; `None`, without calling `fill`, when all are in use.
    pub fn write(&mut self, fill: impl FnOnce(VideoFrameMut<'_>)) -> Option<VideoFrame> {
        // A picture that nobody else holds is a free one: the reference count is the free list.
        let Some(free) = self.frames.iter().position(|frame| Arc::strong_count(frame) == 1) else {
            self.dropped += 1;
            return None;
        };
        // Oldest first, so that a picture just returned rests the longest. It stays in the list while it is written:
        // a `fill` that panics loses nothing.
        self.frames[free..].rotate_left(1);
        let frame = self.frames.last_mut()?;
        fill(VideoFrameMut { planes: Arc::get_mut(frame)? });
        Some(VideoFrame { planes: Arc::clone(frame) })
    }
}

impl fmt::Debug for VideoFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoFrame").field("size", &self.size()).finish_non_exhaustive()
    }
}

impl fmt::Debug for VideoFrameMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoFrameMut").field("size", &self.size()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Plane<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plane")
            .field("size", &self.size)
            .field("stride", &self.stride)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PlaneMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlaneMut")
            .field("size", &self.size)
            .field("stride", &self.stride)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FramePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FramePool")
            .field("size", &self.size)
            .field("capacity", &self.capacity())
            .field("dropped", &self.dropped)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(width: u16, height: u16, frames: usize) -> FramePool {
        FramePool::new(VideoSize::new(width, height).unwrap(), frames)
    }

    #[test]
    fn odd_sizes_round_chroma_up() {
        let frame = pool(5, 3, 1).write(|_| ()).unwrap();
        let sizes = frame.planes().map(|plane| (plane.size().width(), plane.size().height()));
        assert_eq!(sizes, [(5, 3), (3, 2), (3, 2)]);
        assert!(frame.planes().iter().all(|plane| plane.stride().is_multiple_of(STRIDE_ALIGN)));
    }

    #[test]
    fn planes_do_not_overlap() {
        let frame = pool(70, 4, 1)
            .write(|mut frame| {
                for (value, mut plane) in (1..).zip(frame.planes()) {
                    plane.rows().for_each(|row| row.fill(value));
                }
            })
            .unwrap();
        for (value, plane) in (1..).zip(frame.planes()) {
            assert_eq!(plane.rows().len(), plane.size().height());
            assert!(plane.rows().flatten().all(|&sample| sample == value));
        }
    }

    #[test]
    fn an_exhausted_pool_drops_and_counts_until_a_picture_returns() {
        let mut pool = pool(16, 16, 2);
        let first = pool.write(|_| ()).unwrap();
        let clone = pool.write(|_| ()).unwrap().clone();
        assert!(pool.write(|_| unreachable!()).is_none());
        assert_eq!(pool.dropped(), 1);
        drop(first);
        assert!(pool.write(|_| ()).is_some());
        drop(clone);
        assert_eq!(pool.capacity(), 2);
    }

    #[test]
    fn a_fill_that_panics_loses_no_picture() {
        let mut pool = pool(16, 16, 1);
        let write = std::panic::AssertUnwindSafe(|| pool.write(|_| panic!("no picture today")));
        assert!(std::panic::catch_unwind(write).is_err());
        assert_eq!(pool.capacity(), 1);
        assert!(pool.write(|_| ()).is_some());
    }

    #[test]
    fn a_shared_picture_is_never_written() {
        let mut pool = pool(16, 16, 2);
        let kept = pool.write(|mut frame| frame.planes()[0].data().fill(7)).unwrap();
        for value in 0..10 {
            pool.write(|mut frame| frame.planes()[0].data().fill(value));
        }
        assert!(kept.planes()[0].data().iter().all(|&sample| sample == 7));
    }
}
