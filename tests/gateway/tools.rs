//! Tool calls on the wall: every shape in which they come, in every dialect,
//! and what follows where an answer with them does not end well.

use std::sync::Arc;

use domain::{Dialect, FailureClass, Finish, Part};
use gateway::{Tool, ToolChoice, Wishes};
use serde_json::{Value, json};
use support::upstream::{Script, Upstream, anthropic, gemini, openai};

use crate::asker::{Asker, candidate, route};
use crate::desk::{Desk, Heard};

/// Stands for an id that Carrel made.
const MADE: &str = "made";

pub(crate) const DIALECTS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini];

/// Two tools, and the choice between them.
pub(crate) fn offering(tool_choice: ToolChoice) -> Arc<Wishes> {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let tool = |name| Tool::new(name, "Looks.", schema.clone()).expect("a plain tool");
    let tools = vec![tool("get_weather"), tool("get_tide")];
    Arc::new(Wishes { tools, tool_choice, ..Wishes::default() })
}

/// A desk at `upstream` in `dialect` that offers tools.
fn desk(upstream: &Upstream, dialect: Dialect) -> Desk {
    let mut desk = Desk::of(&format!("http://{}", upstream.address()), dialect);
    desk.call.wishes = offering(ToolChoice::Free);
    desk
}

pub(crate) fn begun(dialect: Dialect) -> Script {
    match dialect {
        Dialect::Anthropic => anthropic::begun(&[]),
        Dialect::Gemini => gemini::begun(&[]),
        Dialect::OpenAi | Dialect::BuiltIn => openai::begun(&[]),
    }
}

pub(crate) fn called(dialect: Dialect, script: Script) -> Script {
    match dialect {
        Dialect::Anthropic => anthropic::stopped(script, "tool_use"),
        Dialect::Gemini => gemini::finished(script, "STOP"),
        Dialect::OpenAi | Dialect::BuiltIn => openai::called(script),
    }
}

