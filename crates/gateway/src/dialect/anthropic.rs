//! Anthropic messages.
//!
//! Typed events; text and thinking in numbered blocks; usage that grows and
//! counts cached input apart. Signatures and redacted thinking are signs of
//! life and nothing else.

mod usage;

use domain::{Author, Tokens};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use self::usage::SaidUsage;
use super::lax::{Count, Text};
use super::prompts::{GO_ON, Turn, goes_on, role, turns};
use super::{Piece, Unreadable, UnsendableKey, Written, common_headers, put_key};
use crate::error_body::ProviderError;
use crate::progress::{Ending, Transcript};
use crate::tool_calls::ToolPiece;
use crate::{Address, Call, Endpoint};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    system: &'a str,
    messages: Vec<Message<'a>>,
    max_tokens: u64,
    stream: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Cow<'a, str>,
}

pub(super) fn headers(endpoint: &Endpoint) -> Result<HeaderMap, UnsendableKey> {
    let mut headers = common_headers();
    let version = HeaderName::from_static("anthropic-version");
    headers.insert(version, HeaderValue::from_static("2023-06-01"));
    put_key(&mut headers, endpoint, HeaderName::from_static("x-api-key"), "")?;
    Ok(headers)
}

pub(super) fn write(call: &Call, address: &Address) -> Result<Written, UnsendableKey> {
    let mut turns = turns(&call.messages);
    let mut swallow_space = false;
    let goes_on = goes_on(call.continue_text, &turns);
    if goes_on && takes_prefill(&call.model) {
        swallow_space = trim_prefill(&mut turns);
    } else if goes_on {
        turns.push(Turn { author: Author::User, text: Cow::Borrowed(GO_ON) });
    }
    let messages = turns
        .into_iter()
        .map(|turn| Message { role: role(turn.author), content: turn.text })
        .collect();
    let body = Body {
        model: &call.model,
        system: call.system.trim(),
        messages,
        max_tokens: call.max_output.unwrap_or_else(|| usual_output(&call.model)).0,
        stream: true,
    };
    Ok(Written {
        url: address.function("messages", true),
        headers: headers(&call.endpoint)?,
        // Strings and numbers always serialise.
        body: serde_json::to_vec(&body).unwrap_or_default().into(),
        swallow_space,
    })
}

