//! The wall: what an upstream does, and what must follow.
//!
//! Tests are named after the numbered cases of the design. Each plays a
//! scripted provider over a real socket; limits are injected, and no test
//! waits for time to pass unless a limit is what it is about.

#![expect(clippy::expect_used, reason = "helpers of tests fail like tests")]

mod asker;
mod desk;

mod bills;
mod chaos;
mod crowds;
mod failures;
mod features;
mod gemini;
mod independent;
mod ledger;
mod lists;
mod money;
mod needs;
mod outages;
mod routes;
mod secrets;
mod streams;
mod timeouts;
mod tools;
mod traces;
