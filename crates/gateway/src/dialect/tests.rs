//! What is written, and how events of real servers are read.

use std::sync::Arc;

use domain::{AttemptId, Author, Part, Prompt, ProviderId, Reasoning, Tokens, ToolCall, UnixMs};
use serde_json::{Value, json};

use super::*;
use crate::progress::Ending;
use crate::{ApiKey, Thinking, Timeouts, Tool, Wishes};

fn prompt(author: Author, text: &str) -> Prompt {
    Prompt::text(author, text)
}

fn call(dialect: Dialect, base_url: &str, model: &str) -> Call {
    Call {
        attempt: AttemptId::new(UnixMs(1), [1; 10]),
        endpoint: Endpoint {
            provider: ProviderId::new(UnixMs(1), [2; 10]),
            label: "Test".into(),
            dialect,
            base_url: base_url.into(),
            key: Some(ApiKey::new(" secret \n".into())),
            local_allowed: true,
        },
        model: model.into(),
        system: "Be brief.".into(),
        messages: vec![prompt(Author::User, "Hello")],
        continue_text: false,
        wishes: Arc::default(),
        max_output: Some(Tokens(50)),
        timeouts: Timeouts::default(),
        now: UnixMs(0),
    }
}

fn written(call: &Call) -> (Written, Value) {
    let endpoint = &call.endpoint;
    let address = Address::check(&endpoint.base_url, endpoint.dialect, true).expect("allowed");
    let written = write(call, &address).expect("a plain key");
    let body = serde_json::from_slice(&written.body).expect("JSON");
    (written, body)
}

/// Everything that `events` mean, in one line for each piece.
fn heard(dialect: Dialect, events: &[&str]) -> (Vec<String>, Transcript) {
    let mut transcript = Transcript::default();
    let mut pieces = Vec::new();
    for event in events {
        read(dialect, b"", event.as_bytes(), &mut transcript, &mut |piece| match piece {
            Piece::Text(text) => pieces.push(format!("text {text}")),
            Piece::Reasoning(text) => pieces.push(format!("reasoning {text}")),
            Piece::Tool(piece) => pieces.push(format!("tool {} {}", piece.name, piece.arguments)),
            Piece::Signature(data) => pieces.push(format!("signature {data}")),
            Piece::Withheld(data) => pieces.push(format!("withheld {data}")),
            Piece::Beside(words) => pieces.push(format!("beside {words}")),
            Piece::Life => {}
        })
        .expect("readable");
    }
    (pieces, transcript)
}

#[test]
fn chat_completions_are_written_as_openai_documents_them() {
    let (written, body) = written(&call(Dialect::OpenAi, "https://api.openai.com/v1", "gpt"));
    let expected = json!({
        "model": "gpt",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
        ],
        "stream": true,
        "stream_options": {"include_usage": true},
        "max_completion_tokens": 50,
    });
    assert_eq!(body, expected, "newer models refuse max_tokens");
    assert_eq!(written.headers["authorization"], "Bearer secret", "white space is no key");
    assert!(written.headers["authorization"].is_sensitive(), "no log may print it");
}

#[test]
fn compatible_servers_get_only_what_they_understand() {
    let (_, body) = written(&call(Dialect::OpenAi, "http://127.0.0.1:11434", "llama"));
    assert_eq!(body["max_tokens"], 50, "older servers know no other name");
    let (_, body) = written(&call(Dialect::OpenAi, "https://api.mistral.ai/v1", "m"));
    assert!(body.get("stream_options").is_none(), "Mistral answers 422 to it");
    let azure = "https://x.openai.azure.com/openai/v1";
    let (written, _) = written(&call(Dialect::OpenAi, azure, "m"));
    assert_eq!(written.headers["api-key"], "secret", "Azure's own header");
    assert!(written.headers.get("authorization").is_none(), "and not a second time");
}

