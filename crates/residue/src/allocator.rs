//! Rust's memory, overwritten as it is freed.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// Every Rust program that sees a word wipes what it frees: linking this crate is enough.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

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
