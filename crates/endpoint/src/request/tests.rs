use domain::{Author, Part, Prompt, ToolCall, ToolResult};
use engine::programs::ToolChoice;
use serde_json::{Value, json};

use super::*;

/// The smallest thing that begins like a PNG file, in base64.
const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

fn read(body: &Value) -> Result<Asked, Refusal> {
    Asked::read(body.to_string().as_bytes())
}

fn hello() -> Value {
    json!([{ "role": "user", "content": "Hello" }])
}

fn refused(body: &Value) -> String {
    let refusal = read(body).expect_err("it must be refused");
    serde_json::to_value(refusal.envelope()).expect("plain")["error"].to_string()
}

#[test]
fn a_whole_request_is_read() {
    let schema = json!({ "type": "object" });
    let asked = read(&json!({
        "model": "gpt-4o", "stream": true, "stream_options": { "include_usage": true },
        "temperature": 0.5, "top_p": 1, "seed": 7, "stop": "END", "n": 2,
        "max_tokens": 9, "max_completion_tokens": 4, "reasoning_effort": "low",
        "parallel_tool_calls": false, "user": "somebody", "metadata": { "a": "b" },
        "frequency_penalty": 0.1, "logit_bias": {}, "modalities": ["text"], "logprobs": false,
        "response_format": { "type": "json_schema", "json_schema": {
            "name": "tide", "schema": schema, "strict": true } },
        "tools": [{ "type": "function", "function": { "name": "look", "strict": true } }],
        "tool_choice": { "type": "function", "function": { "name": "look" } },
        "messages": [
            { "role": "system", "content": "Be brief." },
            { "role": "developer", "content": [{ "type": "text", "text": "In German." }] },
            { "role": "user", "content": "Hello", "name": "Mira" },
        ],
    }))
    .expect("a good request");
    let query = &asked.query;
    assert_eq!((query.model.as_str(), query.answers), ("gpt-4o", 2));
    assert_eq!(query.system, "Be brief.\n\nIn German.", "one after the other");
    assert_eq!(query.messages, [Prompt::text(Author::User, "Hello")]);
    assert_eq!(query.max_output, Some(Tokens(4)), "`max_tokens` is the older name");
    let wishes = &query.wishes;
    assert_eq!((wishes.temperature, wishes.top_p, wishes.seed), (Some(0.5), Some(1.0), Some(7)));
    assert_eq!(
        (wishes.stop.as_slice(), wishes.thinking),
        (&["END".into()][..], Some(Thinking::Low))
    );
    assert_eq!(wishes.form.as_ref().map(Form::strict), Some(true));
    assert_eq!(wishes.tool_choice, ToolChoice::Only("look".into()));
    let form = AnswerForm { stream: true, include_usage: true, one_tool: true };
    assert_eq!(asked.form, form);
}

#[test]
fn what_is_not_asked_for_is_not_given() {
    let asked = read(&json!({ "model": "m", "messages": hello() })).expect("the least");
    let form = AnswerForm { stream: false, include_usage: false, one_tool: false };
    assert_eq!((asked.form, asked.query.answers), (form, 1));
    assert_eq!(asked.query.wishes, Wishes::default());
    let streamed = json!({ "model": "m", "messages": hello(), "stream": true });
    assert!(!read(&streamed).expect("good").form.include_usage, "wall 48: only when asked for");
}

