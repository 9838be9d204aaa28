//! OpenAI chat completions, and every server that speaks them.
//!
//! Compatible servers agree on little more than the first example in the
//! documentation: a chunk may lack choices, delta or usage, reasoning has
//! two names, errors come under 200. Reading is therefore lenient.

mod usage;

use std::borrow::Cow;

use domain::{Author, Dialect};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use self::usage::SaidUsage;
use super::lax::{Content, Count, Text};
use super::prompts::{GO_ON, Turn, goes_on, role, turns};
use super::{Piece, Unreadable, UnsendableKey, Written, common_headers, put_key};
use crate::error_body::ProviderError;
use crate::progress::{Ending, Transcript};
use crate::tool_calls::ToolPiece;
use crate::{Address, Call, Endpoint};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u64>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Cow<'a, str>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// What hosts known by name want differently.
struct Manners {
    /// Newer OpenAI models refuse `max_tokens`; other servers know nothing else.
    completion_limit: bool,
    /// Mistral answers 422 to `stream_options` and sends usage anyway.
    asks_usage: bool,
    /// Azure reads the key from its own header.
    azure_key: bool,
}

impl Manners {
    fn of(host: &str) -> Self {
        let azure = [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"]
            .iter()
            .any(|suffix| host.ends_with(suffix));
        Self {
            completion_limit: azure || host == "api.openai.com",
            asks_usage: host != "api.mistral.ai",
            azure_key: azure,
        }
    }
}

pub(super) fn headers(endpoint: &Endpoint, address: &Address) -> Result<HeaderMap, UnsendableKey> {
    let mut headers = common_headers();
    if endpoint.dialect == Dialect::OpenAi && Manners::of(address.bare_host()).azure_key {
        put_key(&mut headers, endpoint, HeaderName::from_static("api-key"), "")?;
    } else {
        put_key(&mut headers, endpoint, AUTHORIZATION, "Bearer ")?;
    }
    Ok(headers)
}

pub(super) fn write(call: &Call, address: &Address) -> Result<Written, UnsendableKey> {
    let manners = Manners::of(address.bare_host());
    let mut messages = Vec::new();
    if !call.system.trim().is_empty() {
        messages.push(Message { role: "system", content: Cow::Borrowed(&call.system) });
    }
    let mut turns = turns(&call.messages);
    if goes_on(call.continue_text, &turns) {
        turns.push(Turn { author: Author::User, text: Cow::Borrowed(GO_ON) });
    }
    messages.extend(
        turns.into_iter().map(|turn| Message { role: role(turn.author), content: turn.text }),
    );
    let limit = call.max_output.map(|limit| limit.0);
    let body = Body {
        model: &call.model,
        messages,
        stream: true,
        stream_options: manners.asks_usage.then_some(StreamOptions { include_usage: true }),
        max_tokens: limit.filter(|_| !manners.completion_limit),
        max_completion_tokens: limit.filter(|_| manners.completion_limit),
    };
    Ok(Written {
        url: address.function("chat/completions", false),
        headers: headers(&call.endpoint, address)?,
        // Strings and numbers always serialise.
        body: serde_json::to_vec(&body).unwrap_or_default().into(),
        swallow_space: false,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chunk<'a> {
    #[serde(borrow)]
    model: Text<'a>,
    #[serde(borrow)]
    object: Text<'a>,
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
    usage: Option<SaidUsage>,
    x_groq: Option<GroqExtra>,
    error: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice<'a> {
    index: Count,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    /// In place of `delta` where the server ignored `stream`.
    #[serde(borrow)]
    message: Option<Delta<'a>>,
    #[serde(borrow)]
    finish_reason: Text<'a>,
    /// Moonshot counts here.
    usage: Option<SaidUsage>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Content<'a>,
    #[serde(borrow)]
    reasoning_content: Text<'a>,
    #[serde(borrow)]
    reasoning: Text<'a>,
    #[serde(borrow)]
    refusal: Text<'a>,
    #[serde(borrow)]
    tool_calls: Option<Vec<ToolDelta<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ToolDelta<'a> {
    index: Count,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    function: Option<FunctionDelta<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FunctionDelta<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    arguments: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GroqExtra {
    usage: Option<SaidUsage>,
}

pub(super) fn read(
    name: &[u8],
    data: &[u8],
    transcript: &mut Transcript,
    sink: &mut dyn FnMut(Piece<'_>),
) -> Result<(), Unreadable> {
    if data == b"[DONE]" {
        transcript.closed = true;
        return Ok(());
    }
    if name == b"error" {
        return Err(Unreadable::Error(ProviderError::parse(data).unwrap_or_default()));
    }
    if !data.starts_with(b"{") {
        // Some proxies put words between the events.
        return Ok(());
    }
    let chunk: Chunk<'_> = serde_json::from_slice(data).map_err(|_| Unreadable::Malformed)?;
    let may_be_error =
        chunk.error.is_some() || chunk.object.0 == "error" || chunk.choices.is_none();
    if let Some(error) = may_be_error.then(|| ProviderError::parse(data)).flatten() {
        return Err(Unreadable::Error(error));
    }
    if transcript.served_model.is_none() && !chunk.model.0.is_empty() {
        transcript.served_model = Some(chunk.model.0.into_owned());
    }
    if let Some(usage) = chunk.x_groq.and_then(|extra| extra.usage) {
        transcript.usage.update(usage.disjoint());
    }
    // Only one choice is ever asked for; others are somebody's mistake.
    let first = |choice: &Choice<'_>| choice.index.0.unwrap_or(0) == 0;
    for choice in chunk.choices.into_iter().flatten().filter(first) {
        read_choice(choice, transcript, sink);
    }
    if let Some(usage) = chunk.usage {
        transcript.usage.update(usage.disjoint());
    }
    Ok(())
}

fn read_choice(choice: Choice<'_>, transcript: &mut Transcript, sink: &mut dyn FnMut(Piece<'_>)) {
    if let Some(usage) = choice.usage {
        transcript.usage.update(usage.disjoint());
    }
    if let Some(delta) = choice.delta.or(choice.message) {
        read_delta(&delta, sink);
        if !delta.refusal.0.is_empty() {
            transcript.ending = Some(Ending::Refused);
        }
    }
    let ending = match choice.finish_reason.0.to_ascii_lowercase().as_str() {
        "" => return,
        "length" | "max_tokens" | "model_length" => Ending::Length,
        "content_filter" | "safety" | "sensitive" => Ending::Refused,
        "tool_calls" | "function_call" | "tool_use" => Ending::Tools,
        "error" | "abort" | "insufficient_system_resource" | "network_error" => Ending::Aborted,
        _ => Ending::Whole,
    };
    if transcript.ending != Some(Ending::Refused) {
        transcript.ending = Some(ending);
    }
}

fn read_delta(delta: &Delta<'_>, sink: &mut dyn FnMut(Piece<'_>)) {
    // OpenRouter sends the same reasoning under both names.
    let reasoning = if delta.reasoning_content.0.is_empty() {
        &delta.reasoning.0
    } else {
        &delta.reasoning_content.0
    };
    for thinking in [reasoning.as_ref(), delta.content.thinking.as_str()] {
        if !thinking.is_empty() {
            sink(Piece::Reasoning(thinking));
        }
    }
    for text in [&delta.content.text, &delta.refusal.0] {
        if !text.is_empty() {
            sink(Piece::Text(text));
        }
    }
    for call in delta.tool_calls.iter().flatten() {
        let function = call.function.as_ref();
        sink(Piece::Tool(ToolPiece {
            index: call.index.0,
            id: &call.id.0,
            name: function.map_or("", |function| &function.name.0),
            arguments: function.map_or("", |function| &function.arguments.0),
        }));
    }
}
