//! Damage, kills, full disks and prying eyes: what must hold all the same.
//!
//! Everything here goes through the engine's public API or the real programs.
//! What one crate can show alone, its own tests show. A sample runs with the
//! other tests; `CARREL_SOAK=1` runs everything.

#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod authorisation;
mod calls;
mod content;
mod damage;
mod disk;
mod kills;
mod ledger;
mod memory;
mod older;
mod planted;
mod refusals;
mod replaced;
mod requests;
mod steps;
mod traces;
