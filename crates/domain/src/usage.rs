//! What a model call consumed.

use serde::{Deserialize, Serialize};

/// A count of model tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(as = "f64"))]
#[serde(transparent)]
pub struct Tokens(pub u64);

/// Tokens of one attempt. The kinds are disjoint: nothing is counted twice.
///
/// Providers differ (OpenAI counts cached input inside the input, Anthropic
/// outside it); the gateway's dialects bring both to this shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Usage {
    /// Input read afresh.
    pub input: Tokens,
    /// Input served from the provider's prompt cache.
    pub cached_input: Tokens,
    /// Input written to the provider's prompt cache for minutes.
    pub cache_write: Tokens,
    /// Input written to it for an hour.
    #[serde(default)]
    pub cache_write_long: Tokens,
    /// Visible output.
    pub output: Tokens,
    /// Hidden reasoning, billed as output.
    pub reasoning: Tokens,
    /// True where the provider did not say and Carrel counted by itself.
    pub estimated: bool,
}

impl Usage {
    /// All tokens together.
    #[must_use]
    pub fn total(&self) -> Tokens {
        Tokens(
            [
                self.input,
                self.cached_input,
                self.cache_write,
                self.cache_write_long,
                self.output,
                self.reasoning,
            ]
            .iter()
            .fold(0_u64, |sum, kind| sum.saturating_add(kind.0)),
        )
    }
}
