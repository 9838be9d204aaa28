//! Journeys in the real window of the real application.
//!
//! They need a display and the programs that `cargo xtask test` builds and
//! installs; it runs them under a virtual display, one at a time.

mod answers;
mod desks;
mod first_run;
mod seeded;