#[test]
fn a_conversation_with_tools_and_pictures_keeps_its_parts() {
    let asked = read(&json!({ "model": "m", "messages": [
        { "role": "user", "content": [
            { "type": "text", "text": "What is this?" },
            { "type": "image_url", "image_url": { "url": PNG, "detail": "low" } },
        ] },
        { "role": "assistant", "content": null, "tool_calls": [
            { "id": "c1", "type": "function", "function": { "name": "look", "arguments": "{}" } },
        ] },
        { "role": "tool", "tool_call_id": "c1", "content": [{ "type": "text", "text": "a gauge" }] },
        { "role": "assistant", "content": null, "refusal": "No." },
    ] }))
    .expect("good");
    let picture = Part::Image(domain::Image::read(&b"\x89PNG\r\n\x1a\n"[..]).expect("a picture"));
    let call =
        ToolCall { id: "c1".into(), name: "look".into(), arguments: "{}".into(), signature: None };
    let result = ToolResult { call: "c1".into(), text: "a gauge".into(), ..ToolResult::default() };
    let of = |author, parts| Prompt { author, parts };
    let expected = [
        of(Author::User, vec![Part::Text("What is this?".into()), picture]),
        of(Author::Assistant, vec![Part::ToolCall(call)]),
        of(Author::User, vec![Part::ToolResult(result)]),
        of(Author::Assistant, vec![Part::Text("No.".into())]),
    ];
    assert_eq!(asked.query.messages, expected);
}

#[test]
fn what_would_change_the_answer_in_silence_is_refused_by_name() {
    let content = |content: Value| json!([{ "role": "user", "content": content }]);
    let with = |name: &str, value: Value| {
        let mut body = json!({ "model": "m", "messages": hello() });
        body[name] = value;
        body
    };
    let image = |url: &str| {
        let piece = json!({ "type": "image_url", "image_url": { "url": url } });
        with("messages", content(json!([piece])))
    };
    let tool = json!([{ "type": "function", "function": { "name": "look" } }]);
    for (body, word) in [
        (json!({ "messages": hello() }), "model"),
        (json!({ "model": "m" }), "messages"),
        (with("messages", json!([])), "nothing to answer"),
        (with("messages", content("  ".into())), "nothing to answer"),
        (with("messages", json!([{ "role": "narrator", "content": "x" }])), "A role is"),
        (with("messages", json!([{ "role": "tool", "content": "x" }])), "tool_call_id"),
        (with("messages", content(json!([{ "type": "input_audio" }]))), "input_audio"),
        (image("https://evil.example/pixel.png"), "fetches no addresses"),
        (image("file:///etc/passwd"), "fetches no addresses"),
        (image("data:image/png;base64,PHN2Zy8+"), "PNG, JPEG, GIF or WebP"),
        (image("data:image/png;base64,%%%"), "PNG, JPEG, GIF or WebP"),
        (with("temperature", 2.5.into()), "temperature"),
        (with("top_p", (-0.1).into()), "top_p"),
        (with("stop", json!(vec!["x"; 17])), "stop"),
        (with("max_tokens", 0.into()), "max_completion_tokens"),
        (with("functions", json!([])), "Use `tools`"),
        (with("logprobs", true.into()), "logprobs"),
        (with("logit_bias", json!({ "50256": -100 })), "logit_bias"),
        (with("modalities", json!(["text", "audio"])), "modalities"),
        (with("reasoning_effort", "enormous".into()), "reasoning_effort"),
        (with("tool_choice", "required".into()), "tool_choice"),
        (with("tools", json!([{ "type": "web_search" }])), "function"),
        (with("tools", json!([{ "type": "function", "function": { "name": "a b" } }])), "letters"),
        (
            json!({ "model": "m", "messages": hello(), "tools": tool,
                "tool_choice": { "type": "function", "function": { "name": "other" } } }),
            "tool_choice",
        ),
        (with("response_format", json!({ "type": "xml" })), "xml"),
    ] {
        let told = refused(&body);
        assert!(told.contains(word), "{told} should name {word}");
    }
    assert!(Asked::read("[".repeat(100_000).as_bytes()).is_err(), "depth is limited");
    assert!(Asked::read(b"\xff").is_err(), "no text at all");
}

#[test]
fn an_answer_has_no_more_tool_calls_than_a_model_makes() {
    let call =
        json!({ "id": "1", "type": "function", "function": { "name": "a", "arguments": "" } });
    let body = |calls: usize| {
        json!({ "model": "m", "messages": [
            { "role": "user", "content": "Go" },
            { "role": "assistant", "tool_calls": vec![call.clone(); calls] },
        ] })
    };
    assert!(read(&body(128)).is_ok(), "as many as OpenAI allows");
    assert!(refused(&body(129)).contains("128"), "each would be looked at for each result");
}
