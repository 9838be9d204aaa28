//! What a call is, what it says while it runs, and how it ends.

use std::sync::Arc;

use domain::{
    AttemptId, Dialect, FailureClass, Finish, ModelRef, Part, Prompt, ProviderId, Tokens, ToolCall,
    TryRecord, UnixMs, Usage,
};

use crate::{ApiKey, Billing, MeterRefusal, Pause, Timeouts, Whom, Wishes};

/// Where a model is called.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The provider, as the workspace names it.
    pub provider: ProviderId,
    /// The provider's name for people; it appears in error messages.
    pub label: String,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// `https://…`, or `http://…` where `local_allowed`.
    pub base_url: String,
    /// The key, where one is needed.
    pub key: Option<ApiKey>,
    /// True where an admin allowed this server on this machine or network.
    pub local_allowed: bool,
}

/// One question to one model.
#[derive(Clone, Debug)]
pub struct Call {
    /// Names the attempt in ledger and audit log.
    pub attempt: AttemptId,
    /// Where to.
    pub endpoint: Endpoint,
    /// The provider's own name of the model.
    pub model: String,
    /// Instructions before the conversation; empty for none.
    pub system: String,
    /// The conversation, oldest first. Empty messages are not sent.
    pub messages: Vec<Prompt>,
    /// True where the last message is a partial answer to go on with.
    pub continue_text: bool,
    /// What is asked for beside the words.
    pub wishes: Arc<Wishes>,
    /// The output cap; none for a usual one.
    pub max_output: Option<Tokens>,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// The time of asking; only reset times given as dates are read against it.
    pub now: UnixMs,
}

/// Said while the call runs, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// Why nothing is visible yet.
    Waiting(Waiting),
    /// More text of the answer.
    Text(String),
    /// More of the model's visible reasoning.
    Reasoning(String),
    /// More of a tool call. Nothing may be run before the answer is whole.
    Tool(ToolDelta),
}

/// More of a tool call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolDelta {
    /// Which call of the answer, counted from 0.
    pub number: usize,
    /// Names the call; the same in all its deltas.
    pub id: String,
    /// More of the tool's name.
    pub name: String,
    /// More of the arguments, as JSON text.
    pub arguments: String,
}

/// What a call waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The provider's first token.
    Provider,
    /// A server on this machine that seems to be loading its model.
    LoadingModel,
    /// A place in the queue; this many answers go before.
    Queued(usize),
    /// The end of a pause.
    Pause(Box<Pause>),
    /// Another try: nothing was shown of those before.
    Next(Box<Whom>),
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOutcome {
    /// How the answer ended.
    pub finish: Finish,
    /// What it consumed.
    pub usage: Usage,
    /// Everything the model said, in order, as a conversation goes on from it.
    /// Tool calls are in it only where the answer is whole.
    pub parts: Vec<Part>,
    /// Whether the provider may charge for it.
    pub billing: Billing,
    /// The model version that the provider says answered.
    pub served_model: Option<String>,
    /// The host that was called, with its port where it is not the usual one.
    pub host: String,
    /// Milliseconds from sending to the first token.
    pub first_token_ms: Option<u32>,
    /// Milliseconds from sending to the end.
    pub total_ms: u32,
    /// Why the answer is not whole; none for `Complete`, `Length` and `Stopped`.
    pub error: Option<CallError>,
    /// Every attempt, in order.
    pub tries: Vec<TryRecord>,
    /// The meter's refusal: to reserve (then nothing was sent), or to settle
    /// (then the ledger must be brought up to date from the journal).
    pub meter: Option<MeterRefusal>,
}

impl CallOutcome {
    /// The tools that the model wants to be run.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().filter_map(|part| match part {
            Part::ToolCall(call) => Some(call),
            _ => None,
        })
    }

    pub(crate) fn refused(call: &Call, host: String, error: CallError) -> Self {
        Self {
            finish: Finish::Failed,
            usage: Usage::default(),
            parts: Vec::new(),
            billing: Billing::Nothing,
            served_model: None,
            host,
            first_token_ms: None,
            total_ms: 0,
            tries: vec![try_record(call.attempt, call.model_ref(), Some(&error))],
            error: Some(error),
            meter: None,
        }
    }
}

impl Call {
    /// The model asked for.
    #[must_use]
    pub fn model_ref(&self) -> ModelRef {
        ModelRef { provider: self.endpoint.provider, model: self.model.clone() }
    }
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// What to do about it, as a class.
    pub class: FailureClass,
    /// The HTTP status, where one arrived.
    pub http_status: Option<u16>,
    /// The wait that the provider asked for, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// What the provider said about trying again (`x-should-retry`), where it did.
    pub should_retry: Option<bool>,
    /// What happened and what to do next, for people; free of secrets.
    pub message: String,
}

impl CallError {
    /// Without any sentence in which somebody else's words stand.
    #[must_use]
    pub(crate) fn without_quotes(self) -> Self {
        let Some(quoted) = self.message.find('“') else { return self };
        let before = self.message.get(..quoted).unwrap_or_default();
        let message = match before.rfind(". ") {
            Some(end) => before.get(..=end).unwrap_or_default().to_owned(),
            None => "It answered with an error. Try again, or use another model.".to_owned(),
        };
        Self { message, ..self }
    }
}

pub(crate) fn try_record(
    attempt: AttemptId,
    model: ModelRef,
    error: Option<&CallError>,
) -> TryRecord {
    TryRecord {
        attempt,
        model,
        failure: error.map(|error| error.class),
        http_status: error.and_then(|error| error.http_status),
        note: error.map(|error| error.message.clone()),
        path: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_left_out_of_an_error() {
        let error = |message: &str| CallError {
            class: FailureClass::Transient,
            http_status: None,
            retry_after_ms: None,
            should_retry: None,
            message: message.to_owned(),
        };
        let told = |message| error(message).without_quotes().message;
        let quoting = "Ollama has a problem (HTTP 500). Try again. It said: “raw='my secret. Yes”";
        assert_eq!(told(quoting), "Ollama has a problem (HTTP 500). Try again.");
        assert!(!told("It wanted “a tool”, which is not offered.").contains("tool"), "at all");
        assert_eq!(told("Wait a minute."), "Wait a minute.", "and nothing else");
    }
}
