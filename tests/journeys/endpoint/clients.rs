//! The official client for JavaScript, which knows nothing of Carrel.
//!
//! `npm ci --prefix tests/mock` installs it; without it the test fails and says so.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use support::upstream::Script;
use support::upstream::openai::{begun, called, error, openai_stream, tool};

use super::House;

/// Runs one of the programs in `tests/mock` against `house` and reads what it prints.
async fn run(house: &House, what: &str) -> Value {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("mock");
    assert!(
        home.join("node_modules/openai/package.json").exists(),
        "the official client is not installed: run `npm ci --prefix tests/mock`"
    );
    let output = tokio::process::Command::new("node")
        .arg(home.join("client.mjs"))
        .arg(what)
        .env("OPENAI_BASE_URL", format!("http://{}/v1", house.port.address))
        .env("OPENAI_API_KEY", &house.port.token)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("node runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{what}: {said}");
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_asks_streams_and_lists() {
    let house = House::with(openai_stream(&["Ebb — und Flut: ", "潮汐 🌊."])).await;
    let text = "Ebb — und Flut: 潮汐 🌊.";
    assert_eq!(run(&house, "whole").await, json!({ "text": text, "finish": "stop", "tokens": 17 }));
    assert_eq!(
        run(&house, "stream").await,
        json!({ "text": text, "finish": "stop", "tokens": 17 })
    );
    assert_eq!(run(&house, "models").await, json!(["scripted-1", "route/usual"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_runs_tools() {
    let call = |id: &str, name: &str, arguments: &str| {
        tool(&json!({ "index": 0, "id": id, "function": { "name": name, "arguments": arguments } }))
    };
    let house = House::with(openai_stream(&["Take an umbrella."])).await;
    house.upstream.next(called(begun(&[]).event(call("a", "get_", "")).event(call(
        "a",
        "weather",
        "{\"city\":\"Ulm\"}",
    ))));
    let told = run(&house, "tools").await;
    let expected = json!({ "called": [{ "city": "Ulm" }], "text": "Take an umbrella." });
    assert_eq!(told, expected, "its own runner streams, calls and goes on");
    let second = house.upstream.record(1).await.request.json();
    let last = second["messages"].as_array().and_then(|all| all.last()).cloned();
    assert_eq!(last.map(|last| last["content"].clone()), Some(json!("rain")), "the tool's answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_understands_what_goes_wrong() {
    let house = House::with(error(400, "invalid", "no")).await;
    let told = run(&house, "fail").await;
    assert_eq!(
        told,
        json!({ "kind": "BadRequestError", "status": 400, "code": "provider_refused" })
    );
    assert_eq!(house.upstream.questions().len(), 1, "it does not try again");
    house.upstream.usually(Script::answer(429, &[("retry-after", "3600")], "{}"));
    let told = run(&house, "fail").await;
    assert_eq!(told["kind"], "RateLimitError", "{told}");
    let cut = House::with(begun(&["Half"]).cut()).await;
    let told = run(&cut, "stream").await;
    assert_eq!(told["error"], "APIError", "a partial answer is no success there either: {told}");
    let stranger = House::with(openai_stream(&["Here."])).await;
    stranger.carrel.lock(&stranger.admin, "Mira").await;
    let told = run(&stranger, "fail").await;
    assert_eq!((&told["kind"], &told["status"]), (&json!("AuthenticationError"), &json!(401)));
}
