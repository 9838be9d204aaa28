//! The stack that ciphers used, overwritten.
//!
//! What is freed is wiped by `residue`, which this crate links; SQLCipher
//! wipes its own.

use std::hint::black_box;

// Whoever holds a key wipes what they free, even one who names no guard.
use residue as _;

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
