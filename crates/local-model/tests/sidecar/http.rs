//! The HTTP surface, with a scripted model behind it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::scripted::{Act, Moment, TOKEN, chat, read, send, send_chat, serve, wait_for};
use local_model::generate::Ended;
use local_model::queue::PLACES;
use serde_json::json;

const SOON: Duration = Duration::from_secs(20);

fn hello() -> serde_json::Value {
    json!([{ "role": "user", "content": "hello there" }])
}

#[test]
fn a_stranger_learns_nothing() {
    let (address, _) = serve(vec![]);
    let wrong = format!("Authorization: Bearer {}", TOKEN.replace("test", "text"));
    let mut bodies = Vec::new();
    for head in [
        "GET /v1/models HTTP/1.1".to_owned(),
        format!("GET /v1/models HTTP/1.1\r\n{wrong}"),
        format!("GET /v1/models HTTP/1.1\r\nAuthorization: {TOKEN}"),
        "POST /v1/chat/completions HTTP/1.1".to_owned(),
        "GET /nowhere HTTP/1.1".to_owned(),
    ] {
        let response = read(send(address, &head, "{}"));
        assert_eq!(response.status, 401, "{head} has no right token");
        bodies.push(response.json());
    }
    let expected = json!({ "error": {
        "message": "this model answers only to the application that started it",
        "type": "authentication_error", "param": null, "code": "invalid_api_key",
    }});
    assert_eq!(bodies, vec![expected; 5], "not even which addresses exist");
}

#[test]
fn a_connection_ends_with_its_answer_and_keeps_no_text_of_the_question() {
    let (address, _) = serve(vec![]);
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(SOON)).expect("a limit");
    let head =
        format!("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}");
    write!(stream, "{head}\r\n\r\n").expect("the server reads");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("the server ends it, though it was not asked to");
    assert!(response.ends_with('}'), "what was asked for came whole: {response}");
}

#[test]
fn the_model_is_listed() {
    let (address, _) = serve(vec![]);
    let head = format!("GET /v1/models HTTP/1.1\r\nAuthorization: Bearer {TOKEN}");
    let expected = json!({ "object": "list", "data": [
        { "id": "scripted", "object": "model", "created": 0, "owned_by": "local" },
    ]});
    assert_eq!(read(send(address, &head, "")).json(), expected, "clients look here first");
}

