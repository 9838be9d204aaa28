//! Journeys through the engine: what people do, without a window.

mod command_line;
mod conversation;
mod desks;
mod keeping;
mod members;
