use domain::{FailureClass, Tokens, ToolCall, Usage};
use engine::api::{Failure, FailureCode};
use engine::programs::Refused;
use serde_json::Value;

use super::*;

const NOW: UnixMs = UnixMs(1_000);

fn speech(include_usage: bool, answers: u32) -> Speech {
    let head =
        Head { id: "id".into(), object: "chat.completion.chunk", created: 1, model: String::new() };
    Speech::new(head, AnswerForm { stream: true, include_usage, one_tool: false }, answers)
}

fn ended(finish: Finish, calls: Vec<ToolCall>) -> What {
    let usage = Usage { input: Tokens(12), output: Tokens(5), ..Usage::default() };
    What::Ended(Box::new(Ended { finish, model: None, usage, calls, refused: None }))
}

fn call(id: &str, name: &str) -> ToolCall {
    ToolCall { id: id.into(), name: name.into(), arguments: "{}".into(), signature: None }
}

fn tool(number: usize, id: &str, name: &str, arguments: &str) -> What {
    let (id, name, arguments) = (id.to_owned(), name.to_owned(), arguments.to_owned());
    What::Tool(ToolDelta { number, id, name, arguments })
}

/// Every event as JSON; `[DONE]` as a text.
fn events(speech: &mut Speech, said: Vec<(u32, What)>) -> Vec<Value> {
    let mut out = Vec::new();
    for (choice, what) in said {
        speech.say(Said { choice, what }, NOW, &mut out);
    }
    let text = String::from_utf8(out).expect("JSON is text");
    let data =
        text.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").expect("data"));
    data.map(|data| serde_json::from_str(data).unwrap_or_else(|_| data.into())).collect()
}

#[test]
fn an_answer_begins_with_its_role_and_ends_with_its_reason() {
    let mut speech = speech(false, 1);
    let said = vec![
        (0, What::Begun("gpt-4o".into())),
        (0, What::Reasoning("Hm.".into())),
        (0, What::Text("The moon.".into())),
        (0, ended(Finish::Complete, Vec::new())),
    ];
    let events = events(&mut speech, said);
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(events[0]["model"], "gpt-4o", "the one that answers");
    assert_eq!(events[1]["choices"][0]["delta"]["reasoning_content"], "Hm.");
    assert_eq!(events[2]["choices"][0]["delta"]["content"], "The moon.");
    assert_eq!(events[3]["choices"][0]["finish_reason"], "stop");
    assert_eq!(events[4], "[DONE]");
    assert!(speech.is_over());
    let leaked = events.iter().any(|event| event.get("usage").is_some());
    assert!(!leaked, "wall 48: usage that was not asked for is not there, not even as null");
}

#[test]
fn usage_that_was_asked_for_comes_last_and_counts_every_answer() {
    let said = vec![
        (0, What::Begun("m".into())),
        (1, What::Begun("m".into())),
        (1, ended(Finish::Length, Vec::new())),
        (0, ended(Finish::Complete, Vec::new())),
    ];
    let events = events(&mut speech(true, 2), said);
    assert_eq!(events[0]["usage"], Value::Null, "not known yet");
    assert_eq!(events[2]["choices"][0]["finish_reason"], "length", "each has its own end");
    let last = &events[4];
    assert_eq!(last["choices"], serde_json::json!([]), "in an event of its own");
    assert_eq!(last["usage"]["total_tokens"], 34, "of both");
    assert_eq!(events[5], "[DONE]", "once, after the last");
}

#[test]
fn wall_38_a_tools_name_is_passed_on_whole_and_once() {
    let said = vec![
        (0, What::Begun("m".into())),
        (0, tool(0, "a", "get_", "")),
        (0, tool(0, "a", "weather", "")),
        (0, tool(0, "a", "", "{\"city\":")),
        (0, tool(1, "b", "get_tide", "")),
        (0, tool(0, "a", "", "\"Ulm\"}")),
        (0, ended(Finish::Complete, vec![call("a", "get_weather"), call("b", "get_tide")])),
    ];
    let events = events(&mut speech(false, 1), said);
    let pieces: Vec<&Value> =
        events.iter().map(|event| &event["choices"][0]["delta"]["tool_calls"][0]).collect();
    let whole = serde_json::json!({ "index": 0, "id": "a", "type": "function",
        "function": { "name": "get_weather", "arguments": "{\"city\":" } });
    assert_eq!(*pieces[1], whole, "clients take the last name that they hear");
    let more = serde_json::json!({ "index": 0, "function": { "arguments": "\"Ulm\"}" } });
    assert_eq!(*pieces[2], more);
    assert_eq!(pieces[3]["function"]["arguments"], "{}", "arguments are always JSON");
    assert_eq!((&pieces[3]["id"], &pieces[3]["index"]), (&"b".into(), &1.into()));
    assert_eq!(events[4]["choices"][0]["finish_reason"], "tool_calls");
}

#[test]
fn where_one_tool_is_wanted_the_others_are_left_out() {
    let mut speech = speech(false, 1);
    speech.form.one_tool = true;
    let said = vec![
        (0, tool(0, "a", "one", "{}")),
        (0, tool(1, "b", "two", "{}")),
        (0, ended(Finish::Complete, vec![call("a", "one"), call("b", "two")])),
    ];
    let text = serde_json::to_string(&events(&mut speech, said)).expect("plain");
    assert!(text.contains("one") && !text.contains("two"), "{text}");
}

#[test]
fn wall_31_a_partial_answer_ends_with_an_error_and_never_with_done() {
    let failure = Failure::new(FailureCode::Provider, "It broke off.");
    let refused = Refused { failure, class: Some(FailureClass::Truncated), http_status: None };
    let cut = What::Ended(Box::new(Ended {
        finish: Finish::Cut,
        model: None,
        usage: Usage::default(),
        calls: Vec::new(),
        refused: Some(refused),
    }));
    let mut speech = speech(true, 1);
    let said = vec![(0, What::Begun("m".into())), (0, What::Text("Half".into())), (0, cut)];
    let events = events(&mut speech, said);
    assert_eq!(events.len(), 3, "nothing after it: {events:?}");
    assert_eq!(events[2]["error"]["message"], "It broke off.");
    assert_eq!(events[2]["error"]["code"], "provider_failed");
    assert!(speech.is_over());
}
