//! Every feature through every dialect: what is sent for it, what comes back.
//!
//! Tools have a file of their own for the shapes of their calls (`tools`).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{
    Author, Dialect, FailureClass, Image, Part, Prompt, Reasoning, Signature, Tokens, ToolResult,
};
use gateway::{Call, Form, Thinking, ToolChoice, Wishes};
use serde_json::{Value, json};
use support::upstream::{Script, Upstream, anthropic, gemini, openai};

use crate::desk::Desk;
use crate::tools::{DIALECTS, offering, one_call};

/// A desk that asks a model of each vendor's newer kind.
fn desk(upstream: &Upstream, dialect: Dialect) -> Desk {
    let mut desk = Desk::of(&format!("http://{}", upstream.address()), dialect);
    desk.call.model = match dialect {
        Dialect::Anthropic => "claude-sonnet-4-6",
        Dialect::Gemini => "gemini-3.5-flash",
        Dialect::OpenAi | Dialect::BuiltIn => "gpt-5.6",
    }
    .to_owned();
    desk.call.max_output = Some(Tokens(4_000));
    desk
}

fn answer(dialect: Dialect, words: &[&str]) -> Script {
    match dialect {
        Dialect::Anthropic => anthropic::anthropic_stream(words),
        Dialect::Gemini => gemini::gemini_stream(words),
        Dialect::OpenAi | Dialect::BuiltIn => openai::openai_stream(words),
    }
}

fn png() -> Image {
    Image::read(&b"\x89PNG\r\n\x1a\nbytes"[..]).expect("a picture")
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"height": {"type": "number"}},
        "required": ["height"], "additionalProperties": false})
}

fn form(strict: bool) -> Form {
    Form::new("tide", schema(), strict).expect("a plain form")
}

fn wishes(call: &mut Call) -> &mut Wishes {
    Arc::get_mut(&mut call.wishes).expect("nobody else has them")
}

/// A feature: how it is asked for, and the fields that are sent for it in
/// OpenAI's, Anthropic's and Gemini's dialect; null stands for none.
struct Feature {
    name: &'static str,
    ask: fn(&mut Call),
    sent: [Value; 3],
}

