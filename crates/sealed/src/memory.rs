//! The allocator of every program that can hold a desk's text: it zeroes what
//! is given back.
//!
//! `M_PERTURB` alone does not: glibc keeps small blocks in a cache of each
//! thread, and those go there as they are. What C code allocates is left to
//! `process::wipe_freed_memory`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

/// The system's allocator, with each block zeroed before it goes back.
struct Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

#[expect(unsafe_code, reason = "an allocator has no safe form")]
// SAFETY: every call goes to the system's allocator with the caller's own arguments; between
// them only a block is written that the caller gives back whole.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc_zeroed(layout) }
    }

    // `realloc` is left as it is given: a new block, a copy, and the old one given back here.

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is the caller's until the second call, for all of its length.
        unsafe {
            block.write_bytes(0, layout.size());
            // Writes to a block that nobody reads again could be left out.
            black_box(block);
            System.dealloc(block, layout);
        }
    }
}
