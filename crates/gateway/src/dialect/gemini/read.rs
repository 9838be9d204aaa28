//! Contents as Gemini sends them.
//!
//! Usage comes with every event and grows; a refusal is a candidate's finish
//! or a blocked prompt.

use serde::Deserialize;

use super::usage::SaidUsage;
use crate::dialect::lax::{Json, Text};
use crate::dialect::{Piece, Unreadable};
use crate::error_body::ProviderError;
use crate::progress::{Ending, Transcript};
use crate::tool_calls::ToolPiece;

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
    thought_signature: Text<'a>,
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
    #[serde(borrow)]
    args: Json<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Feedback<'a> {
    #[serde(borrow)]
    block_reason: Text<'a>,
}

pub(in crate::dialect) fn read(
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
    for part in &parts {
        read_part(part, transcript, sink);
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

fn read_part(part: &Part<'_>, transcript: &mut Transcript, sink: &mut dyn FnMut(Piece<'_>)) {
    let text = part.text.0.as_ref();
    let signature = part.thought_signature.0.as_ref();
    match (text.is_empty(), part.thought) {
        (true, _) => sink(Piece::Life),
        (false, true) => sink(Piece::Reasoning(text)),
        (false, false) => sink(Piece::Text(text)),
    }
    if let Some(called) = part.function_call.as_ref().filter(|called| !called.name.0.is_empty()) {
        sink(Piece::Tool(ToolPiece {
            // Calls come whole and without numbers, several in one event or one in each.
            index: Some(transcript.calls),
            id: called.id.0.as_ref(),
            name: called.name.0.as_ref(),
            arguments: called.args.0.as_ref(),
            signature,
        }));
        transcript.calls += 1;
    } else if !signature.is_empty() {
        sink(Piece::Signature(signature));
    }
}

fn note_ending(reason: &str, transcript: &mut Transcript) {
    transcript.ending = match reason {
        "" | "FINISH_REASON_UNSPECIFIED" => transcript.ending,
        "STOP" if transcript.calls > 0 => Some(Ending::Tools),
        "STOP" => Some(Ending::Whole),
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
                Piece::Tool(_)
                | Piece::Signature(_)
                | Piece::Withheld(_)
                | Piece::Beside(_)
                | Piece::Life => {}
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
}
