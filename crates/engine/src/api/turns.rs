//! Asking, and the stream that answers.

use domain::{
    ChatId, DataClass, MessageId, ModelRef, NanoUsd, SkipRecord, Target, Tokens, TryRecord, TurnId,
    UnixMs,
};
use serde::{Deserialize, Serialize};

use super::{ChatSummary, Failure, LimitStanding, MessageView};

/// Ask a question, or have one answered again. Events arrive on the stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Ask {
    /// What is asked.
    pub question: Question,
    /// Whom to ask; none for whom the chat was asked of last, or the desk's usual one.
    pub target: Option<Target>,
    /// How far the text of a new chat may go; none for the workspace's usual class. A chat that
    /// was begun has its own.
    pub class: Option<DataClass>,
}

/// The ways to begin a turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Question {
    /// The first question of a new chat.
    NewChat {
        /// Markdown.
        text: String,
    },
    /// A further question at the end of the shown branch.
    FollowUp {
        /// Which chat.
        chat: ChatId,
        /// Markdown.
        text: String,
    },
    /// A further question below an earlier answer, beside what follows it already.
    Branch {
        /// The answer that the question follows.
        after: MessageId,
        /// Markdown.
        text: String,
    },
    /// A changed question: a sibling of `message`, then a new answer.
    Edit {
        /// The person's message that is changed.
        message: MessageId,
        /// Its new text.
        text: String,
    },
    /// Another answer beside `message`.
    Regenerate {
        /// The answer (or the unanswered question) to answer again.
        message: MessageId,
    },
    /// Go on where the partial answer `message` ends; the text grows in place.
    Continue {
        /// The partial answer.
        message: MessageId,
    },
}

/// The turn that began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TurnStarted {
    /// The turn.
    pub turn: TurnId,
    /// The chat, new or known.
    pub chat: ChatId,
}

/// Names one turn.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneTurn {
    /// Which turn.
    pub turn: TurnId,
}

/// Read what was missed, or attach to a running turn after a reload.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TurnSince {
    /// Which turn.
    pub turn: TurnId,
    /// The first sequence number wanted.
    pub seq: u32,
}

/// Numbered events of one turn; under 8 kB each (16–33 ms of text).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TurnBatch {
    /// Which turn.
    pub turn: TurnId,
    /// Counts from 0 without gaps; a gap means `turn_since`.
    pub seq: u32,
    /// In order.
    pub events: Vec<TurnEvent>,
}

/// Missed batches of a turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TurnBatches {
    /// From the requested number on, in order.
    pub batches: Vec<TurnBatch>,
    /// False where the turn has ended (or is unknown): reload the chat.
    pub running: bool,
}

/// What happens during a turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TurnEvent {
    /// Stored and under way. Always first.
    Opened {
        /// The chat as the sidebar shows it (it may be new).
        chat: Box<ChatSummary>,
        /// The person's new message, where there is one.
        question: Option<Box<MessageView>>,
        /// The answer, still empty (or the partial that is continued).
        answer: Box<MessageView>,
    },
    /// Why nothing is visible yet.
    Waiting {
        /// What is waited for.
        reason: Waiting,
        /// One short sentence.
        note: String,
        /// Until when a pause is.
        until: Option<UnixMs>,
        /// The model that `skip_wait` asks at once; none where a provider asked for the pause
        /// and nobody else may be asked.
        instead: Option<String>,
        /// True where that is the model that is waited for: it is asked before its time.
        again: bool,
        /// What was tried so far; empty but for a pause.
        tries: Vec<TryRecord>,
        /// Who was not called so far, and why; empty but for a pause.
        skipped: Vec<SkipRecord>,
    },
    /// More of the answer's text.
    Text {
        /// Appended as it is.
        text: String,
    },
    /// More of the model's reasoning.
    Reasoning {
        /// Appended as it is.
        text: String,
    },
    /// The end. Always last; the message is stored.
    Settled {
        /// The chat as the sidebar shows it now.
        chat: Box<ChatSummary>,
        /// The answer as stored; large answers are re-read with `read_message`.
        answer: MessageId,
        /// Why it ended early, where something failed.
        failure: Option<Failure>,
    },
}

/// What a turn waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// The provider's first token.
    Provider,
    /// The built-in model is being loaded.
    LoadingModel,
    /// A pause: a provider asked for it, failed, or a limit is reached.
    Pause,
    /// A place in the queue.
    Queued,
    /// Another model or another try, after a failure of which nothing was shown.
    Next,
}

/// Ask what a question would cost at most. Nothing is sent and nothing is held.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Estimate {
    /// Whom it would be put to; none as in `Ask`.
    pub target: Option<Target>,
    /// At the end of which chat; none for a new one.
    pub chat: Option<ChatId>,
    /// Of a new chat: its class, as in `Ask`.
    pub class: Option<DataClass>,
    /// What is written so far; at most 4 MiB.
    pub text: String,
}

/// What a question costs at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Estimated {
    /// Those who may answer, the first one first.
    pub models: Vec<EstimatedModel>,
    /// By the dearest of them, in nano-dollars; none where the price of one is not known.
    pub up_to: Option<NanoUsd>,
    /// Of the limits on money that it counts against, the one with the least left; those of
    /// single providers, models, routes and keys are not looked at.
    pub left: Option<LimitStanding>,
}

/// The same by one model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct EstimatedModel {
    /// Which model.
    pub model: ModelRef,
    /// Its name.
    pub label: String,
    /// Tokens of the input at most.
    pub input: Tokens,
    /// Tokens of the answer at most.
    pub output: Tokens,
    /// In nano-dollars; none where its price is not known, nothing where it is free.
    pub up_to: Option<NanoUsd>,
}
