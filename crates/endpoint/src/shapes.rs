//! The shapes of OpenAI's answers.
//! Source: <https://platform.openai.com/docs/api-reference/chat/object>.

use domain::{ToolCall, Usage};
use engine::programs::OfferedModel;
use serde::Serialize;

/// `GET /v1/models`.
#[derive(Serialize)]
pub(crate) struct ModelList {
    object: &'static str,
    data: Vec<OneModel>,
}

/// `GET /v1/models/{id}`.
#[derive(Serialize)]
pub(crate) struct OneModel {
    id: String,
    object: &'static str,
    /// Nobody knows when.
    created: i64,
    owned_by: String,
}

impl ModelList {
    pub(crate) fn of(data: Vec<OneModel>) -> Self {
        Self { object: "list", data }
    }
}

impl OneModel {
    pub(crate) fn of(model: &OfferedModel) -> Self {
        let (id, owned_by) = (model.id.clone(), model.provider_label.clone());
        Self { id, object: "model", created: 0, owned_by }
    }
}

/// What both a whole answer and a piece of one begin with.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) object: &'static str,
    /// In seconds since 1970.
    pub(crate) created: i64,
    /// The model that answers.
    pub(crate) model: String,
}

/// A whole answer.
#[derive(Serialize)]
pub(crate) struct Completion<'c> {
    #[serde(flatten)]
    pub(crate) head: &'c Head,
    pub(crate) choices: Vec<WholeChoice>,
    pub(crate) usage: UsageView,
}

#[derive(Serialize)]
pub(crate) struct WholeChoice {
    pub(crate) index: u32,
    pub(crate) message: WholeMessage,
    pub(crate) logprobs: Option<()>,
    pub(crate) finish_reason: &'static str,
}

#[derive(Serialize)]
pub(crate) struct WholeMessage {
    pub(crate) role: &'static str,
    /// None where tools are all that is wanted.
    pub(crate) content: Option<String>,
    pub(crate) refusal: Option<()>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) reasoning_content: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tool_calls: Vec<CallView>,
}

#[derive(Serialize)]
pub(crate) struct CallView {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    function: FunctionView,
}

#[derive(Serialize)]
struct FunctionView {
    name: String,
    arguments: String,
}

impl From<ToolCall> for CallView {
    fn from(call: ToolCall) -> Self {
        let function = FunctionView { name: call.name, arguments: call.arguments };
        Self { id: call.id, kind: "function", function }
    }
}

/// A piece of an answer.
#[derive(Serialize)]
pub(crate) struct Chunk<'c> {
    #[serde(flatten)]
    pub(crate) head: &'c Head,
    pub(crate) choices: &'c [ChunkChoice<'c>],
    /// There at all only where usage was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) usage: Option<Option<UsageView>>,
}

#[derive(Serialize)]
pub(crate) struct ChunkChoice<'c> {
    pub(crate) index: u32,
    pub(crate) delta: DeltaView<'c>,
    pub(crate) logprobs: Option<()>,
    pub(crate) finish_reason: Option<&'static str>,
}

#[derive(Default, Serialize)]
pub(crate) struct DeltaView<'c> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_content: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool_calls: Option<[CallPiece<'c>; 1]>,
}

#[derive(Serialize)]
pub(crate) struct CallPiece<'c> {
    pub(crate) index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<&'c str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<&'static str>,
    pub(crate) function: FunctionPiece<'c>,
}

#[derive(Serialize)]
pub(crate) struct FunctionPiece<'c> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'c str>,
    pub(crate) arguments: &'c str,
}

/// What answers used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct UsageView {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct PromptDetails {
    cached_tokens: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct CompletionDetails {
    reasoning_tokens: u64,
}

impl UsageView {
    /// Adds what one more answer used. OpenAI counts cached input inside the prompt and
    /// reasoning inside the completion.
    pub(crate) fn add(&mut self, usage: &Usage) {
        let sum = |kinds: &[domain::Tokens]| {
            kinds.iter().fold(0_u64, |sum, kind| sum.saturating_add(kind.0))
        };
        let prompt =
            sum(&[usage.input, usage.cached_input, usage.cache_write, usage.cache_write_long]);
        let completion = sum(&[usage.output, usage.reasoning]);
        self.prompt_tokens = self.prompt_tokens.saturating_add(prompt);
        self.completion_tokens = self.completion_tokens.saturating_add(completion);
        self.total_tokens = self.prompt_tokens.saturating_add(self.completion_tokens);
        let cached = &mut self.prompt_tokens_details.cached_tokens;
        *cached = cached.saturating_add(usage.cached_input.0);
        let reasoning = &mut self.completion_tokens_details.reasoning_tokens;
        *reasoning = reasoning.saturating_add(usage.reasoning.0);
    }
}

#[cfg(test)]
mod tests {
    use domain::Tokens;

    use super::*;

    #[test]
    fn kinds_of_tokens_are_counted_as_openai_counts_them() {
        let usage = Usage {
            input: Tokens(10),
            cached_input: Tokens(30),
            cache_write: Tokens(5),
            output: Tokens(7),
            reasoning: Tokens(20),
            ..Usage::default()
        };
        let mut view = UsageView::default();
        view.add(&usage);
        view.add(&usage);
        let told = serde_json::to_value(view).expect("plain");
        let expected = serde_json::json!({
            "prompt_tokens": 90, "completion_tokens": 54, "total_tokens": 144,
            "prompt_tokens_details": { "cached_tokens": 60 },
            "completion_tokens_details": { "reasoning_tokens": 40 },
        });
        assert_eq!(told, expected, "two answers are two calls: nothing is left out");
    }
}
