//! A panic says where it happened, never what it was about.
//!
//! Rust's own report prints the panic's text, and a library may put anything
//! into that: the value it could not read, the string it wanted to cut. Such a
//! line would end in a terminal, a journal or a bug report.

use std::io::Write;
use std::panic::{Location, PanicHookInfo, set_hook};

/// Has every panic of this process leave one fixed sentence and its place in
/// the source on standard error. Call before anything else.
pub fn hide_panic_texts() {
    set_hook(Box::new(report));
}

fn report(panic: &PanicHookInfo<'_>) {
    // Where even standard error is gone, there is nobody to tell.
    let _ = std::io::stderr().write_all(sentence(panic.location()).as_bytes());
}

fn sentence(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    format!("A part of Carrel stopped unexpectedly at {place}. What it was about is not shown.\n")
}
