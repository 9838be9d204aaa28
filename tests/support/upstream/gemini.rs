//! Ready-made answers in Gemini's dialect.

use serde_json::{Value, json};

use super::Script;

/// A whole answer: the chunks, a finish with the usage, the end of the stream.
#[must_use]
pub fn gemini_stream(chunks: &[&str]) -> Script {
    finished(begun(chunks), "STOP")
}

/// The beginning of an answer, without an end.
#[must_use]
pub fn begun(chunks: &[&str]) -> Script {
    chunks.iter().fold(Script::chunked_stream(), |script, chunk| text(script, chunk))
}

/// Adds a piece of text.
#[must_use]
pub fn text(script: Script, text: &str) -> Script {
    parts(script, &[json!({"text": text})])
}

/// Adds a piece of thought.
#[must_use]
pub fn thought(script: Script, text: &str) -> Script {
    parts(script, &[json!({"text": text, "thought": true})])
}

/// Adds an event with these parts.
#[must_use]
pub fn parts(script: Script, parts: &[Value]) -> Script {
    event(script, parts, None)
}

/// Adds the end, for this reason.
#[must_use]
pub fn finished(script: Script, reason: &str) -> Script {
    event(script, &[json!({"text": ""})], Some(reason)).end()
}

/// A list of models, of which the last cannot write.
#[must_use]
pub fn models(names: &[&str]) -> Script {
    let mut list: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({"name": format!("models/{name}"),
                "supportedGenerationMethods": ["generateContent", "countTokens"]})
        })
        .collect();
    list.push(json!({"name": "models/embedding-001",
        "supportedGenerationMethods": ["embedContent"]}));
    Script::json(200, json!({"models": list}).to_string())
}

fn event(script: Script, parts: &[Value], finish: Option<&str>) -> Script {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    if let Some(reason) = finish {
        candidate["finishReason"] = reason.into();
    }
    let event = json!({"candidates": [candidate], "modelVersion": "served-model",
        "usageMetadata": {"promptTokenCount": 42, "cachedContentTokenCount": 30,
            "candidatesTokenCount": 5, "totalTokenCount": 47}});
    script.event(event.to_string())
}