/// One call of a tool, and the rest of it.
pub(crate) fn one_call(dialect: Dialect, script: Script) -> Script {
    match dialect {
        Dialect::Anthropic => {
            let script = anthropic::tool(script, 1, "call_a", "get_weather");
            anthropic::arguments(script, 1, r#"{"city":"Ulm"}"#)
        }
        Dialect::Gemini => gemini::parts(
            script,
            &[json!({"functionCall":
                {"id": "call_a", "name": "get_weather", "args": {"city": "Ulm"}}})],
        ),
        Dialect::OpenAi | Dialect::BuiltIn => script
            .event(openai::tool(&json!({"index": 0, "id": "call_a", "type": "function",
                "function": {"name": "get_weather", "arguments": r#"{"city":"Ulm"}"#}}))),
    }
}

/// The calls of a whole answer, as `id name arguments`; what was heard piece
/// by piece must say the same.
fn calls(heard: &Heard) -> Vec<String> {
    let mut pieces: Vec<[String; 3]> = Vec::new();
    for delta in &heard.tools {
        pieces.resize(pieces.len().max(delta.number + 1), Default::default());
        pieces[delta.number][0] = delta.id.clone();
        pieces[delta.number][1].push_str(&delta.name);
        pieces[delta.number][2].push_str(&delta.arguments);
    }
    let whole: Vec<_> = heard.outcome.tool_calls().collect();
    assert_eq!(pieces.len(), whole.len(), "each call was heard");
    let line = |([id, name, arguments], call): ([String; 3], &domain::ToolCall)| {
        assert_eq!((&id, &name), (&call.id, &call.name), "the pieces are of this call");
        assert_eq!(
            arguments.replace("{}", ""),
            call.arguments.replace("{}", ""),
            "with all it has"
        );
        let id = if id.len() == 38 && id.starts_with("call_") { MADE } else { &id };
        format!("{id} {name} {}", call.arguments)
    };
    pieces.into_iter().zip(whole).map(line).collect()
}

struct Shape {
    name: &'static str,
    dialect: Dialect,
    script: Script,
    calls: &'static [&'static str],
}

fn openai_shape(name: &'static str, pieces: &[Value], calls: &'static [&'static str]) -> Shape {
    let begun = openai::begun(&[]);
    let script = pieces.iter().fold(begun, |script, piece| script.event(openai::tool(piece)));
    Shape { name, dialect: Dialect::OpenAi, script: openai::called(script), calls }
}

fn piece(index: u64, id: Value, name: Value, arguments: Value) -> Value {
    json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}})
}

fn openai_shapes() -> Vec<Shape> {
    let null = Value::Null;
    vec![
        openai_shape(
            "names and arguments split anywhere",
            &[
                piece(0, "a".into(), "get_".into(), "".into()),
                piece(0, null.clone(), "weather".into(), r#"{"ci"#.into()),
                piece(0, null.clone(), null.clone(), r#"ty":"Ulm"}"#.into()),
            ],
            &[r#"a get_weather {"city":"Ulm"}"#],
        ),
        openai_shape(
            "two calls with one number and two ids",
            &[
                piece(0, "a".into(), "get_weather".into(), "{}".into()),
                piece(0, "b".into(), "get_tide".into(), r#"{"city":"#.into()),
                piece(0, "".into(), "".into(), r#""Ulm"}"#.into()),
            ],
            &["a get_weather {}", r#"b get_tide {"city":"Ulm"}"#],
        ),
        openai_shape(
            "an id in the first piece only",
            &[
                json!({"index": 0, "id": "a", "function": {"name": "get_tide"}}),
                json!({"index": 0, "function": {"arguments": "{\"city\":"}}),
                json!({"index": 0, "function": {"arguments": "1}"}}),
            ],
            &[r#"a get_tide {"city":1}"#],
        ),
        openai_shape(
            "null arguments",
            &[
                piece(0, "a".into(), "get_tide".into(), null.clone()),
                piece(0, null.clone(), null.clone(), null.clone()),
            ],
            &["a get_tide {}"],
        ),
        openai_shape(
            "interleaved",
            &[
                piece(0, "a".into(), "get_weather".into(), "".into()),
                piece(1, "b".into(), "get_tide".into(), "".into()),
                piece(0, null.clone(), null.clone(), "[1".into()),
                piece(1, null.clone(), null.clone(), "[2".into()),
                piece(0, null.clone(), null.clone(), "]".into()),
                piece(1, null.clone(), null.clone(), "]".into()),
            ],
            &["a get_weather [1]", "b get_tide [2]"],
        ),
        openai_shape(
            "neither numbers nor ids",
            &[
                json!({"function": {"name": "get_tide", "arguments": "{\"a\":"}}),
                json!({"function": {"arguments": "1}"}}),
            ],
            &[r#"made get_tide {"a":1}"#],
        ),
        openai_shape(
            "arguments that are not quoted",
            &[json!({"index": 0, "id": "a", "function":
                {"name": "get_tide", "arguments": {"city": "Ulm"}}})],
            &[r#"a get_tide {"city":"Ulm"}"#],
        ),
        Shape {
            name: "an answer that is no stream",
            dialect: Dialect::OpenAi,
            script: Script::json(
                200,
                json!({"choices": [{"message": {"role": "assistant", "content": null,
                    "tool_calls": [
                        {"function": {"name": "get_weather", "arguments": "{}"}},
                        {"function": {"name": "get_tide", "arguments": "{}"}},
                    ]}, "finish_reason": "tool_calls"}]})
                .to_string(),
            ),
            calls: &["made get_weather {}", "made get_tide {}"],
        },
    ]
}

fn anthropic_shapes() -> Vec<Shape> {
    let (tool, arguments) = (anthropic::tool, anthropic::arguments);
    let shape = |name, script, calls| Shape {
        name,
        dialect: Dialect::Anthropic,
        script: anthropic::stopped(script, "tool_use"),
        calls,
    };
    let begun = || anthropic::begun(&[]);
    vec![
        shape(
            "arguments split anywhere",
            ["", "{\"ci", "ty\":\"U", "lm\"}"]
                .iter()
                .fold(tool(begun(), 1, "a", "get_weather"), |script, piece| {
                    arguments(script, 1, piece)
                }),
            &[r#"a get_weather {"city":"Ulm"}"#],
        ),
        shape("no arguments", tool(begun(), 1, "a", "get_tide"), &["a get_tide {}"]),
        shape(
            "interleaved",
            {
                let script = tool(tool(begun(), 1, "a", "get_weather"), 2, "b", "get_tide");
                let script = arguments(arguments(script, 1, "{\"a\":"), 2, "{\"b\":");
                arguments(arguments(script, 1, "1}"), 2, "2}")
            },
            &[r#"a get_weather {"a":1}"#, r#"b get_tide {"b":2}"#],
        ),
        Shape {
            name: "an answer that is no stream",
            dialect: Dialect::Anthropic,
            script: Script::json(
                200,
                json!({"type": "message", "content": [
                    {"type": "tool_use", "id": "a", "name": "get_tide", "input": {"city": "Ulm"}},
                    {"type": "tool_use", "id": "b", "name": "get_weather", "input": {}},
                ], "stop_reason": "tool_use"})
                .to_string(),
            ),
            calls: &[r#"a get_tide {"city":"Ulm"}"#, "b get_weather {}"],
        },
    ]
}

fn gemini_shapes() -> Vec<Shape> {
    let shape = |name, events: &[Vec<Value>], calls| {
        let parts = |script, parts: &Vec<Value>| {
            let parts: Vec<_> = parts.iter().map(|call| json!({"functionCall": call})).collect();
            gemini::parts(script, &parts)
        };
        let script = gemini::finished(events.iter().fold(gemini::begun(&[]), parts), "STOP");
        Shape { name, dialect: Dialect::Gemini, script, calls }
    };
    let weather = json!({"name": "get_weather", "args": {"city": "Ulm"}});
    let tide = json!({"name": "get_tide", "args": {}});
    let both: &[&str] = &[r#"made get_weather {"city":"Ulm"}"#, "made get_tide {}"];
    vec![
        shape("two calls in one event", &[vec![weather.clone(), tide.clone()]], both),
        shape("two calls in two events", &[vec![weather.clone()], vec![tide.clone()]], both),
        shape(
            "the same call twice, with ids",
            &[
                vec![json!({"id": "a", "name": "get_tide", "args": {"city": "Ulm"}})],
                vec![json!({"id": "b", "name": "get_tide", "args": {"city": "Ulm"}})],
            ],
            &[r#"a get_tide {"city":"Ulm"}"#, r#"b get_tide {"city":"Ulm"}"#],
        ),
        shape(
            "null arguments and none",
            &[vec![json!({"name": "get_tide", "args": null}), json!({"name": "get_weather"})]],
            &["made get_tide {}", "made get_weather {}"],
        ),
    ]
}

#[tokio::test]
async fn wall_38_tool_calls_are_whole_in_every_shape_of_every_dialect() {
    let shapes = openai_shapes().into_iter().chain(anthropic_shapes()).chain(gemini_shapes());
    for Shape { name, dialect, script, calls: expected } in shapes {
        for script in [script.clone(), script.bytewise()] {
            let upstream = Upstream::start(script).await;
            let desk = desk(&upstream, dialect);
            let heard = desk.ask().await;
            assert_eq!(heard.outcome.finish, Finish::Complete, "{dialect:?}, {name}: {heard:?}");
            assert_eq!(calls(&heard), expected, "{dialect:?}, {name}");
            let ids: Vec<_> = heard.outcome.tool_calls().map(|call| &call.id).collect();
            assert!(ids.windows(2).all(|two| two[0] != two[1]), "{dialect:?}, {name}: {ids:?}");
            assert_eq!(desk.meter.settled().len(), 1, "{dialect:?}, {name}: booked once");
            assert_eq!(upstream.questions().len(), 1, "{dialect:?}, {name}: asked once");
        }
    }
}

#[tokio::test]
async fn words_before_a_call_and_the_call_are_both_kept_in_order() {
    for dialect in DIALECTS {
        let words = match dialect {
            Dialect::Anthropic => anthropic::begun(&["Let me look."]),
            Dialect::Gemini => gemini::begun(&["Let me look."]),
            Dialect::OpenAi | Dialect::BuiltIn => openai::begun(&["Let me look."]),
        };
        let upstream = Upstream::start(called(dialect, one_call(dialect, words))).await;
        let heard = desk(&upstream, dialect).ask().await;
        assert_eq!(heard.text, "Let me look.", "{dialect:?}: shown");
        let parts = heard.outcome.parts.as_slice();
        assert!(
            matches!(parts, [Part::Text(text), Part::ToolCall(call)]
                if text == "Let me look." && call.name == "get_weather"),
            "{dialect:?}: {parts:?}"
        );
    }
}

#[tokio::test]
async fn a_tool_that_was_not_offered_is_no_answer() {
    for dialect in DIALECTS {
        let upstream = Upstream::start(called(dialect, one_call(dialect, begun(dialect)))).await;
        for wishes in [Arc::default(), offering(ToolChoice::Never)] {
            let mut desk = desk(&upstream, dialect);
            desk.call.wishes = wishes;
            let heard = desk.ask().await;
            assert_eq!(heard.class(), Some(FailureClass::Broken), "{dialect:?}: {heard:?}");
            assert!(heard.message().contains("get_weather"), "{dialect:?}: {}", heard.message());
            assert_eq!(heard.tools, vec![], "{dialect:?}: nobody hears of it");
            assert_eq!(heard.outcome.tool_calls().count(), 0, "{dialect:?}: nor may run it");
        }
    }
}

#[tokio::test]
async fn half_a_tool_call_is_never_handed_out() {
    for dialect in DIALECTS {
        let begun = one_call(dialect, begun(dialect));
        let length = match dialect {
            Dialect::Anthropic => anthropic::stopped(begun.clone(), "max_tokens"),
            Dialect::Gemini => gemini::finished(begun.clone(), "MAX_TOKENS"),
            Dialect::OpenAi | Dialect::BuiltIn => {
                begun.clone().event(openai::finish("length")).event("[DONE]").end()
            }
        };
        for (script, finish) in [(begun.cut(), Finish::Cut), (length, Finish::Length)] {
            let upstream = Upstream::start(script).await;
            let heard = desk(&upstream, dialect).ask().await;
            assert_eq!(heard.outcome.finish, finish, "{dialect:?}: {heard:?}");
            assert_eq!(heard.outcome.tool_calls().count(), 0, "{dialect:?}: {finish:?}");
            assert!(!heard.tools.is_empty(), "{dialect:?}: though it was heard");
        }
    }
}

#[tokio::test]
async fn after_the_first_piece_of_a_tool_call_nobody_else_is_asked() {
    let broken = openai::begun(&[]).event(openai::tool(
        &json!({"index": 0, "id": "a", "function": {"name": "get_tide", "arguments": "{\"ci"}}),
    ));
    let (first, second) = (
        Upstream::start(broken.reset()).await,
        Upstream::start(openai::openai_stream(&["no"])).await,
    );
    let mut asker = Asker::new();
    asker.question.wishes = offering(ToolChoice::Free);
    let way = route(vec![candidate(1, &first), candidate(2, &second)]);
    let heard = asker.ask(&way).await;
    assert_eq!(heard.answered.call.finish, Finish::Cut, "a marked partial: {heard:?}");
    assert_eq!(heard.answered.call.tool_calls().count(), 0, "with nothing to run");
    assert_eq!(second.questions().len(), 0, "somebody may have acted on the first piece");
    assert_eq!(first.questions().len(), 1, "nor is it asked again");
    asker.assert_balanced();
}

#[tokio::test]
async fn before_the_first_piece_another_candidate_may_answer_with_tools() {
    let (first, second) = (
        Upstream::start(openai::error(503, "overloaded", "busy")).await,
        Upstream::start(openai::called(one_call(Dialect::OpenAi, openai::begun(&[])))).await,
    );
    let mut asker = Asker::new();
    asker.question.wishes = offering(ToolChoice::Must);
    let way = route(vec![candidate(1, &first), candidate(2, &second)]);
    let heard = asker.ask(&way).await;
    let calls: Vec<_> = heard.answered.call.tool_calls().map(|call| call.name.as_str()).collect();
    assert_eq!(calls, ["get_weather"], "the fallback is invisible: {heard:?}");
    assert_eq!(second.questions()[0].request.json()["tool_choice"], "required", "asked alike");
    asker.assert_balanced();
}
