//! Journeys through the engine: what people do, without a window.

#![expect(clippy::expect_used, reason = "a helper of tests fails the test, with its sentence")]

mod built_in;
mod catalogue;
mod classes;
mod command_line;
mod content;
mod conversation;
mod desks;
mod endpoint;
mod estimate;
mod fallback;
mod interrupted;
mod keeping;
mod keys;
mod limits;
mod login;
mod members;
mod model_files;
mod policies;
mod providers;
mod record;
mod record_forms;
mod requests;
mod routes;
mod shared;
mod usage;
