//! Chat completions as servers send them.
//!
//! A chunk may lack choices, delta or usage, reasoning has two names, errors
//! come under 200. Reading is therefore lenient.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::usage::SaidUsage;
use crate::dialect::lax::{Content, Count, Json, Text};
use crate::dialect::{Piece, Unreadable};
use crate::error_body::ProviderError;
use crate::progress::{Ending, Transcript};
use crate::tool_calls::ToolPiece;

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
    arguments: Json<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GroqExtra {
    usage: Option<SaidUsage>,
}

pub(in crate::dialect) fn read(
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
    for choice in chunk.choices.into_iter().flatten() {
        if choice.index.0.unwrap_or(0) == 0 {
            read_choice(choice, transcript, sink);
        } else {
            read_beside(choice, sink);
        }
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
    let numbered = choice.delta.is_some();
    if let Some(delta) = choice.delta.or(choice.message) {
        read_delta(&delta, numbered, sink);
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

/// Only one choice is ever asked for; others are somebody's mistake, and are billed.
fn read_beside(choice: Choice<'_>, sink: &mut dyn FnMut(Piece<'_>)) {
    let Some(delta) = choice.delta.or(choice.message) else { return };
    read_delta(&delta, true, &mut |piece| match piece {
        Piece::Text(words) | Piece::Reasoning(words) => sink(Piece::Beside(words)),
        Piece::Tool(piece) => sink(Piece::Beside(piece.arguments)),
        Piece::Signature(_) | Piece::Withheld(_) | Piece::Beside(_) | Piece::Life => {}
    });
}

/// `numbered`: the provider numbers the calls; those of a whole answer are counted.
fn read_delta(delta: &Delta<'_>, numbered: bool, sink: &mut dyn FnMut(Piece<'_>)) {
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
    for (place, call) in (0_u64..).zip(delta.tool_calls.iter().flatten()) {
        let function = call.function.as_ref();
        sink(Piece::Tool(ToolPiece {
            index: call.index.0.or((!numbered).then_some(place)),
            id: &call.id.0,
            name: function.map_or("", |function| &function.name.0),
            arguments: function.map_or("", |function| &function.arguments.0),
            signature: "",
        }));
    }
}