fn features() -> Vec<Feature> {
    let data = STANDARD.encode(png().bytes());
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let named = |schema: &str| {
        let tool = |name| json!({"name": name, "description": "Looks.", schema: parameters});
        json!([tool("get_weather"), tool("get_tide")])
    };
    let functions = json!(named("parameters").as_array().map(|tools| {
        tools.iter().map(|tool| json!({"type": "function", "function": tool})).collect::<Vec<_>>()
    }));
    let declarations = json!([{"functionDeclarations": named("parametersJsonSchema")}]);
    let calling = |mode: Value| json!({"functionCallingConfig": mode});
    vec![
        Feature {
            name: "a picture",
            ask: |call| {
                call.messages[0].parts.push(Part::Image(png()));
            },
            sent: [
                json!({"messages": [{"role": "user", "content": [
                    {"type": "text", "text": "What is a tide?"},
                    {"type": "image_url",
                        "image_url": {"url": format!("data:image/png;base64,{data}")}},
                ]}]}),
                json!({"messages": [{"role": "user", "content": [
                    {"type": "text", "text": "What is a tide?"},
                    {"type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": data}},
                ]}]}),
                json!({"contents": [{"role": "user", "parts": [
                    {"text": "What is a tide?"},
                    {"inlineData": {"mimeType": "image/png", "data": data}},
                ]}]}),
            ],
        },
        Feature {
            name: "tools",
            ask: |call| call.wishes = offering(ToolChoice::Free),
            sent: [
                json!({"tools": functions, "tool_choice": null}),
                json!({"tools": named("input_schema"), "tool_choice": null}),
                json!({"tools": declarations, "toolConfig": null}),
            ],
        },
        Feature {
            name: "any tool",
            ask: |call| call.wishes = offering(ToolChoice::Must),
            sent: [
                json!({"tool_choice": "required"}),
                json!({"tool_choice": {"type": "any"}}),
                json!({"toolConfig": calling(json!({"mode": "ANY"}))}),
            ],
        },
        Feature {
            name: "one tool",
            ask: |call| call.wishes = offering(ToolChoice::Only("get_tide".into())),
            sent: [
                json!({"tool_choice": {"type": "function", "function": {"name": "get_tide"}}}),
                json!({"tool_choice": {"type": "tool", "name": "get_tide"}}),
                json!({"toolConfig":
                    calling(json!({"mode": "ANY", "allowedFunctionNames": ["get_tide"]}))}),
            ],
        },
        Feature {
            name: "tools that are only told of",
            ask: |call| call.wishes = offering(ToolChoice::Never),
            sent: [
                json!({"tools": functions, "tool_choice": "none"}),
                json!({"tools": named("input_schema"), "tool_choice": {"type": "none"}}),
                json!({"tools": declarations, "toolConfig": calling(json!({"mode": "NONE"}))}),
            ],
        },
        Feature {
            name: "a form",
            ask: |call| wishes(call).form = Some(form(true)),
            sent: [
                json!({"response_format": {"type": "json_schema", "json_schema":
                    {"name": "tide", "schema": schema(), "strict": true}}}),
                json!({"tools": null, "output_config":
                    {"format": {"type": "json_schema", "schema": schema()}}}),
                json!({"generationConfig": {
                    "maxOutputTokens": 4_000, "thinkingConfig": {"includeThoughts": true},
                    "responseMimeType": "application/json", "responseJsonSchema": schema()}}),
            ],
        },
        Feature {
            name: "thinking",
            ask: |call| wishes(call).thinking = Some(Thinking::Medium),
            sent: [
                json!({"reasoning_effort": "medium"}),
                json!({"thinking": {"type": "adaptive", "display": "summarized"},
                    "output_config": {"effort": "medium"}}),
                json!({"generationConfig": {"maxOutputTokens": 4_000,
                    "thinkingConfig": {"includeThoughts": true, "thinkingLevel": "medium"}}}),
            ],
        },
        Feature {
            name: "how words are chosen",
            ask: |call| {
                let wishes = wishes(call);
                (wishes.temperature, wishes.top_p, wishes.seed) = (Some(1.5), Some(0.5), Some(7));
                wishes.stop = vec!["END".into(), "\n".into()];
            },
            sent: [
                json!({"temperature": 1.5, "top_p": 0.5, "seed": 7, "stop": ["END", "\n"]}),
                // It counts to 1, takes one of the two, no white space, and knows no seed.
                json!({"temperature": 1.0, "top_p": null, "seed": null,
                    "stop_sequences": ["END"]}),
                json!({"generationConfig": {"maxOutputTokens": 4_000,
                    "thinkingConfig": {"includeThoughts": true},
                    "temperature": 1.5, "topP": 0.5, "seed": 7, "stopSequences": ["END", "\n"]}}),
            ],
        },
    ]
}

#[tokio::test]
async fn each_feature_is_sent_as_each_dialect_wants_it() {
    for Feature { name, ask, sent } in features() {
        for (dialect, sent) in DIALECTS.into_iter().zip(sent) {
            let upstream = Upstream::start(answer(dialect, &["The moon."])).await;
            let mut desk = desk(&upstream, dialect);
            ask(&mut desk.call);
            let heard = desk.ask().await;
            assert_eq!(heard.text, "The moon.", "{name}, {dialect:?}: {heard:?}");
            let body = upstream.questions()[0].request.json();
            for (field, expected) in sent.as_object().expect("fields") {
                assert_eq!(&body[field], expected, "{name}, {dialect:?}: {field}");
            }
        }
    }
}

#[tokio::test]
async fn a_plain_question_says_nothing_of_any_feature() {
    for dialect in DIALECTS {
        let upstream = Upstream::start(answer(dialect, &["The moon."])).await;
        desk(&upstream, dialect).ask().await;
        let body = upstream.questions()[0].request.json();
        let mut fields: Vec<_> =
            body.as_object().expect("fields").keys().map(String::as_str).collect();
        fields.sort_unstable();
        let expected: &[&str] = match dialect {
            Dialect::Anthropic => &["max_tokens", "messages", "model", "stream"],
            Dialect::Gemini => &["contents", "generationConfig"],
            Dialect::OpenAi | Dialect::BuiltIn => {
                &["max_tokens", "messages", "model", "stream", "stream_options"]
            }
        };
        assert_eq!(fields, expected, "{dialect:?}: old servers refuse what they do not know");
    }
}

