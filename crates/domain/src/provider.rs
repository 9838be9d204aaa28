//! How a model API is spoken to, and how a model is named.

use serde::{Deserialize, Serialize};

use crate::ProviderId;

/// The wire format a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// OpenAI chat completions and every server that speaks it.
    OpenAi,
    /// Anthropic messages.
    Anthropic,
    /// Google's generateContent.
    Gemini,
    /// Carrel's own sidecar, which speaks chat completions on a loopback port.
    BuiltIn,
}

/// One model at one provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ModelRef {
    /// The provider that serves it.
    pub provider: ProviderId,
    /// The provider's own name for it, such as `gpt-4.1-mini`.
    pub model: String,
}