/// The API refuses a prefill that ends with white space.
fn trim_prefill(turns: &mut [Turn<'_>]) -> bool {
    let Some(last) = turns.last_mut().filter(|last| last.author == Author::Assistant) else {
        return false;
    };
    let kept = last.text.trim_end().len();
    let trimmed = kept < last.text.len();
    if trimmed {
        last.text.to_mut().truncate(kept);
    }
    trimmed
}

/// Models before Claude 4.6 go on where a last assistant message ends; later
/// ones answer 400 to it (Anthropic, "What's new in Claude 4.6").
fn takes_prefill(model: &str) -> bool {
    let Some(name) = model.split('/').next_back().and_then(|name| name.strip_prefix("claude-"))
    else {
        return false;
    };
    let mut parts = name.split(['-', '.', '@']);
    match parts.next() {
        Some("2" | "3" | "instant") => true,
        Some("opus" | "sonnet" | "haiku") => {
            let major = parts.next().and_then(|part| part.parse::<u32>().ok());
            // After the major version comes a minor one or a date.
            let minor = parts.next().and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
            major.is_some_and(|major| major < 4 || (major == 4 && !(6..=1_000).contains(&minor)))
        }
        _ => false,
    }
}

/// The output cap that is sent where nobody chose one; the API requires it.
fn usual_output(model: &str) -> Tokens {
    let small =
        ["claude-2", "claude-instant", "claude-3-opus", "claude-3-haiku", "claude-3-sonnet"];
    let is_small = small.iter().any(|name| model.starts_with(name));
    Tokens(if is_small { 4_096 } else { 8_192 })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    index: Count,
    #[serde(borrow)]
    message: Option<Start<'a>>,
    #[serde(borrow)]
    content_block: Option<Block<'a>>,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    usage: Option<SaidUsage>,
    /// The fields of a whole message, where the server ignored `stream`.
    #[serde(borrow)]
    model: Text<'a>,
    #[serde(borrow)]
    content: Option<Vec<Block<'a>>>,
    #[serde(borrow)]
    stop_reason: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Start<'a> {
    #[serde(borrow)]
    model: Text<'a>,
    usage: Option<SaidUsage>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Block<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    thinking: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Delta<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    thinking: Text<'a>,
    #[serde(borrow)]
    partial_json: Text<'a>,
    #[serde(borrow)]
    stop_reason: Text<'a>,
}

pub(super) fn read(
    name: &[u8],
    data: &[u8],
    transcript: &mut Transcript,
    sink: &mut dyn FnMut(Piece<'_>),
) -> Result<(), Unreadable> {
    if name == b"ping" || !data.starts_with(b"{") {
        return Ok(());
    }
    let event: Event<'_> = serde_json::from_slice(data).map_err(|_| Unreadable::Malformed)?;
    let index = event.index.0;
    match event.kind.0.as_ref() {
        "message_start" => {
            let start = event.message.unwrap_or_default();
            note_model(start.model, transcript);
            note_usage(start.usage, transcript);
        }
        "content_block_start" => read_block(&event.content_block.unwrap_or_default(), index, sink),
        "content_block_delta" => read_delta(&event.delta.unwrap_or_default(), index, sink),
        "content_block_stop" => sink(Piece::Life),
        "message_delta" => {
            note_usage(event.usage, transcript);
            note_ending(&event.delta.unwrap_or_default().stop_reason.0, transcript);
        }
        "message_stop" => transcript.closed = true,
        "message" => {
            note_model(event.model, transcript);
            note_usage(event.usage, transcript);
            for (index, block) in (0_u64..).zip(event.content.iter().flatten()) {
                read_block(block, Some(index), sink);
            }
            note_ending(&event.stop_reason.0, transcript);
            transcript.closed = true;
        }
        // Pings, and kinds that are yet to be invented.
        _ if name != b"error" && event.kind.0 != "error" && !event.kind.0.is_empty() => {}
        _ => {
            return match ProviderError::parse(data) {
                Some(error) => Err(Unreadable::Error(error)),
                None if name == b"error" => Err(Unreadable::Error(ProviderError::default())),
                None => Ok(()),
            };
        }
    }
    Ok(())
}

fn note_model(model: Text<'_>, transcript: &mut Transcript) {
    if transcript.served_model.is_none() && !model.0.is_empty() {
        transcript.served_model = Some(model.0.into_owned());
    }
}

fn note_usage(usage: Option<SaidUsage>, transcript: &mut Transcript) {
    if let Some(usage) = usage {
        transcript.usage.update(usage.disjoint());
    }
}

fn note_ending(reason: &str, transcript: &mut Transcript) {
    transcript.ending = match reason {
        "" => transcript.ending,
        "max_tokens" | "model_context_window_exceeded" | "pause_turn" => Some(Ending::Length),
        "refusal" => Some(Ending::Refused),
        "tool_use" => Some(Ending::Tools),
        _ => Some(Ending::Whole),
    };
}

fn read_block(block: &Block<'_>, index: Option<u64>, sink: &mut dyn FnMut(Piece<'_>)) {
    read_shown(&block.thinking.0, &block.text.0, sink);
    if !block.name.0.is_empty() {
        let (id, name) = (block.id.0.as_ref(), block.name.0.as_ref());
        sink(Piece::Tool(ToolPiece { index, id, name, arguments: "" }));
    }
    sink(Piece::Life);
}

fn read_delta(delta: &Delta<'_>, index: Option<u64>, sink: &mut dyn FnMut(Piece<'_>)) {
    read_shown(&delta.thinking.0, &delta.text.0, sink);
    if !delta.partial_json.0.is_empty() {
        let arguments = delta.partial_json.0.as_ref();
        sink(Piece::Tool(ToolPiece { index, arguments, ..ToolPiece::default() }));
    }
    sink(Piece::Life);
}

fn read_shown(thinking: &str, text: &str, sink: &mut dyn FnMut(Piece<'_>)) {
    if !thinking.is_empty() {
        sink(Piece::Reasoning(thinking));
    }
    if !text.is_empty() {
        sink(Piece::Text(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_models_before_4_6_take_the_beginning_of_their_answer() {
        for model in [
            "claude-3-5-sonnet-20241022",
            "claude-3-opus-20240229",
            "claude-sonnet-4-20250514",
            "claude-opus-4-1-20250805",
            "claude-sonnet-4-5",
            "claude-haiku-4-5-20251001",
        ] {
            assert!(takes_prefill(model), "{model} goes on best by itself");
        }
        for model in ["claude-opus-4-6", "claude-sonnet-4.6", "claude-opus-5", "claude-next", "x"] {
            assert!(!takes_prefill(model), "{model} would answer 400");
        }
    }
}
