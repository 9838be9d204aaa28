//! Messages as Anthropic sends them: typed events over numbered blocks.
//!
//! Usage grows and counts cached input apart.

use serde::Deserialize;

use super::FORM_TOOL;
use super::usage::SaidUsage;
use crate::dialect::lax::{Count, Json, Text};
use crate::dialect::{Piece, Unreadable};
use crate::error_body::ProviderError;
use crate::progress::{Ending, Transcript};
use crate::tool_calls::ToolPiece;

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
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    thinking: Text<'a>,
    #[serde(borrow)]
    signature: Text<'a>,
    /// Thinking that is withheld.
    #[serde(borrow)]
    data: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    input: Json<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Delta<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    thinking: Text<'a>,
    #[serde(borrow)]
    signature: Text<'a>,
    #[serde(borrow)]
    partial_json: Text<'a>,
    #[serde(borrow)]
    stop_reason: Text<'a>,
}

pub(in crate::dialect) fn read(
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
        "content_block_start" => {
            let block = event.content_block.unwrap_or_default();
            read_block(&block, index, transcript, sink);
        }
        "content_block_delta" => {
            let delta = event.delta.unwrap_or_default();
            read_delta(&delta, index, transcript, sink);
        }
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
                read_block(block, Some(index), transcript, sink);
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

fn read_block(
    block: &Block<'_>,
    index: Option<u64>,
    transcript: &mut Transcript,
    sink: &mut dyn FnMut(Piece<'_>),
) {
    read_shown(&block.thinking.0, &block.text.0, &block.signature.0, sink);
    if block.kind.0 == "redacted_thinking" && !block.data.0.is_empty() {
        sink(Piece::Withheld(&block.data.0));
    }
    // In a stream the input follows in pieces, and the block begins with an empty one.
    let input = if block.input.0 == "{}" { "" } else { block.input.0.as_ref() };
    if block.name.0 == FORM_TOOL {
        transcript.form_block = index;
        read_input(input, index, transcript, sink);
    } else if !block.name.0.is_empty() {
        let (id, name) = (block.id.0.as_ref(), block.name.0.as_ref());
        sink(Piece::Tool(ToolPiece { index, id, name, arguments: input, signature: "" }));
    }
    sink(Piece::Life);
}

fn read_delta(
    delta: &Delta<'_>,
    index: Option<u64>,
    transcript: &Transcript,
    sink: &mut dyn FnMut(Piece<'_>),
) {
    read_shown(&delta.thinking.0, &delta.text.0, &delta.signature.0, sink);
    read_input(&delta.partial_json.0, index, transcript, sink);
    sink(Piece::Life);
}

/// The input of a tool; that of the tool for the form is the answer itself.
fn read_input(
    input: &str,
    index: Option<u64>,
    transcript: &Transcript,
    sink: &mut dyn FnMut(Piece<'_>),
) {
    if input.is_empty() {
        return;
    }
    if transcript.form_block.is_some() && transcript.form_block == index {
        sink(Piece::Text(input));
    } else {
        sink(Piece::Tool(ToolPiece { index, arguments: input, ..ToolPiece::default() }));
    }
}

fn read_shown(thinking: &str, text: &str, signature: &str, sink: &mut dyn FnMut(Piece<'_>)) {
    if !thinking.is_empty() {
        sink(Piece::Reasoning(thinking));
    }
    if !signature.is_empty() {
        sink(Piece::Signature(signature));
    }
    if !text.is_empty() {
        sink(Piece::Text(text));
    }
}
