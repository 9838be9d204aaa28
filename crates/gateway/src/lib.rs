//! Calling model APIs that fail.
//!
//! Turns "ask this model, under this grant" into deltas and one settled
//! outcome, whatever the provider does. The only crate that names reqwest.
//! It keeps no state between calls but connection pools, stores nothing,
//! and reads no wall clock. Retrying and falling back will live here and
//! nowhere else; today a call is one attempt.

mod address;
mod attempt;
mod body;
mod call;
pub mod catalogue;
mod classify;
mod dialect;
mod error_body;
mod estimate;
mod failure;
mod gateway;
mod hold;
mod key;
mod meter;
mod models;
mod progress;
mod redact;
mod sse;
mod timeouts;
mod timestamp;
mod tool_calls;
mod wait;
mod wire;

pub use address::{Address, AddressError};
pub use call::{Call, CallError, CallOutcome, Delta, Endpoint, Waiting};
pub use domain::Prompt;
pub use gateway::{Gateway, GatewayOptions, Lookup, NoClient};
pub use key::ApiKey;
pub use meter::{AttemptIntent, AttemptReport, Billing, Meter, MeterFuture, MeterRefusal};
pub use sse::{Event, Framer, TooLong};
pub use timeouts::Timeouts;