#[test]
fn messages_are_written_as_anthropic_documents_them() {
    let mut call = call(Dialect::Anthropic, "https://api.anthropic.com", "claude-sonnet-4-5");
    call.max_output = None;
    let (written, body) = written(&call);
    let expected = json!({
        "model": "claude-sonnet-4-5",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Hello"}],
        "max_tokens": 8192,
        "stream": true,
    });
    assert_eq!(body, expected, "the cap is required there");
    assert_eq!(written.headers["x-api-key"], "secret", "Anthropic's own header");
    assert_eq!(written.headers["anthropic-version"], "2023-06-01", "required as well");
}

#[test]
fn a_conversation_alternates_and_has_no_empty_messages() {
    let mut call = call(Dialect::OpenAi, "https://a.example/v1", "m");
    call.system = String::new();
    call.messages = vec![
        prompt(Author::User, "one"),
        prompt(Author::Assistant, " \n"),
        prompt(Author::User, "two"),
        prompt(Author::Assistant, "three"),
    ];
    let (_, body) = written(&call);
    let expected = json!([
        {"role": "user", "content": "one\n\ntwo"},
        {"role": "assistant", "content": "three"},
    ]);
    assert_eq!(body["messages"], expected, "an answer that failed empty must not break the chat");
}

#[test]
fn a_partial_answer_is_continued_as_the_model_can() {
    let partial = |dialect, model: &str| {
        let mut call = call(dialect, "https://a.example/v1", model);
        call.continue_text = true;
        call.messages.push(prompt(Author::Assistant, "Once upon \n"));
        call
    };
    let (prefilled, body) = written(&partial(Dialect::Anthropic, "claude-sonnet-4-5"));
    assert_eq!(body["messages"][1]["content"], "Once upon", "a prefill may not end with space");
    assert_eq!(body["messages"].as_array().map(Vec::len), Some(2), "the model goes on by itself");
    assert!(prefilled.swallow_space, "the space is already in the partial");
    for call in [partial(Dialect::OpenAi, "gpt"), partial(Dialect::Anthropic, "claude-opus-4-6")] {
        let (asked, body) = written(&call);
        let messages = body["messages"].as_array().expect("a list");
        let last = messages.last().expect("an instruction");
        assert_eq!(last["role"], "user", "{}: it is asked to go on", call.model);
        let before = &messages[messages.len() - 2];
        assert_eq!(before["content"], "Once upon \n", "after its own words, unchanged");
        assert!(!asked.swallow_space, "nothing was cut");
    }
}

#[test]
fn wall_39_chunks_without_choices_delta_or_content_are_no_trouble() {
    let (pieces, transcript) = heard(
        Dialect::OpenAi,
        &[
            r#"{"choices":[],"prompt_filter_results":[{"x":1}]}"#,
            r#"{"choices":[{"index":0}]}"#,
            r#"{"choices":[{"index":0,"delta":null}]}"#,
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":""}]}"#,
            r#"{"choices":[{"index":1,"delta":{"content":"another choice"}}]}"#,
            r#"{"id":7,"choices":[{"delta":{},"finish_reason":"stop"}],"error":null}"#,
            r#"{"choices":null,"usage":{"prompt_tokens":3,"completion_tokens":1}}"#,
            "[DONE]",
        ],
    );
    assert_eq!(pieces, ["text Hi", "beside another choice"], "said, and only paid for");
    assert_eq!(transcript.ending, Some(Ending::Whole), "with its end");
    assert_eq!(transcript.usage.input, Some(3), "usage comes after the end");
    assert!(transcript.closed, "and then nothing");
}

