//! Memory that is overwritten once it is done with.
//!
//! Rust's blocks by the allocator below, and what ciphers leave on the stack by
//! [`on_clean_stack`]. SQLCipher wipes its own; other C code is left to
//! `process::wipe_freed_memory`.

use std::alloc::System;
use std::hint::black_box;

use zeroizing_alloc::ZeroAlloc;

/// Every Rust program that holds a key wipes what it frees: linking this crate is enough.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

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

#[cfg(test)]
mod tests {
    #[test]
    fn small_text_is_gone_from_the_memory_it_was_freed_from() {
        let text = vec![b'A'; 200];
        let place = text.as_ptr() as usize;
        drop(text);
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        let mut found = [0; 200];
        std::os::unix::fs::FileExt::read_exact_at(&memory, &mut found, place as u64).unwrap();
        assert!(!found.windows(8).any(|bytes| bytes == b"AAAAAAAA"), "{found:?}");
    }
}