#[test]
fn an_answer_streams_in_pieces_and_counts_its_tokens() {
    let (address, _) = serve(vec![Act::Write(vec!["Good", " day"])]);
    let response = chat(
        address,
        &json!({ "messages": hello(), "stream": true, "stream_options": { "include_usage": true } }),
    );
    assert!(response.head.contains("content-type: text/event-stream"), "it is a stream");
    let events = response.events();
    let parsed: Vec<serde_json::Value> =
        events.iter().filter_map(|event| serde_json::from_str(event).ok()).collect();
    let choices: Vec<_> = parsed.iter().map(|event| event["choices"].clone()).collect();
    let delta = |delta: serde_json::Value, finish: Option<&str>| json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
    let expected = vec![
        delta(json!({ "role": "assistant", "content": "" }), None),
        delta(json!({ "content": "Good" }), None),
        delta(json!({ "content": " day" }), None),
        delta(json!({}), Some("stop")),
        json!([]),
    ];
    assert_eq!(choices, expected, "role, text, end, and no choice beside the usage");
    let usage = json!({ "prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4 });
    assert_eq!(parsed.last().map(|last| &last["usage"]), Some(&usage), "asked for, so told");
    assert_eq!(events.last(), Some(&"[DONE]"), "clients wait for it");
}

#[test]
fn usage_is_told_only_when_asked_for() {
    let (address, _) = serve(vec![Act::Write(vec!["Hi"])]);
    let response = chat(address, &json!({ "messages": hello(), "stream": true }));
    assert!(!response.body.contains("usage"), "some clients trip over an empty choice list");
}

#[test]
fn an_answer_can_come_whole() {
    let (address, _) = serve(vec![Act::Write(vec!["Good", " day"])]);
    let response = chat(address, &json!({ "messages": hello() }));
    let expected = json!({
        "id": "chatcmpl-local", "object": "chat.completion", "created": 0, "model": "scripted",
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": "Good day" },
        }],
        "usage": { "prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4 },
    });
    assert_eq!(response.json(), expected, "the same answer in one piece");
}

#[test]
fn an_answer_ends_at_its_cap_at_its_context_and_at_stop_texts() {
    let endless = || Act::Write(vec!["a "; 100]);
    let (address, _) = serve(vec![
        endless(),
        endless(),
        Act::Write(vec!["one", " tw", "o three"]),
        Act::Write(vec!["one</e", "nd>two"]),
    ]);
    let ask = |more: serde_json::Value| {
        let mut body = json!({ "messages": hello() });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let choice = chat(address, &body).json()["choices"][0].clone();
        let text = choice["message"]["content"].as_str().unwrap().to_owned();
        (text, choice["finish_reason"].as_str().unwrap().to_owned())
    };
    let capped = ask(json!({ "max_tokens": 3 }));
    assert_eq!(capped, ("a a a ".to_owned(), "length".to_owned()), "the caller's cap holds");
    let full = ask(json!({ "max_tokens": 1000 }));
    assert_eq!(full, ("a ".repeat(8), "length".to_owned()), "the context is the last cap");
    let stopped = ask(json!({ "stop": [" two"] }));
    assert_eq!(stopped, ("one".to_owned(), "stop".to_owned()), "a stop text across tokens");
    let own = ask(json!({}));
    assert_eq!(own, ("one".to_owned(), "stop".to_owned()), "the model's own stop texts too");
}

#[test]
fn a_chat_that_does_not_fit_is_refused_before_the_stream_opens() {
    let (address, _) = serve(vec![]);
    let long = json!([{ "role": "user", "content": "word ".repeat(12) }]);
    let response = chat(address, &json!({ "messages": long, "stream": true }));
    assert_eq!(response.status, 400, "a plain refusal, not a broken stream");
    let expected = json!({ "error": {
        "message": "this chat is too long for the model: it can read 10 tokens, and the chat has 12",
        "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded",
    }});
    assert_eq!(response.json(), expected, "the gateway falls back by this code");
}

#[test]
fn what_cannot_be_understood_is_said_in_the_same_envelope() {
    let (address, _) = serve(vec![]);
    let authorized = |line: &str| format!("{line} HTTP/1.1\r\nAuthorization: Bearer {TOKEN}");
    let post = authorized("POST /v1/chat/completions");
    for (head, body, status) in [
        (authorized("GET /nowhere"), String::new(), 404),
        (authorized("DELETE /v1/models"), String::new(), 404),
        (post.clone(), "not json".to_owned(), 400),
        (post.clone(), json!({ "messages": [] }).to_string(), 400),
        (post, " ".repeat(16 * 1024 * 1024 + 1), 413),
    ] {
        let response = read(send(address, &head, &body));
        assert_eq!(response.status, status, "{head}");
        assert_eq!(response.json()["error"]["type"], "invalid_request_error", "{head}");
    }
}

#[test]
fn a_reader_who_leaves_stops_the_model() {
    for stream in [true, false] {
        let (address, moments) = serve(vec![Act::WriteAndHang("Well"), Act::Write(vec!["Hi"])]);
        let connection = send_chat(address, &json!({ "messages": hello(), "stream": stream }));
        assert_eq!(moments.recv_timeout(SOON), Ok(Moment::Began), "stream: {stream}");
        drop(connection);
        let ended = Moment::Ended(Ended::Cancelled);
        assert_eq!(moments.recv_timeout(SOON), Ok(ended), "stream: {stream}");
        let next = chat(address, &json!({ "messages": hello() }));
        assert_eq!(next.status, 200, "the next one is answered: {}", next.body);
    }
}

#[test]
fn too_many_at_once_are_told_to_come_back() {
    let (address, _moments) = serve(vec![Act::WriteAndHang("Well"); PLACES]);
    let ask = json!({ "messages": hello(), "stream": true });
    let waiting: Vec<_> = (0..PLACES)
        .map(|_| {
            let mut connection = send_chat(address, &ask);
            wait_for(&mut connection, "assistant");
            connection
        })
        .collect();
    let response = chat(address, &ask);
    assert_eq!(response.status, 503, "nobody waits without end: {}", response.body);
    assert!(response.head.contains("retry-after: 1"), "the gateway honours it");
    assert_eq!(response.json()["error"]["code"], "server_busy", "told apart from a failure");
    drop(waiting);
}

#[test]
fn a_model_that_fails_midway_is_never_taken_for_whole() {
    let (address, _) = serve(vec![Act::WriteAndBreak("Well"), Act::WriteAndBreak("Well")]);
    let stream = chat(address, &json!({ "messages": hello(), "stream": true }));
    let last = stream.events().pop().expect("an event").to_owned();
    let last: serde_json::Value = serde_json::from_str(&last).expect("no [DONE] follows");
    assert_eq!(last["error"]["code"], "generation_failed", "the stream ends with the error");
    let whole = chat(address, &json!({ "messages": hello() }));
    assert_eq!(whole.status, 500, "half an answer is no answer: {}", whole.body);
}