#[test]
fn reasoning_is_heard_under_all_its_names_and_once() {
    let (pieces, _) = heard(
        Dialect::OpenAi,
        &[
            r#"{"choices":[{"delta":{"reasoning_content":"a"}}]}"#,
            r#"{"choices":[{"delta":{"reasoning":"b"}}]}"#,
            r#"{"choices":[{"delta":{"reasoning":"c","reasoning_content":"c"}}]}"#,
            r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"d"}]}]}}]}"#,
            r#"{"choices":[{"delta":{"content":[{"type":"text","text":"e\n"}]}}]}"#,
        ],
    );
    let expected = ["reasoning a", "reasoning b", "reasoning c", "reasoning d", "text e\n"];
    assert_eq!(pieces, expected, "DeepSeek, OpenRouter and Ollama, both, Mistral");
}

#[test]
fn hosts_known_by_name_get_tools_and_numbers_as_they_want_them() {
    let conversation = |host: &str| {
        let mut call = call(Dialect::OpenAi, &format!("https://{host}/v1"), "m");
        let wanted = ToolCall {
            id: "call_018f0000000000000000000000000000".into(),
            name: "look".into(),
            arguments: String::new(),
            signature: None,
        };
        let thought = Reasoning { text: "Hm.".into(), signature: None };
        let parts = vec![Part::Reasoning(thought), Part::ToolCall(wanted)];
        call.messages.push(Prompt { author: Author::Assistant, parts });
        call.wishes = Arc::new(Wishes { seed: Some(7), ..Wishes::default() });
        written(&call).1
    };
    let plain = conversation("api.openai.com");
    let called = &plain["messages"][2];
    assert_eq!(called["tool_calls"][0]["id"], "call_018f0000000000000000000000000000", "as it is");
    assert_eq!(called["tool_calls"][0]["function"]["arguments"], "{}", "always JSON");
    assert_eq!(called.get("reasoning_content"), None, "OpenAI answers 400 to it");
    assert_eq!((&plain["seed"], plain.get("random_seed")), (&json!(7), None), "its own name");
    let mistral = conversation("api.mistral.ai");
    let id = mistral["messages"][2]["tool_calls"][0]["id"].as_str().expect("an id");
    assert_eq!(id.len(), 9, "Mistral takes no other length: {id}");
    assert_eq!(mistral["messages"][3]["tool_call_id"], id, "the answer names it, too");
    assert_eq!((&mistral["random_seed"], mistral.get("seed")), (&json!(7), None), "another name");
    let deepseek = conversation("api.deepseek.com");
    assert_eq!(deepseek["messages"][2]["reasoning_content"], "Hm.", "it wants it back");
}

#[test]
fn openais_newer_models_are_given_tools_without_reasoning() {
    let asked = |host: &str, model: &str, thinking| {
        let mut call = call(Dialect::OpenAi, &format!("https://{host}/v1"), model);
        let tools = vec![Tool::new("look", "", json!({})).expect("fit")];
        call.wishes = Arc::new(Wishes { tools, thinking, ..Wishes::default() });
        let address = Address::check(&call.endpoint.base_url, Dialect::OpenAi, true);
        write(&call, &address.expect("allowed")).map(|written| {
            let body: Value = serde_json::from_slice(&written.body).expect("JSON");
            body["reasoning_effort"].as_str().map(str::to_owned)
        })
    };
    let (openai, other) = ("api.openai.com", "a.example");
    let low = Some(Thinking::Low);
    for (host, model, thinking, effort) in [
        (openai, "gpt-5.6-terra", None, Ok(Some("none"))),
        (openai, "gpt-6-sol", None, Ok(Some("none"))),
        (openai, "gpt-5.4-mini", low, Err(Unsendable::ToolsWithThinking)),
        (openai, "gpt-5.1", low, Ok(Some("low"))),
        (openai, "gpt-4o", None, Ok(None)),
        (openai, "o3", low, Ok(Some("low"))),
        (other, "gpt-5.6", low, Ok(Some("low"))),
    ] {
        let written = asked(host, model, thinking);
        let effort = effort.map(|effort: Option<&str>| effort.map(str::to_owned));
        assert_eq!(written, effort, "{model} at {host}");
    }
}

