//! The encrypted database, from outside: how it works, what it refuses, how it
//! becomes current and what remains of what was deleted.
#![expect(clippy::unwrap_used, reason = "tests and their preparation fail loudly")]

mod children;
mod deletion;
mod looking;
mod migrations;
mod notes;
mod refusals;
mod working;
