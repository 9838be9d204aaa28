//! Journeys in the real window of the real application.
//!
//! They need a display and the programs that `cargo xtask test` builds and
//! installs; it runs them under a virtual display, one at a time.

#![expect(clippy::panic, reason = "a helper of tests fails the test, with its sentence")]

mod answers;
mod desks;
mod first_run;
mod memory;
mod seeded;