#[test]
fn wall_38_tool_pieces_with_null_arguments_are_read() {
    let (pieces, transcript) = heard(
        Dialect::OpenAi,
        &[
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":null}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":null,"function":{"arguments":"{}"}}]}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
        ],
    );
    assert_eq!(pieces, vec!["tool f ", "tool  {}"], "null is nothing");
    assert_eq!(transcript.ending, Some(Ending::Tools), "the model waits for them");
}

#[test]
fn wall_49_cumulative_usage_is_not_added_up() {
    let (_, transcript) = heard(
        Dialect::OpenAi,
        &[
            r#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1}}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}"#,
            r#"{"choices":[],"usage":null}"#,
        ],
    );
    assert_eq!(transcript.usage.output, Some(2), "the last statement wins, null is none");
    let (_, transcript) = heard(
        Dialect::Anthropic,
        &[
            r#"{"type":"message_start","message":{"model":"c","usage":{"input_tokens":9,"cache_read_input_tokens":4,"output_tokens":1}}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":7}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":12}}"#,
        ],
    );
    let usage = transcript.usage;
    assert_eq!(
        (usage.input, usage.cached_input, usage.output),
        (Some(9), Some(4), Some(12)),
        "same"
    );
}

#[test]
fn anthropics_events_are_heard() {
    let (pieces, transcript) = heard(
        Dialect::Anthropic,
        &[
            r#"{"type":"message_start","message":{"id":"m","model":"claude-x","usage":{"input_tokens":1}}}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQ"}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"x"}}"#,
            r#"{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Hi"}}"#,
            r#"{"type":"a_kind_of_the_future","index":2}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"}}"#,
            r#"{"type":"message_stop"}"#,
        ],
    );
    assert_eq!(
        pieces,
        vec!["reasoning hm", "signature EqQ", "withheld x", "text Hi"],
        "each in its place"
    );
    assert_eq!(transcript.ending, Some(Ending::Length), "the reason is kept");
    assert_eq!(transcript.served_model.as_deref(), Some("claude-x"), "as it says itself");
    assert!(transcript.closed, "message_stop is the end");
}

#[test]
fn an_answer_that_is_no_stream_is_read_all_the_same() {
    let whole = r#"{"object":"chat.completion","model":"m","choices":[{"index":0,
        "message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":1,"completion_tokens":1}}"#;
    let (pieces, transcript) = heard(Dialect::OpenAi, &[whole]);
    assert_eq!(
        (pieces, transcript.ending),
        (vec!["text Hi".into()], Some(Ending::Whole)),
        "OpenAI"
    );
    let whole = r#"{"type":"message","model":"c","content":[{"type":"text","text":"Hi"}],
        "stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#;
    let (pieces, transcript) = heard(Dialect::Anthropic, &[whole]);
    assert_eq!(
        (pieces, transcript.ending),
        (vec!["text Hi".into()], Some(Ending::Whole)),
        "Anthropic"
    );
}

#[test]
fn errors_inside_a_stream_are_heard_in_both_dialects() {
    for (dialect, name, event) in [
        (
            Dialect::OpenAi,
            "",
            r#"{"error":{"message":"no","code":502},"choices":[{"delta":{},"finish_reason":"error"}]}"#,
        ),
        (Dialect::OpenAi, "", r#"{"object":"error","message":"no"}"#),
        (Dialect::OpenAi, "error", r#"{"message":"no"}"#),
        (
            Dialect::Anthropic,
            "error",
            r#"{"type":"error","error":{"type":"overloaded_error","message":"no"}}"#,
        ),
        (Dialect::Anthropic, "", r#"{"error":{"message":"no"}}"#),
    ] {
        let mut transcript = Transcript::default();
        let read = read(dialect, name.as_bytes(), event.as_bytes(), &mut transcript, &mut |_| {});
        assert!(
            matches!(&read, Err(Unreadable::Error(error)) if error.message == "no"),
            "{event} must not pass as an answer: {read:?}"
        );
    }
}
