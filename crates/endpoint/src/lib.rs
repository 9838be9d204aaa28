//! OpenAI's API on this machine, for a person's own programs.
//!
//! Speaks HTTP and nothing else: who may ask, which models there are, what it
//! costs and who stands in is the engine's. Listens on the loopback interface
//! alone. `config` and `headless` are for a run without a person.

mod admit;
mod chat;
pub mod config;
mod desks;
mod headless;
mod http;
mod patient;
mod refusal;
mod request;
mod server;
mod shapes;
mod speech;

pub use desks::{keep_open, usual_address};
pub use headless::{Unprepared, prepare};
pub use server::{Rules, Server};
