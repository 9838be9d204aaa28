//! The use cases of Carrel, and the one API that every shell calls.

pub mod api;
mod commands;