/// An answer that thinks with a proof, says something and wants a tool.
fn thinking_call(dialect: Dialect) -> Script {
    match dialect {
        Dialect::Anthropic => {
            let block = |script, index, block| anthropic::block(script, index, &block);
            let delta = |script, index, delta| anthropic::delta(script, index, &delta);
            let script = anthropic::event(
                Script::chunked_stream(),
                &json!({"type": "message_start", "message": {"model": "m"}}),
            );
            let script = block(script, 0, json!({"type": "thinking", "thinking": ""}));
            let script = delta(script, 0, json!({"type": "thinking_delta", "thinking": "Hm."}));
            let script = delta(script, 0, json!({"type": "signature_delta", "signature": "EqQ"}));
            let script = block(script, 1, json!({"type": "redacted_thinking", "data": "xyz"}));
            let script = block(script, 2, json!({"type": "text", "text": "Look."}));
            let script = anthropic::tool(script, 3, "call_a", "get_weather");
            let script = anthropic::arguments(script, 3, r#"{"city":"Ulm"}"#);
            anthropic::stopped(script, "tool_use")
        }
        Dialect::Gemini => {
            let words = json!({"text": "Look.", "thoughtSignature": "EqQ-of-words"});
            let script = gemini::parts(gemini::thought(gemini::begun(&[]), "Hm."), &[words]);
            let call = json!({"id": "call_a", "name": "get_weather", "args": {"city": "Ulm"}});
            let signed = json!({"functionCall": call, "thoughtSignature": "EqQ"});
            let other = json!({"functionCall": {"id": "call_b", "name": "get_tide", "args": {}}});
            gemini::finished(gemini::parts(script, &[signed, other]), "STOP")
        }
        Dialect::OpenAi | Dialect::BuiltIn => {
            let script = openai::begun(&[]).event(openai::reasoning("Hm."));
            openai::called(one_call(dialect, script.event(openai::text("Look."))))
        }
    }
}

/// What tools gave back: a picture for the first call, a failure for the others.
fn results(parts: &[Part]) -> Prompt {
    let result = |(place, part): (usize, &Part)| match part {
        Part::ToolCall(call) => Some(Part::ToolResult(ToolResult {
            call: call.id.clone(),
            text: format!("result {place}"),
            images: if call.name == "get_weather" { vec![png()] } else { Vec::new() },
            failed: call.name == "get_tide",
        })),
        _ => None,
    };
    Prompt { author: Author::User, parts: parts.iter().enumerate().filter_map(result).collect() }
}

/// Asks, runs the tools, and returns the conversation that is sent then.
async fn after_tools(first: Dialect, then: Dialect, model: &str) -> Value {
    let upstream = Upstream::start(answer(then, &["Rain."])).await;
    upstream.next(thinking_call(first));
    let mut asking = desk(&upstream, first);
    asking.call.wishes = offering(ToolChoice::Free);
    let heard = asking.ask().await;
    let parts = heard.outcome.parts;
    let mut going_on = desk(&upstream, then);
    going_on.call.model = model.to_owned();
    going_on.call.wishes = offering(ToolChoice::Free);
    let answer = results(&parts);
    going_on.call.messages.push(Prompt { author: Author::Assistant, parts });
    going_on.call.messages.push(answer);
    assert_eq!(going_on.ask().await.text, "Rain.", "{first:?}, then {then:?}");
    let body = upstream.questions()[1].request.json();
    let conversation = if then == Dialect::Gemini { &body["contents"] } else { &body["messages"] };
    conversation.clone()
}

#[tokio::test]
async fn results_go_back_with_the_thinking_that_the_provider_signed() {
    let data = STANDARD.encode(png().bytes());
    let anthropic = json!([
        {"role": "user", "content": "What is a tide?"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "EqQ"},
            {"type": "redacted_thinking", "data": "xyz"},
            {"type": "text", "text": "Look."},
            {"type": "tool_use", "id": "call_a", "name": "get_weather", "input": {"city": "Ulm"}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "call_a", "content": [
                {"type": "text", "text": "result 3"},
                {"type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": data}},
            ]},
        ]},
    ]);
    let gemini = json!([
        {"role": "user", "parts": [{"text": "What is a tide?"}]},
        {"role": "model", "parts": [
            {"text": "Look."},
            {"text": "", "thoughtSignature": "EqQ-of-words"},
            {"functionCall": {"id": "call_a", "name": "get_weather", "args": {"city": "Ulm"}},
                "thoughtSignature": "EqQ"},
            {"functionCall": {"id": "call_b", "name": "get_tide", "args": {}}},
        ]},
        {"role": "user", "parts": [
            {"functionResponse": {"id": "call_a", "name": "get_weather",
                "response": {"output": "result 3"}}},
            {"inlineData": {"mimeType": "image/png", "data": data}},
            {"functionResponse": {"id": "call_b", "name": "get_tide",
                "response": {"error": "result 4"}}},
        ]},
    ]);
    let openai = json!([
        {"role": "user", "content": "What is a tide?"},
        {"role": "assistant", "content": "Look.", "tool_calls": [
            {"id": "call_a", "type": "function",
                "function": {"name": "get_weather", "arguments": "{\"city\":\"Ulm\"}"}},
        ]},
        {"role": "tool", "tool_call_id": "call_a", "content": "result 2"},
        {"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{data}")}},
        ]},
    ]);
    for (dialect, model, expected) in [
        (Dialect::Anthropic, "claude-sonnet-4-6", anthropic),
        (Dialect::Gemini, "gemini-3.5-flash", gemini),
        (Dialect::OpenAi, "gpt-5.6", openai),
    ] {
        assert_eq!(after_tools(dialect, dialect, model).await, expected, "{dialect:?}");
    }
}

