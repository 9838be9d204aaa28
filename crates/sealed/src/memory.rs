//! The allocator of every program that can hold a desk's text: it zeroes what
//! is given back.
//!
//! `M_PERTURB` alone does not: glibc keeps small blocks in a cache of each
//! thread, and those go there as they are. What C code allocates is left to
//! `process::wipe_freed_memory`; what C code leaves on the stack, to [`on_clean_stack`].

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

/// How much of the stack a hash or cipher uses at most, in bytes.
const USED: usize = 16 * 1024;

/// Runs `f`, then overwrites the stack that it used. For calls into code that
/// keeps what it was given in its own frames, and for nothing that runs deep.
pub(crate) fn on_clean_stack<T>(f: impl FnOnce() -> T) -> T {
    let result = apart(f);
    scrub();
    result
}

#[inline(never)]
fn apart<T>(f: impl FnOnce() -> T) -> T {
    f()
}

#[inline(never)]
fn scrub() {
    black_box(&mut [0_u8; USED]);
}
