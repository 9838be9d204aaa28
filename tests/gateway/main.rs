//! The wall: what an upstream does, and what must follow.
//!
//! Tests are named after the numbered cases of the design. Each plays a
//! scripted provider over a real socket; limits are injected, and no test
//! waits for time to pass unless a limit is what it is about.

#![expect(clippy::expect_used, reason = "helpers of tests fail like tests")]

mod desk;

mod failures;
mod independent;
mod lists;
mod money;
mod secrets;
mod streams;
mod timeouts;
