//! Proof that a piece of code does not allocate.

#![allow(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

/// The system's allocator, counting what each thread asks of it.
///
/// ```
/// use moim_testkit::alloc::{Allocations, Counting};
///
/// #[global_allocator]
/// static ALLOCATOR: Counting = Counting;
///
/// let mut steady = Vec::with_capacity(960);
/// assert_eq!(Counting::count(|| steady.resize(960, 0.0)), Allocations::default());
/// assert_eq!(Counting::count(|| steady.push(0.0)).count, 1);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting;

/// What a thread asked of the allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocations {
    /// Blocks allocated or resized.
    pub count: u64,
    /// Bytes of those blocks, at their new size.
    pub bytes: u64,
    /// Blocks given back: as costly in a real-time thread as allocating.
    pub frees: u64,
}

thread_local! {
    static SO_FAR: Cell<Allocations> = const { Cell::new(Allocations { count: 0, bytes: 0, frees: 0 }) };
}

impl Counting {
    /// Runs `work` and returns what it asked of the allocator in this thread.
    ///
    /// # Panics
    ///
    /// When `Counting` is not the global allocator: it would find nothing, ever.
    pub fn count(work: impl FnOnce()) -> Allocations {
        let probed = SO_FAR.get();
        drop(black_box(Box::new(0_u8)));
        assert_ne!(SO_FAR.get(), probed, "`Counting` must be the `#[global_allocator]`");

        let before = SO_FAR.get();
        work();
        let after = SO_FAR.get();
        Allocations {
            count: after.count - before.count,
            bytes: after.bytes - before.bytes,
            frees: after.frees - before.frees,
        }
    }
}

fn allocated(bytes: usize) {
    let so_far = SO_FAR.get();
    SO_FAR.set(Allocations { count: so_far.count + 1, bytes: so_far.bytes + bytes as u64, ..so_far });
}

// SAFETY: every call is passed to `System` unchanged. Counting touches only a constant-initialised thread-local
// without a destructor, which neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is also that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is also that of `System`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        allocated(new_size);
        // SAFETY: `block` came from `System` through this allocator, with this layout; the caller vouches for both.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let so_far = SO_FAR.get();
        SO_FAR.set(Allocations { frees: so_far.frees + 1, ..so_far });
        // SAFETY: `block` came from `System` through this allocator, with this layout; the caller vouches for both.
        unsafe { System.dealloc(block, layout) }
    }
}
