//! Ready-made answers in Anthropic's dialect.

use serde_json::{Value, json};

use super::{Gate, Script};

/// A whole answer: the chunks in one text block, a stop reason, the end.
#[must_use]
pub fn anthropic_stream(chunks: &[&str]) -> Script {
    finished(begun(chunks))
}

/// The same, held open after the chunks of `before` until the gate is opened.
#[must_use]
pub fn anthropic_stream_held(before: &[&str], gate: &Gate, after: &[&str]) -> Script {
    let held = begun(before).wait(gate);
    finished(after.iter().fold(held, |script, chunk| text(script, chunk)))
}

/// The beginning of an answer, without an end.
#[must_use]
pub fn begun(chunks: &[&str]) -> Script {
    let start = json!({"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "served-model",
        "content": [], "stop_reason": null, "usage": {
            "input_tokens": 12, "cache_read_input_tokens": 30,
            "cache_creation_input_tokens": 7, "output_tokens": 1,
        },
    }});
    let block = json!({"type": "content_block_start", "index": 0,
        "content_block": {"type": "text", "text": ""}});
    let begun = event(event(Script::chunked_stream(), &start), &block);
    chunks.iter().fold(event(begun, &json!({"type": "ping"})), |script, chunk| text(script, chunk))
}

/// Adds a piece of text.
#[must_use]
pub fn text(script: Script, text: &str) -> Script {
    let delta = json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "text_delta", "text": text}});
    event(script, &delta)
}

/// Adds the beginning of a block.
#[must_use]
pub fn block(script: Script, index: u64, block: &Value) -> Script {
    let start = json!({"type": "content_block_start", "index": index, "content_block": block});
    event(script, &start)
}

/// Adds a piece of a block.
#[must_use]
pub fn delta(script: Script, index: u64, delta: &Value) -> Script {
    event(script, &json!({"type": "content_block_delta", "index": index, "delta": delta}))
}

/// Adds the beginning of a tool's block.
#[must_use]
pub fn tool(script: Script, index: u64, id: &str, name: &str) -> Script {
    block(script, index, &json!({"type": "tool_use", "id": id, "name": name, "input": {}}))
}

/// Adds a piece of a tool's arguments.
#[must_use]
pub fn arguments(script: Script, index: u64, piece: &str) -> Script {
    delta(script, index, &json!({"type": "input_json_delta", "partial_json": piece}))
}

/// Adds the end of a whole answer.
#[must_use]
pub fn finished(script: Script) -> Script {
    stopped(script, "end_turn")
}

/// Adds an end with this stop reason.
#[must_use]
pub fn stopped(script: Script, reason: &str) -> Script {
    let script = event(script, &json!({"type": "content_block_stop", "index": 0}));
    let delta = json!({"type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 5}});
    event(event(script, &delta), &json!({"type": "message_stop"})).end()
}

/// Adds any event under its own name.
#[must_use]
pub fn event(script: Script, event: &Value) -> Script {
    script.named_event(event["type"].as_str().unwrap_or("message"), event.to_string())
}

/// A list of models.
#[must_use]
pub fn models(names: &[&str]) -> Script {
    let list: Vec<_> = names.iter().map(|id| json!({"type": "model", "id": id})).collect();
    Script::json(200, json!({"data": list, "has_more": false}).to_string())
}
