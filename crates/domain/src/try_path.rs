//! How Carrel came to make a try: which route, why this candidate, after what wait.

use serde::{Deserialize, Serialize};

use crate::{ModelRef, UnixMs};

/// The part of a try's record that explains the choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TryPath {
    /// The route's name.
    pub route: String,
    /// The provider's label at the time.
    pub provider_label: String,
    /// The key's label; none where no key is needed.
    pub key_label: Option<String>,
    /// Why this candidate and no other.
    pub choice: Choice,
    /// What was known of its health when it was called.
    pub breaker: BreakerState,
    /// Milliseconds waited since the try before, or since the question.
    pub waited_ms: u32,
    /// Milliseconds from sending to the end of the try.
    pub took_ms: u32,
    /// True where it may have been billed although no answer came of it.
    pub perhaps_billed: bool,
    /// When it was sent; not known of tries that were recorded before this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub at: Option<UnixMs>,
}

/// A candidate that would have come before, and was not called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SkipRecord {
    /// The model.
    pub model: ModelRef,
    /// The provider's label at the time.
    pub provider_label: String,
    /// The key's label; none where no key is needed.
    pub key_label: Option<String>,
    /// Why, in one sentence without secrets.
    pub note: String,
    /// Until when that holds, where it is known.
    pub until: Option<UnixMs>,
}

/// Why a candidate was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// It stands first in the route.
    First,
    /// The draw by weight fell on it.
    Weight,
    /// It began to answer soonest of late.
    Latency,
    /// It had the fewest answers under way.
    Load,
    /// It costs the least.
    Price,
    /// It answered in this chat before and keeps its prompt cache.
    SameChat,
    /// Those before it could not be called, or failed.
    Fallback,
    /// The same model again, after a pause.
    Retry,
    /// The question was too long for the model before.
    LargerContext,
    /// The model before declined the content.
    AfterRefusal,
    /// Everything rests; this one was asked whether it is back.
    Probe,
    /// The person did not want to wait.
    Asked,
}

/// The circuit breaker of one model under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Healthy: calls pass.
    Closed,
    /// Failing: calls rest.
    Open,
    /// One call finds out whether it is back.
    Probing,
    /// Back; a growing number of calls pass.
    Restoring,
}
