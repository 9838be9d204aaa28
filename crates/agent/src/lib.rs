//! The turn as a pure machine: events in, effects out.
//!
//! Decides what is sent to the model, when a turn is over and how its answer
//! is marked. Knows no network, no store, no clock and no runtime; the engine
//! performs the effects and reports what happened as events.

mod conversation;
mod turn;

pub use conversation::{ModelCall, model_call};
pub use turn::{Cancel, Effect, Ending, Event, Failed, Piece, Turn};
