//! Journeys through the engine: what people do, without a window.

#![expect(clippy::expect_used, reason = "a helper of tests fails the test, with its sentence")]

mod command_line;
mod conversation;
mod desks;
mod fallback;
mod interrupted;
mod keeping;
mod login;
mod members;
mod shared;
