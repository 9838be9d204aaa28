//! What is asked through a route, what is said meanwhile, and what came of it.

use std::sync::Arc;

use domain::{
    ChatId, Choice, FailureClass, ModelRef, Prompt, ProviderId, SkipRecord, Tokens, TryRecord,
    UnixMs,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{CallOutcome, Effort, Pace, PassedOver, Wishes};

/// One question, before it is known who answers it.
#[derive(Clone, Debug)]
pub struct Question {
    /// Instructions before the conversation; empty for none.
    pub system: String,
    /// The conversation, oldest first. Empty messages are not sent.
    pub messages: Vec<Prompt>,
    /// True where the last message is a partial answer to go on with.
    pub continue_text: bool,
    /// What is asked for beside the words.
    pub wishes: Arc<Wishes>,
    /// The output cap; none for the price list's, else a usual one.
    pub max_output: Option<Tokens>,
    /// The chat, so that it stays with the model and key that hold its prompt
    /// cache; none for a question outside of any chat.
    pub chat: Option<ChatId>,
    /// How much may be done for it.
    pub effort: Effort,
    /// The time of asking.
    pub now: UnixMs,
}

/// How the person steers an answer under way. Clones are one control.
#[derive(Clone, Debug, Default)]
pub struct Controls {
    /// Stops it.
    pub cancel: CancellationToken,
    /// Ends the pause that is going on.
    pub skip: SkipWait,
    /// Holds it back where its reader is behind.
    pub pace: Pace,
}

/// "Use it now": ends a pause for which `Pause::instead` named somebody.
#[derive(Clone, Debug, Default)]
pub struct SkipWait(Arc<Notify>);

impl SkipWait {
    /// Ends the pause that is going on; without one, nothing happens.
    pub fn skip(&self) {
        self.0.notify_waiters();
    }

    pub(crate) fn skipped(&self) -> tokio::sync::futures::Notified<'_> {
        self.0.notified()
    }
}

/// A model under a key, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whom {
    /// The provider.
    pub provider: ProviderId,
    /// The provider's label.
    pub provider_label: String,
    /// The model.
    pub model: String,
    /// The key's label, where a key is used.
    pub key_label: Option<String>,
}

/// A pause before a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Whose failure, request or rest is the reason.
    pub by: Whom,
    /// Its class; none where a limit of this workspace is the reason.
    pub class: Option<FailureClass>,
    /// Who is called then.
    pub next: Whom,
    /// How long the pause is, in milliseconds.
    pub for_ms: u64,
    /// Until when it is.
    pub until: UnixMs,
    /// Who is called at once if the person skips the pause; none where a
    /// provider asked for it and nobody else is there.
    pub instead: Option<Whom>,
    /// Every try so far, in order.
    pub tries: Vec<TryRecord>,
    /// Who was not called so far, and why.
    pub skipped: Vec<SkipRecord>,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The call that answered, or the last one; `tries` holds every one of
    /// them, and `error` is the failure that tells the person most.
    pub call: CallOutcome,
    /// The model of that call; none where nobody was called.
    pub model: Option<ModelRef>,
    /// Its provider's label; empty where nobody was called.
    pub provider_label: String,
    /// Its key's label, where a key was used.
    pub key_label: Option<String>,
    /// Why it was called.
    pub choice: Option<Choice>,
    /// Who was not asked because of what they lack.
    pub passed_over: Vec<PassedOver>,
    /// Calls that were made; 0 where every candidate rests, or a limit was in the way.
    pub calls: u32,
    /// Who would have come before the one that answered, and could not be called.
    pub skipped: Vec<SkipRecord>,
    /// From when another question may have better luck, where that is known.
    pub retry_at: Option<UnixMs>,
    /// Milliseconds from the question to the end, queue and pauses included.
    pub elapsed_ms: u32,
}
