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
mod finding;
mod first_run;
mod governance;
mod hostile;
mod keeping;
mod keyboard;
mod memory;
mod models;
mod narrow;
mod offline;
mod prices;
mod programs;
mod record;
mod requests;
mod roles;
mod routes;
mod seeded;
mod settings;
mod shared;
mod team;
mod undriven;
mod usage;
mod windows;
