//! Ready-made answers in OpenAI's dialect.

use serde_json::{Value, json};

use super::{Gate, Script};

/// A whole answer: the chunks, a finish, the usage, `[DONE]`.
#[must_use]
pub fn openai_stream(chunks: &[&str]) -> Script {
    finished(begun(chunks))
}

/// The same, held open after the chunks of `before` until the gate is opened.
#[must_use]
pub fn openai_stream_held(before: &[&str], gate: &Gate, after: &[&str]) -> Script {
    let held = begun(before).wait(gate);
    finished(after.iter().fold(held, |script, chunk| script.event(text(chunk))))
}

/// The beginning of an answer, without an end.
#[must_use]
pub fn begun(chunks: &[&str]) -> Script {
    let role = json!({"model": "served-model", "choices": [
        {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null},
    ]});
    let begun = Script::chunked_stream().event(role.to_string());
    chunks.iter().fold(begun, |script, chunk| script.event(text(chunk)))
}

/// Adds the end of a whole answer.
#[must_use]
pub fn finished(script: Script) -> Script {
    script.event(finish("stop")).event(usage(12, 5)).event("[DONE]").end()
}

/// A chunk of text.
#[must_use]
pub fn text(text: &str) -> String {
    json!({"model": "served-model", "choices": [
        {"index": 0, "delta": {"content": text}, "finish_reason": null},
    ]})
    .to_string()
}

/// A chunk of reasoning.
#[must_use]
pub fn reasoning(text: &str) -> String {
    json!({"choices": [{"index": 0, "delta": {"reasoning_content": text}}]}).to_string()
}

/// A chunk with a piece of a tool call, as `call` writes it.
#[must_use]
pub fn tool(call: &Value) -> String {
    json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": null}]})
        .to_string()
}

/// Adds the end of an answer that wants tools to be run.
#[must_use]
pub fn called(script: Script) -> Script {
    script.event(finish("tool_calls")).event(usage(12, 5)).event("[DONE]").end()
}

/// The chunk that says why it ends.
#[must_use]
pub fn finish(reason: &str) -> String {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}).to_string()
}

/// The chunk that says what was used.
#[must_use]
pub fn usage(input: u64, output: u64) -> String {
    json!({"choices": [], "usage": {
        "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
    }})
    .to_string()
}

/// An error with a status.
#[must_use]
pub fn error(status: u16, code: &str, message: &str) -> Script {
    let body = json!({"error": {"message": message, "type": code, "code": code}});
    Script::json(status, body.to_string())
}

/// A list of models.
#[must_use]
pub fn models(names: &[&str]) -> Script {
    let list: Vec<_> = names.iter().map(|id| json!({"id": id, "object": "model"})).collect();
    Script::json(200, json!({"object": "list", "data": list}).to_string())
}
