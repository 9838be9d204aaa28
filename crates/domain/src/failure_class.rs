//! Why a call to a model failed, in the classes of the gateway's table.

use serde::{Deserialize, Serialize};

/// One class for each way Carrel reacts to a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// May work in a moment: refused connection, 5xx, timeout before a byte.
    Transient,
    /// The provider asks for a pause (429 with a wait).
    Throttled,
    /// The key's quota or credit is used up.
    Exhausted,
    /// The key is not accepted.
    Credential,
    /// The request itself is wrong (400, 413, 422).
    Caller,
    /// The conversation is longer than the model can read.
    ContextOverflow,
    /// The provider declined the content.
    ContentRefusal,
    /// The model does not exist there (any more).
    Gone,
    /// A success that carries no usable answer.
    Broken,
    /// The stream ended, stalled or broke before the answer was whole.
    Truncated,
}
