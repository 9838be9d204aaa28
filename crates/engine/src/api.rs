//! What crosses from the engine to any shell: requests, answers, failures.
//!
//! These are plain values with a TypeScript twin in `ui/src/ipc/bindings`.
//! They carry no secret back: keys and passphrases only ever travel inwards.
//! Text lengths are limited by the constants beside the types.

mod about;
mod access;
mod catalogue;
mod chats;
mod checkpoints;
mod desks;
mod failure;
mod groups;
mod limits;
mod members;
mod models;
mod policy;
mod programs;
mod record;
mod requests;
mod routes;
mod settings;
mod turns;
mod usage;

pub use about::*;
pub use access::*;
pub use catalogue::*;
pub use chats::*;
pub use checkpoints::*;
pub use desks::*;
pub use failure::*;
pub use groups::*;
pub use limits::*;
pub use members::*;
pub use models::*;
pub use policy::*;
pub use programs::*;
pub use record::*;
pub use requests::*;
pub use routes::*;
pub use settings::*;
pub use turns::*;
pub use usage::*;
