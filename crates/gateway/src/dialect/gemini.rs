//! Google's Gemini: `streamGenerateContent` as server-sent events.
//!
//! Candidates hold parts, of which some are thoughts; usage comes with every
//! event and grows; a refusal is a candidate's finish or a blocked prompt.
//! Source: the reference of the Gemini API, `v1beta`.

use std::borrow::Cow;

use domain::Author;
use reqwest::header::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lax::{Count, Text};
use super::prompts::{GO_ON, Turn, goes_on, turns};
use super::{Piece, Unreadable, UnsendableKey, Written, common_headers, put_key};
use crate::error_body::ProviderError;
use crate::progress::{Ending, Transcript, UsageSaid};
use crate::tool_calls::ToolPiece;
use crate::{Address, Call, Endpoint};

/// The API's version where the base URL names none.
pub(super) const VERSION: &str = "v1beta";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    contents: Vec<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    generation_config: Generation,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: [TextPart<'a>; 1],
}

#[derive(Serialize)]
struct TextPart<'a> {
    text: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Generation {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_config: Option<Thinking>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Thinking {
    include_thoughts: bool,
}

pub(super) fn headers(endpoint: &Endpoint) -> Result<HeaderMap, UnsendableKey> {
    let mut headers = common_headers();
    put_key(&mut headers, endpoint, HeaderName::from_static("x-goog-api-key"), "")?;
    Ok(headers)
}

pub(super) fn write(call: &Call, address: &Address) -> Result<Written, UnsendableKey> {
    let mut turns = turns(&call.messages);
    if goes_on(call.continue_text, &turns) {
        turns.push(Turn { author: Author::User, text: Cow::Borrowed(GO_ON) });
    }
    let system = call.system.trim();
    let body = Body {
        contents: turns.into_iter().map(content).collect(),
        system_instruction: (!system.is_empty())
            .then_some(Content { role: None, parts: [TextPart { text: Cow::Borrowed(system) }] }),
        generation_config: Generation {
            max_output_tokens: call.max_output.map(|tokens| tokens.0),
            thinking_config: thinks(&call.model).then_some(Thinking { include_thoughts: true }),
        },
    };
    let model = &call.model;
    let collection = if model.contains('/') { "" } else { "models/" };
    let function = format!("{collection}{model}:streamGenerateContent");
    let mut url = address.versioned(&function, VERSION);
    url.query_pairs_mut().append_pair("alt", "sse");
    Ok(Written {
        url,
        headers: headers(&call.endpoint)?,
        // Strings and numbers always serialise.
        body: serde_json::to_vec(&body).unwrap_or_default().into(),
        swallow_space: false,
    })
}

fn content(turn: Turn<'_>) -> Content<'_> {
    Content { role: Some(role(turn.author)), parts: [TextPart { text: turn.text }] }
}

fn role(author: Author) -> &'static str {
    match author {
        Author::User => "user",
        Author::Assistant => "model",
    }
}

/// Models that think refuse nothing here; older ones answer 400 to being asked for thoughts.
fn thinks(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let Some(version) = name.strip_prefix("gemini-") else { return false };
    let number: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    number.parse::<f64>().is_ok_and(|number| number >= 2.5)
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow)]
    candidates: Option<Vec<Candidate<'a>>>,
    usage_metadata: Option<SaidUsage>,
    #[serde(borrow)]
    model_version: Text<'a>,
    #[serde(borrow)]
    prompt_feedback: Option<Feedback<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(borrow)]
    content: Option<Said<'a>>,
    #[serde(borrow)]
    finish_reason: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said<'a> {
    #[serde(borrow)]
    parts: Option<Vec<Part<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Part<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    thought: bool,
    #[serde(borrow)]
    function_call: Option<FunctionCall<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FunctionCall<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    args: Value,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Feedback<'a> {
    #[serde(borrow)]
    block_reason: Text<'a>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SaidUsage {
    prompt_token_count: Count,
    cached_content_token_count: Count,
    tool_use_prompt_token_count: Count,
    candidates_token_count: Count,
    thoughts_token_count: Count,
}

