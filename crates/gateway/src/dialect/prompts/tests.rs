//! Conversations as people and tools leave them, and as they are sent.

use super::*;

fn call(id: &str) -> ToolCall {
    ToolCall { id: id.into(), name: "look".into(), arguments: "{}".into(), signature: None }
}

fn asked(ids: &[&str]) -> Prompt {
    let parts = ids.iter().map(|id| Part::ToolCall(call(id))).collect();
    Prompt { author: Author::Assistant, parts }
}

fn gave(ids: &[&str]) -> Prompt {
    let result =
        |id: &&str| ToolResult { call: (*id).into(), text: (*id).into(), ..ToolResult::default() };
    let parts = ids.iter().map(|id| Part::ToolResult(result(id))).collect();
    Prompt { author: Author::User, parts }
}

/// Each turn in one line.
fn told(messages: &[Prompt]) -> Vec<String> {
    let part = |part: &TurnPart<'_>| match part {
        TurnPart::Text(text) => text.clone().into_owned(),
        TurnPart::Call(call) => format!("call {}", call.id),
        TurnPart::Result(result) => format!("{} gave {}", result.call.id, result.text),
        other => format!("{other:?}"),
    };
    let line = |turn: &Turn<'_>| {
        let parts: Vec<_> = turn.parts.iter().map(part).collect();
        format!("{}: {}", role(turn.author), parts.join(" | "))
    };
    turns(messages).iter().map(line).collect()
}

#[test]
fn results_come_first_and_in_the_order_of_their_calls() {
    let mut late = gave(&["b", "a"]);
    late.parts.insert(0, Part::Text("By the way".into()));
    assert_eq!(
        told(&[Prompt::text(Author::User, "Look"), asked(&["a", "b"]), late]),
        ["user: Look", "assistant: call a | call b", "user: a gave a | b gave b | By the way"],
        "Anthropic refuses words before a result"
    );
}

#[test]
fn a_call_that_was_never_answered_is_answered() {
    let not_run = "user: a gave this tool was not run";
    assert_eq!(told(&[asked(&["a"])]), ["assistant: call a", not_run], "at the end");
    assert_eq!(
        told(&[asked(&["a", "b"]), gave(&["b"]), asked(&["c"]), gave(&["c"])]),
        [
            "assistant: call a | call b",
            "user: a gave this tool was not run | b gave b",
            "assistant: call c",
            "user: c gave c",
        ],
        "a stop in between must not break the chat"
    );
}

#[test]
fn an_answer_to_no_call_is_left_out() {
    let strays =
        [gave(&["x"]), asked(&["a"]), gave(&["a", "a", "x"]), Prompt::text(Author::User, "So?")];
    assert_eq!(
        told(&strays),
        ["assistant: call a", "user: a gave a | So?"],
        "neither one from nowhere nor one given twice"
    );
}

#[test]
fn reasoning_alone_is_no_message() {
    let thought = Part::Reasoning(Reasoning { text: "Hm.".into(), signature: None });
    let silent = Prompt { author: Author::Assistant, parts: vec![thought, Part::Text(" ".into())] };
    let asked = [Prompt::text(Author::User, "One"), silent, Prompt::text(Author::User, "Two")];
    assert_eq!(told(&asked), ["user: One\n\nTwo"], "an answer that never came");
}

#[test]
fn arguments_are_an_object_whatever_the_model_wrote() {
    let of = |arguments: &str| {
        let call = ToolCall { arguments: arguments.into(), ..call("a") };
        Value::Object(super::arguments(&call)).to_string()
    };
    assert_eq!(of(r#"{"city":"Ulm"}"#), r#"{"city":"Ulm"}"#, "as it is");
    assert_eq!(of(" "), "{}", "none");
    assert_eq!(of(r#"{"city":"#), r#"{"arguments":"{\"city\":"}"#, "broken, and kept");
    assert_eq!(of("[1]"), r#"{"arguments":"[1]"}"#, "no object, and kept");
}

#[test]
fn an_id_that_does_not_fit_becomes_one_that_does() {
    assert_eq!(fitting_id("call_1-a", is_usual_id), "call_1-a", "as it is");
    for id in ["", "functions.look:0", &"x".repeat(41)] {
        let fitted = fitting_id(id, is_usual_id);
        assert_eq!(fitted.len(), 9, "{id} becomes {fitted}, which even Mistral takes");
        assert!(fitted.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{fitted}");
        assert_eq!(fitted, fitting_id(id, is_usual_id), "for the call and for its answer");
    }
    let [one, two] = ["look:0", "look:1"].map(|id| fitting_id(id, is_usual_id));
    assert_ne!(one, two, "two calls stay two");
}
