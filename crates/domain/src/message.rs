//! A message, how it ended, and where it came from.

use serde::{Deserialize, Serialize};

use crate::{
    AttemptId, ChatId, FailureClass, MessageId, ModelRef, NanoUsd, SkipRecord, TryPath, UnixMs,
    Usage,
};

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The person at the desk.
    User,
    /// The model.
    Assistant,
}

/// How a message came to its end. Everything but `Complete` is a marked partial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// Whole.
    Complete,
    /// The output limit was reached.
    Length,
    /// The person pressed stop.
    Stopped,
    /// The desk was locked while the answer was streaming.
    Locked,
    /// No token arrived for too long.
    Stalled,
    /// The connection ended before the answer did.
    Cut,
    /// Carrel itself ended (crash, kill, power) while the answer was streaming.
    Interrupted,
    /// The provider declined the content.
    Refused,
    /// The attempt failed; the text, if any, is what had arrived.
    Failed,
}

impl Finish {
    /// True where "continue" makes sense: text exists and more was to come.
    #[must_use]
    pub fn can_continue(self) -> bool {
        match self {
            Self::Complete | Self::Refused => false,
            Self::Length
            | Self::Stopped
            | Self::Locked
            | Self::Stalled
            | Self::Cut
            | Self::Interrupted
            | Self::Failed => true,
        }
    }
}

/// One message of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Message {
    /// Its id; newer messages have larger ids.
    pub id: MessageId,
    /// The chat it belongs to.
    pub chat: ChatId,
    /// The message it answers or follows; none for the first.
    pub parent: Option<MessageId>,
    /// Who wrote it.
    pub author: Author,
    /// Markdown as written.
    pub text: String,
    /// The model's visible reasoning, empty where there is none.
    pub reasoning: String,
    /// How it ended.
    pub finish: Finish,
    /// When it was stored.
    pub created_at: UnixMs,
    /// Where an answer came from; none for a person's message.
    pub provenance: Option<Provenance>,
}

/// The card on an answer: who gave it, at which try, for how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Provenance {
    /// The model that was asked.
    pub model: ModelRef,
    /// The provider's label at the time.
    pub provider_label: String,
    /// The host that was called, such as `api.openai.com`.
    pub host: String,
    /// The model version that the provider says answered.
    pub served_model: Option<String>,
    /// Tokens of the attempt that answered.
    pub usage: Usage,
    /// Milliseconds from sending to the first visible token.
    pub first_token_ms: Option<u32>,
    /// Milliseconds from sending to the end.
    pub total_ms: u32,
    /// What its tries cost together, as far as their prices are known; none where the price
    /// of the one that answered is not known.
    #[serde(default)]
    pub cost: Option<NanoUsd>,
    /// Every try, in order; empty where nobody was called.
    pub tries: Vec<TryRecord>,
    /// Who would have come before, and why they were not called.
    #[serde(default)]
    pub skipped: Vec<SkipRecord>,
    /// Why nobody was called, where nobody was: then `model` is the one that was wanted.
    #[serde(default)]
    pub uncalled: Option<String>,
    /// Milliseconds from the question to the end, queue and pauses included; not known of
    /// answers that were stored before this was.
    #[serde(default)]
    pub elapsed_ms: Option<u32>,
}

/// One attempt as the card shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TryRecord {
    /// The attempt, as the audit log names it.
    pub attempt: AttemptId,
    /// The model that was called.
    pub model: ModelRef,
    /// Why it failed; none for success.
    pub failure: Option<FailureClass>,
    /// The HTTP status where one arrived.
    pub http_status: Option<u16>,
    /// What happened, in one sentence without secrets.
    pub note: Option<String>,
    /// How Carrel came to make it; none for a call that chose for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub path: Option<TryPath>,
}