impl SaidUsage {
    /// The prompt holds what came from the cache; thoughts stand beside the answer.
    fn disjoint(self) -> UsageSaid {
        let cached = self.cached_content_token_count.0;
        let tools = self.tool_use_prompt_token_count.0.unwrap_or(0);
        let fresh = |prompt: u64| prompt.saturating_sub(cached.unwrap_or(0)).saturating_add(tools);
        UsageSaid {
            input: self.prompt_token_count.0.map(fresh),
            cached_input: cached,
            cache_write: None,
            cache_write_long: None,
            output: self.candidates_token_count.0,
            reasoning: self.thoughts_token_count.0,
        }
    }
}

pub(super) fn read(
    data: &[u8],
    transcript: &mut Transcript,
    sink: &mut dyn FnMut(Piece<'_>),
) -> Result<(), Unreadable> {
    if !data.starts_with(b"{") && !data.starts_with(b"[") {
        return Ok(());
    }
    if let Some(error) = stated_error(data) {
        return Err(Unreadable::Error(error));
    }
    let event: Event<'_> = serde_json::from_slice(data).map_err(|_| Unreadable::Malformed)?;
    if transcript.served_model.is_none() && !event.model_version.0.is_empty() {
        transcript.served_model = Some(event.model_version.0.into_owned());
    }
    if let Some(usage) = event.usage_metadata {
        transcript.usage.update(usage.disjoint());
    }
    let blocked = event.prompt_feedback.unwrap_or_default().block_reason.0;
    if !blocked.is_empty() && blocked != "BLOCK_REASON_UNSPECIFIED" {
        return Err(Unreadable::Error(ProviderError {
            code: "content_filter".to_owned(),
            message: format!("the question was blocked ({blocked})"),
            ..ProviderError::default()
        }));
    }
    // One candidate is asked for; others could only be somebody else's.
    let Some(candidate) = event.candidates.into_iter().flatten().next() else { return Ok(()) };
    let parts = candidate.content.unwrap_or_default().parts.unwrap_or_default();
    for (index, part) in (0_u64..).zip(&parts) {
        read_part(index, part, transcript, sink);
    }
    note_ending(&candidate.finish_reason.0, transcript);
    Ok(())
}

/// An error inside the stream; a cheap look first, since almost no event is one.
fn stated_error(data: &[u8]) -> Option<ProviderError> {
    let stated = memchr::memmem::find(data, b"\"error\"")?;
    // Behind the content it would be words of the answer.
    let answer = memchr::memmem::find(data, b"\"candidates\"");
    if answer.is_some_and(|answer| answer < stated) {
        return None;
    }
    ProviderError::parse(data)
}

fn read_part(
    index: u64,
    part: &Part<'_>,
    transcript: &mut Transcript,
    sink: &mut dyn FnMut(Piece<'_>),
) {
    let text = part.text.0.as_ref();
    match (text.is_empty(), part.thought) {
        (true, _) => sink(Piece::Life),
        (false, true) => sink(Piece::Reasoning(text)),
        (false, false) => sink(Piece::Text(text)),
    }
    if let Some(called) = part.function_call.as_ref().filter(|called| !called.name.0.is_empty()) {
        let arguments = if called.args.is_null() { String::new() } else { called.args.to_string() };
        transcript.ending = Some(Ending::Tools);
        sink(Piece::Tool(ToolPiece {
            index: Some(index),
            id: called.id.0.as_ref(),
            name: called.name.0.as_ref(),
            arguments: &arguments,
        }));
    }
}

fn note_ending(reason: &str, transcript: &mut Transcript) {
    transcript.ending = match reason {
        "" | "FINISH_REASON_UNSPECIFIED" => transcript.ending,
        "STOP" => transcript.ending.or(Some(Ending::Whole)),
        "MAX_TOKENS" => Some(Ending::Length),
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE"
        | "IMAGE_SAFETY" => Some(Ending::Refused),
        // Not Google's own word, but that of servers that imitate it.
        "FUNCTION_CALL" => Some(Ending::Tools),
        _ => Some(Ending::Aborted),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(events: &[&str]) -> (String, String, Transcript) {
        let (mut text, mut thoughts) = (String::new(), String::new());
        let mut transcript = Transcript::default();
        for event in events {
            let mut sink = |piece: Piece<'_>| match piece {
                Piece::Text(more) => text.push_str(more),
                Piece::Reasoning(more) => thoughts.push_str(more),
                Piece::Tool(_) | Piece::Life => {}
            };
            read(event.as_bytes(), &mut transcript, &mut sink).expect("it is readable");
        }
        (text, thoughts, transcript)
    }

    #[test]
    fn thoughts_are_apart_and_the_last_usage_counts_once() {
        let (text, thoughts, transcript) = heard(&[
            r#"{"candidates":[{"content":{"parts":[{"text":"Hm.","thought":true}],"role":"model"},"index":0}],
                "usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":80,"thoughtsTokenCount":5},
                "modelVersion":"gemini-2.5-flash"}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":"The "},{"text":"moon."}]},"finishReason":"STOP"}],
                "usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":80,
                "candidatesTokenCount":7,"thoughtsTokenCount":9,"toolUsePromptTokenCount":3}}"#,
        ]);
        assert_eq!((text.as_str(), thoughts.as_str()), ("The moon.", "Hm."), "apart");
        let usage = transcript.usage;
        let input = (usage.input, usage.cached_input);
        assert_eq!(input, (Some(23), Some(80)), "wall 50: the cache is inside the prompt");
        assert_eq!((usage.output, usage.reasoning), (Some(7), Some(9)), "wall 51: thoughts beside");
        assert_eq!(transcript.ending, Some(Ending::Whole), "with its end");
        assert_eq!(transcript.served_model.as_deref(), Some("gemini-2.5-flash"), "as it says");
    }

    #[test]
    fn a_blocked_prompt_and_an_error_in_the_stream_are_errors() {
        let mut sink = |_: Piece<'_>| {};
        for (event, word) in [
            (r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#, "content_filter"),
            (r#"{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}"#, "503"),
        ] {
            let read = read(event.as_bytes(), &mut Transcript::default(), &mut sink);
            let Err(Unreadable::Error(error)) = read else { panic!("{event}") };
            assert!(error.code.contains(word), "{event}: {error:?}");
        }
    }

    #[test]
    fn the_word_error_in_an_answer_is_no_error() {
        let event =
            r#"{"candidates":[{"content":{"parts":[{"text":"{\"error\": \"message\"}"}]}}]}"#;
        assert_eq!(heard(&[event]).0, r#"{"error": "message"}"#, "words like any other");
    }

    #[test]
    fn every_finish_has_its_meaning() {
        for (reason, ending) in [
            ("STOP", Some(Ending::Whole)),
            ("MAX_TOKENS", Some(Ending::Length)),
            ("SAFETY", Some(Ending::Refused)),
            ("RECITATION", Some(Ending::Refused)),
            ("MALFORMED_FUNCTION_CALL", Some(Ending::Aborted)),
            ("", None),
        ] {
            let event = format!(r#"{{"candidates":[{{"finishReason":"{reason}"}}]}}"#);
            assert_eq!(heard(&[&event]).2.ending, ending, "{reason:?}");
        }
    }

    #[test]
    fn only_models_that_think_are_asked_for_their_thoughts() {
        for model in ["gemini-2.5-flash", "models/gemini-3-pro-preview", "gemini-10.0"] {
            assert!(thinks(model), "{model}");
        }
        for model in ["gemini-2.0-flash", "gemini-1.5-pro", "gemma-3-27b-it", "gemini-flash-latest"]
        {
            assert!(!thinks(model), "{model} could answer 400");
        }
    }
}
