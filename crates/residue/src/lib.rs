//! What a process leaves behind: freed memory, core dumps, the text of panics.
//!
//! Every program of Carrel that sees a person's words links this crate, the
//! built-in model's too. Linking it is enough for Rust's own memory; the rest
//! is a call at the start of `main`. It knows no keys, no files and no windows.

mod allocator;
mod panics;
mod process;

pub use panics::hide_panic_texts;
pub use process::{forbid_core_dumps, wipe_freed_memory};
