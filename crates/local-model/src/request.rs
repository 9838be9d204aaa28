//! A chat completion request, checked.
//!
//! Reads the part of OpenAI's request that a text model can honour. Unknown
//! fields are ignored, as compatible servers do; what would silently change
//! the answer (several choices, images) is refused.
//! Source: <https://platform.openai.com/docs/api-reference/chat/create>.

use std::hash::{BuildHasher, Hasher, RandomState};

use serde::Deserialize;

use crate::generate::{Line, Sampling, Speaker};
use crate::refusal::Refusal;

/// Small models ramble at OpenAI's default of 1; SmolLM2's card recommends 0.2.
const TEMPERATURE: f32 = 0.3;
const TOP_P: f32 = 0.9;
const MOST_STOPS: usize = 16;

/// What to answer, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ask {
    /// The chat, oldest first; never empty.
    pub(crate) chat: Vec<Line>,
    /// How tokens are chosen.
    pub(crate) sampling: Sampling,
    /// The caller's cap on the answer, in tokens.
    pub(crate) most: Option<usize>,
    /// Texts that end the answer.
    pub(crate) stops: Vec<String>,
    /// Whether the answer comes in pieces.
    pub(crate) stream: bool,
    /// Whether the last piece counts the tokens.
    pub(crate) include_usage: bool,
}

impl Ask {
    /// Reads a request body.
    ///
    /// # Errors
    /// With a sentence that names the field at fault.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let body: Body = serde_json::from_slice(body).map_err(|error| {
            Refusal::Invalid(format!("the request is not a chat completion: {error}"))
        })?;
        if body.n.is_some_and(|n| n != 1) {
            return Err(invalid("n must be 1: this model gives one answer"));
        }
        if body.messages.is_empty() {
            return Err(invalid("messages must not be empty"));
        }
        Ok(Self {
            chat: body.messages.into_iter().map(line).collect::<Result<_, _>>()?,
            sampling: Sampling {
                temperature: within(body.temperature.unwrap_or(TEMPERATURE), 0.0, "temperature")?,
                top_p: within(body.top_p.unwrap_or(TOP_P), f32::MIN_POSITIVE, "top_p")?,
                seed: body.seed.map_or_else(any_seed, fold),
            },
            most: body.max_completion_tokens.or(body.max_tokens),
            stops: stops(body.stop)?,
            stream: body.stream.unwrap_or(false),
            include_usage: body.stream_options.is_some_and(|options| options.include_usage),
        })
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal::Invalid(message.to_owned())
}

/// `top_p` ends at 1, `temperature` at 2.
fn within(value: f32, least: f32, name: &str) -> Result<f32, Refusal> {
    let most = if name == "top_p" { 1.0 } else { 2.0 };
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(Refusal::Invalid(format!("{name} must be between 0 and {most}")))
}

fn stops(stop: Option<Stop>) -> Result<Vec<String>, Refusal> {
    let stops = match stop {
        None => Vec::new(),
        Some(Stop::One(stop)) => vec![stop],
        Some(Stop::Several(stops)) => stops,
    };
    if stops.len() > MOST_STOPS {
        return Err(Refusal::Invalid(format!("stop takes at most {MOST_STOPS} texts")));
    }
    Ok(stops)
}

fn line(message: Message) -> Result<Line, Refusal> {
    let speaker = match message.role.as_str() {
        "system" | "developer" => Speaker::System,
        "user" => Speaker::User,
        "assistant" => Speaker::Assistant,
        other => {
            return Err(Refusal::Invalid(format!("this model knows no role {other:?}")));
        }
    };
    let text = match message.content {
        None => String::new(),
        Some(Content::Text(text)) => text,
        Some(Content::Parts(parts)) => {
            parts.into_iter().map(part).collect::<Result<Vec<_>, _>>()?.concat()
        }
    };
    Ok(Line { speaker, text })
}

fn part(part: Part) -> Result<String, Refusal> {
    match part.text {
        Some(text) if part.kind == "text" => Ok(text),
        _ => Err(Refusal::Invalid(format!("this model reads text only, not {:?}", part.kind))),
    }
}

fn fold(seed: i64) -> u32 {
    let [a, b, c, d, e, f, g, h] = seed.to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) ^ u32::from_le_bytes([e, f, g, h])
}

/// The standard library keys its hash tables with fresh randomness; that is
/// enough for varied answers, and nothing here is secret.
fn any_seed() -> u32 {
    fold(i64::from_ne_bytes(RandomState::new().build_hasher().finish().to_ne_bytes()))
}

#[derive(Deserialize)]
struct Body {
    messages: Vec<Message>,
    n: Option<u32>,
    temperature: Option<f32>,
    top_p: Option<f32>,
    seed: Option<i64>,
    max_tokens: Option<usize>,
    max_completion_tokens: Option<usize>,
    stop: Option<Stop>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stop {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &serde_json::Value) -> Result<Ask, Refusal> {
        Ask::read(body.to_string().as_bytes())
    }

    #[test]
    fn a_whole_request_is_read() {
        let ask = read(&serde_json::json!({
            "model": "any", "seed": 7, "temperature": 0, "top_p": 1, "max_tokens": 5,
            "stop": "END", "stream": true, "stream_options": { "include_usage": true },
            "messages": [
                { "role": "developer", "content": "Be brief." },
                { "role": "user", "content": [
                    { "type": "text", "text": "Hel" }, { "type": "text", "text": "lo" },
                ] },
            ],
        }));
        let expected = Ask {
            chat: vec![
                Line { speaker: Speaker::System, text: "Be brief.".to_owned() },
                Line { speaker: Speaker::User, text: "Hello".to_owned() },
            ],
            sampling: Sampling { temperature: 0.0, top_p: 1.0, seed: 7 },
            most: Some(5),
            stops: vec!["END".to_owned()],
            stream: true,
            include_usage: true,
        };
        assert_eq!(ask, Ok(expected), "every field the model can honour counts");
    }

    #[test]
    fn what_would_change_the_answer_silently_is_refused() {
        let user = |content: serde_json::Value| serde_json::json!([{ "role": "user", "content": content }]);
        let image = user(serde_json::json!([{ "type": "image_url", "image_url": {} }]));
        for (body, word) in [
            (serde_json::json!({ "messages": [] }), "empty"),
            (serde_json::json!({ "messages": user("x".into()), "n": 2 }), "one answer"),
            (
                serde_json::json!({ "messages": user("x".into()), "temperature": 2.5 }),
                "temperature",
            ),
            (serde_json::json!({ "messages": user("x".into()), "top_p": 0 }), "top_p"),
            (serde_json::json!({ "messages": [{ "role": "tool", "content": "x" }] }), "tool"),
            (serde_json::json!({ "messages": image }), "text only"),
            (serde_json::json!({ "messages": user("x".into()), "stop": vec!["x"; 17] }), "stop"),
            (serde_json::json!({ "prompt": "x" }), "not a chat completion"),
        ] {
            let Err(refusal) = read(&body) else {
                panic!("{body} must be refused");
            };
            assert!(refusal.to_string().contains(word), "{refusal} should name {word}");
        }
    }

    #[test]
    fn the_newer_name_of_the_cap_wins() {
        let ask = read(&serde_json::json!({
            "messages": [{ "role": "user", "content": "x" }],
            "max_tokens": 9, "max_completion_tokens": 4,
        }));
        assert_eq!(ask.map(|ask| ask.most), Ok(Some(4)), "max_tokens is the deprecated one");
    }
}
