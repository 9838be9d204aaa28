//! Journeys in the real window of the real application.
//!
//! They need a display and the programs that `cargo xtask test` builds and
//! installs; it runs them under a virtual display, one at a time.

#![expect(clippy::expect_used, reason = "a helper of tests fails the test, with its sentence")]

mod answers;
mod content;
mod desks;
mod dialogs;
mod failing;
mod first_run;
mod keeping;
mod memory;
mod seeded;
mod settings;
mod shared;