#[tokio::test]
async fn another_provider_goes_on_without_the_first_ones_proofs() {
    for first in DIALECTS {
        for (then, model) in [
            (Dialect::OpenAi, "gpt-5.6"),
            (Dialect::Anthropic, "claude-sonnet-4-6"),
            (Dialect::Gemini, "gemini-3.5-flash"),
        ] {
            if first == then {
                continue;
            }
            let sent = after_tools(first, then, model).await.to_string();
            for secret in ["EqQ", "xyz", "Hm."] {
                assert!(!sent.contains(secret), "{first:?}, then {then:?}: {sent}");
            }
            assert!(sent.contains("call_a") && sent.contains("Ulm"), "{sent}");
            let dummies = sent.matches("skip_thought_signature_validator").count();
            let expected = usize::from(then == Dialect::Gemini);
            assert_eq!(dummies, expected, "{first:?}, then {then:?}: Gemini 3 wants one: {sent}");
        }
    }
    let sent = after_tools(Dialect::Anthropic, Dialect::Gemini, "gemini-2.5-pro").await;
    assert!(!sent.to_string().contains("thoughtSignature"), "older ones want none: {sent}");
}

#[tokio::test]
async fn older_claude_models_think_within_a_budget_and_answer_forms_through_a_tool() {
    let script = anthropic::tool(anthropic::begun(&[]), 1, "a", "answer_in_this_form");
    let script = anthropic::arguments(anthropic::arguments(script, 1, "{\"height\":"), 1, "3}");
    let upstream = Upstream::start(anthropic::stopped(script, "tool_use")).await;
    let mut desk = desk(&upstream, Dialect::Anthropic);
    desk.call.model = "claude-opus-4-1-20250805".into();
    wishes(&mut desk.call).form = Some(form(true));
    let heard = desk.ask().await;
    assert_eq!(heard.text, r#"{"height":3}"#, "the tool's input is the answer");
    assert_eq!((heard.outcome.tool_calls().count(), heard.tools.len()), (0, 0), "and no tool");
    let body = upstream.questions()[0].request.json();
    assert_eq!(body["tool_choice"], json!({"type": "tool", "name": "answer_in_this_form"}));
    assert_eq!(body["tools"][0]["input_schema"], schema(), "with the form as its input");

    upstream.usually(anthropic::anthropic_stream(&["The moon."]));
    for (cap, thinking, budget) in [
        (4_000, Thinking::Low, Some(1_024)),
        (16_000, Thinking::Medium, Some(8_000)),
        (16_000, Thinking::High, Some(12_000)),
        (2_000, Thinking::High, None),
    ] {
        desk.call.wishes = Arc::new(Wishes {
            thinking: Some(thinking),
            temperature: Some(0.5),
            ..Wishes::default()
        });
        desk.call.max_output = Some(Tokens(cap));
        desk.ask().await;
        let body = upstream.questions().last().expect("asked").request.json();
        assert_eq!(body["thinking"]["budget_tokens"].as_u64(), budget, "{thinking:?} in {cap}");
        assert_eq!(body["max_tokens"], cap, "the cap that was held is not raised");
        assert_eq!(body.get("temperature").is_some(), budget.is_none(), "they exclude each other");
    }
}

#[tokio::test]
async fn thinking_gives_way_where_anthropic_would_refuse_it() {
    let upstream = Upstream::start(anthropic::anthropic_stream(&["Rain."])).await;
    let thinking = |signature: Option<&str>, choice: ToolChoice| {
        let mut desk = desk(&upstream, Dialect::Anthropic);
        desk.call.model = "claude-sonnet-4-5".into();
        let offered = offering(choice);
        let thinking = Some(Thinking::High);
        desk.call.wishes = Arc::new(Wishes { thinking, ..(*offered).clone() });
        let call = domain::ToolCall {
            id: "call_a".into(),
            name: "get_tide".into(),
            arguments: "{}".into(),
            signature: None,
        };
        let signature =
            signature.map(|data| Signature { dialect: Dialect::Anthropic, data: data.to_owned() });
        let thought = Part::Reasoning(Reasoning { text: "Hm.".into(), signature });
        let parts = vec![thought, Part::ToolCall(call)];
        let answer = results(&parts);
        desk.call.messages.extend([Prompt { author: Author::Assistant, parts }, answer]);
        desk
    };
    for (signature, choice, thinks) in [
        (Some("EqQ"), ToolChoice::Free, true),
        // Another model began this answer.
        (None, ToolChoice::Free, false),
        (Some("EqQ"), ToolChoice::Must, false),
    ] {
        let why = format!("{signature:?}, {choice:?}");
        let heard = thinking(signature, choice).ask().await;
        assert_eq!(heard.text, "Rain.", "{why}");
        let body = upstream.questions().last().expect("asked").request.json();
        assert_eq!(body.get("thinking").is_some(), thinks, "{why}: {body}");
    }
}

#[tokio::test]
async fn pictures_that_a_provider_refuses_are_told_before_anything_leaves() {
    let gif = Image::read(&b"GIF89a"[..]).expect("a picture");
    let mut bytes = b"\xff\xd8\xff".to_vec();
    bytes.resize(4 << 20, 0);
    let photo = Image::read(bytes).expect("a picture");
    for (dialect, images, words) in [
        (Dialect::Gemini, vec![gif.clone()], "does not read GIF images"),
        (Dialect::Anthropic, vec![photo], "3 MB of each at most"),
        (Dialect::OpenAi, vec![gif; 501], "takes 500 images at most"),
    ] {
        let upstream = Upstream::start(answer(dialect, &["no"])).await;
        let mut desk = desk(&upstream, dialect);
        desk.call.messages[0].parts.extend(images.into_iter().map(Part::Image));
        let heard = desk.ask().await;
        assert_eq!(heard.class(), Some(FailureClass::Caller), "{dialect:?}");
        assert!(heard.message().contains(words), "{dialect:?}: {}", heard.message());
        assert_eq!(upstream.records().len(), 0, "{dialect:?}: nothing leaves");
        assert_eq!(desk.meter.reserved().len(), 0, "{dialect:?}: nothing is held");
    }
}

#[tokio::test]
async fn models_that_take_either_tools_or_a_form_say_so() {
    let upstream = Upstream::start(gemini::gemini_stream(&["no"])).await;
    let mut desk = desk(&upstream, Dialect::Gemini);
    desk.call.model = "gemini-2.5-pro".into();
    let offered = offering(ToolChoice::Free);
    desk.call.wishes = Arc::new(Wishes { form: Some(form(true)), ..(*offered).clone() });
    let heard = desk.ask().await;
    assert!(heard.message().contains("cannot use tools and answer"), "{}", heard.message());
    assert_eq!(upstream.records().len(), 0, "nothing leaves");
    desk.call.model = "gemini-3.5-flash".into();
    assert_eq!(desk.ask().await.text, "no", "newer ones take both");
}

#[tokio::test]
async fn odd_ids_and_failures_are_told_as_every_server_takes_them() {
    let upstream = Upstream::start(openai::openai_stream(&["Rain."])).await;
    let mut desk = desk(&upstream, Dialect::OpenAi);
    let call = domain::ToolCall {
        id: "functions.get_tide:0".into(),
        name: "get_tide".into(),
        arguments: "{}".into(),
        signature: None,
    };
    let asked = Prompt { author: Author::Assistant, parts: vec![Part::ToolCall(call)] };
    let answered = results(&asked.parts);
    desk.call.messages.extend([asked, answered]);
    desk.ask().await;
    let body = upstream.questions()[0].request.json();
    let id = body["messages"][1]["tool_calls"][0]["id"].as_str().unwrap_or_default();
    assert_eq!(id.len(), 9, "what not everybody takes becomes what everybody takes: {body}");
    assert_eq!(body["messages"][2]["tool_call_id"], id, "in the call and in its answer");
    assert_eq!(body["messages"][2]["content"], "Error: result 0", "a failure is told in words");
    assert_eq!(body["messages"][1]["content"], Value::Null, "there were no words");
}
