//! The official clients for JavaScript and Python, which know nothing of Carrel.
//!
//! `cargo xtask test --only ui-deps` installs them; without them the tests fail and say so.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use support::desktop::target_dir;
use support::upstream::Script;
use support::upstream::openai::{begun, called, error, openai_stream, tool};
use tokio::process::Command;

use super::House;

/// Whose client it is.
#[derive(Clone, Copy, Debug)]
enum Client {
    JavaScript,
    Python,
}

const CLIENTS: [Client; 2] = [Client::JavaScript, Client::Python];

impl Client {
    /// Does `what` through `house`, and returns what the program prints.
    async fn run(self, house: &House, what: &str) -> Value {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("mock");
        let packages = target_dir().join("python");
        let (program, file, installed) = match self {
            Self::JavaScript => ("node", "client.mjs", home.join("node_modules/openai")),
            Self::Python => ("python3", "client.py", packages.join("openai")),
        };
        assert!(
            installed.is_dir(),
            "the official client is not installed: run `cargo xtask test --only ui-deps`"
        );
        let output = Command::new(program)
            .arg(home.join(file))
            .arg(what)
            .env("PYTHONPATH", packages)
            .env("OPENAI_BASE_URL", format!("http://{}/v1", house.port.address))
            .env("OPENAI_API_KEY", &house.port.token)
            .stdin(Stdio::null())
            .output()
            .await
            .expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{self:?} {what}: {said}");
        serde_json::from_slice(&output.stdout).expect("it prints JSON")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn official_clients_ask_stream_and_list() {
    let house = House::with(openai_stream(&["Ebb — und Flut: ", "潮汐 🌊."])).await;
    let told = json!({ "text": "Ebb — und Flut: 潮汐 🌊.", "finish": "stop", "tokens": 17 });
    for client in CLIENTS {
        assert_eq!(client.run(&house, "whole").await, told, "{client:?}");
        assert_eq!(client.run(&house, "stream").await, told, "{client:?}");
        let listed = client.run(&house, "models").await;
        assert_eq!(listed, json!(["scripted-1", "route/usual"]), "{client:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn official_clients_run_tools() {
    let call = |id: &str, name: &str, arguments: &str| {
        tool(&json!({ "index": 0, "id": id, "function": { "name": name, "arguments": arguments } }))
    };
    for client in CLIENTS {
        let house = House::with(openai_stream(&["Take an umbrella."])).await;
        house.upstream.next(called(begun(&[]).event(call("a", "get_", "")).event(call(
            "a",
            "weather",
            "{\"city\":\"Ulm\"}",
        ))));
        let told = client.run(&house, "tools").await;
        let expected = json!({ "called": [{ "city": "Ulm" }], "text": "Take an umbrella." });
        assert_eq!(told, expected, "{client:?} streams, calls and goes on");
        let second = house.upstream.record(1).await.request.json();
        let last = second["messages"].as_array().and_then(|all| all.last()).cloned();
        let answer = last.map(|last| last["content"].clone());
        assert_eq!(answer, Some(json!("rain")), "{client:?}: the tool's answer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn official_clients_understand_what_goes_wrong() {
    for client in CLIENTS {
        let house = House::with(error(400, "invalid", "no")).await;
        let told = client.run(&house, "fail").await;
        let refused =
            json!({ "kind": "BadRequestError", "status": 400, "code": "provider_refused" });
        assert_eq!(told, refused, "{client:?}");
        assert_eq!(house.upstream.questions().len(), 1, "{client:?} does not try again");
        house.upstream.usually(Script::answer(429, &[("retry-after", "3600")], "{}"));
        let told = client.run(&house, "fail").await;
        assert_eq!(told["kind"], "RateLimitError", "{client:?}: {told}");
        let cut = House::with(begun(&["Half"]).cut()).await;
        let told = client.run(&cut, "stream").await;
        assert_eq!(told["error"], "APIError", "{client:?}: a partial is no success: {told}");
        let stranger = House::with(openai_stream(&["Here."])).await;
        stranger.carrel.lock(&stranger.admin, "Mira").await;
        let told = client.run(&stranger, "fail").await;
        let locked = (&told["kind"], &told["status"]);
        assert_eq!(locked, (&json!("AuthenticationError"), &json!(401)), "{client:?}");
    }
}
