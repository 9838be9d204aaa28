//! Calling model APIs that fail.
//!
//! Turns "answer this on route R, under these grants" into deltas and one
//! settled outcome, whatever the providers do. The only crate that names
//! reqwest, and the single owner of retrying. Between calls it remembers, in
//! memory, connections and who is healthy; it stores nothing and reads no
//! wall clock. Deciders (`pursuit`, `preference`, `breaker`, `queue`,
//! `limits`) are pure; `answer` and `attempt` perform.

mod address;
mod answer;
mod attempt;
mod body;
mod breaker;
mod call;
mod cap;
pub mod catalogue;
mod classify;
mod dialect;
mod error_body;
mod estimate;
mod failure;
mod foresight;
mod gateway;
mod hold;
mod key;
mod lanes;
mod latency;
mod limits;
mod meter;
mod models;
mod moment;
mod needs;
mod pace;
mod preference;
mod progress;
mod pursuit;
mod question;
mod queue;
mod random;
mod redact;
mod retry_budget;
mod route;
mod said;
mod size;
mod sse;
mod timeouts;
mod timestamp;
mod tokenizer;
mod tool_calls;
mod trace;
mod wait;
mod window;
mod wire;
mod wishes;

pub use address::{Address, AddressError};
pub use breaker::BreakerRules;
pub use call::{Call, CallError, CallOutcome, Delta, Endpoint, ToolDelta, Waiting};
pub use cap::LEAST_ANSWER;
pub use domain::Prompt;
pub use domain::Strategy;
pub use foresight::{CallAtMost, KnownOfModel, call_at_most};
pub use gateway::{Gateway, GatewayOptions, Health, Lookup, NoClient};
pub use key::ApiKey;
pub use lanes::{LaneHealth, LastFailure, Mark};
pub use limits::{Limit, Measure, Scope};
pub use meter::{
    AttemptIntent, AttemptReport, Billing, Granted, Leaving, Meter, MeterFuture, MeterRefusal,
};
pub use needs::{Abilities, Need, PassedOver};
pub use pace::Pace;
pub use pursuit::Effort;
pub use question::{Answered, Controls, Pause, Question, SkipWait, Whom};
pub use queue::QueueRules;
pub use random::Randomness;
pub use route::{Awake, Candidate, LaneId, PriceHint, Route, RouteKey, Wake, Waking};
pub use sse::{Event, Framer, TooLong};
pub use timeouts::Timeouts;
pub use wishes::{Form, Thinking, Tool, ToolChoice, Unfit, Wishes};
