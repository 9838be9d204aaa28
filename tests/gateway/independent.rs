//! The gateway against somebody else's idea of the providers.
//!
//! Starts the npm package `@copilotkit/aimock` from `tests/mock`. Where it is
//! not installed the tests fail and say how: `npm ci --prefix tests/mock`
//! (`cargo xtask test` does it).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use domain::{
    Author, Dialect, FailureClass, Finish, Image, Part, Prompt, Tokens, ToolCall, ToolResult,
};
use gateway::{Form, Thinking, ToolChoice, Wishes};

use crate::desk::{Desk, Heard, KEY};
use crate::tools::{DIALECTS, offering};

/// A running mock; ends when dropped.
struct Mock {
    process: Child,
    base_url: String,
}

impl Mock {
    fn start() -> Self {
        Self::with(&[])
    }

    /// Refuses what the providers refuse, not only what it cannot read.
    fn strict() -> Self {
        Self::with(&["--strict"])
    }

    fn with(options: &[&str]) -> Self {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("mock");
        let program = home.join("node_modules/@copilotkit/aimock/dist/cli.js");
        assert!(
            program.exists(),
            "the independent mock is not installed: run `npm ci --prefix tests/mock`"
        );
        let mut process = Command::new("node")
            .arg(program)
            .args(["--port", "0", "--fixtures"])
            .arg(home.join("answers.json"))
            .args(options)
            .env("AIMOCK_API_KEYS", KEY)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node runs");
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let address = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("listening on ").map(|(_, url)| url.to_owned()))
            .expect("the mock says where it listens");
        Self { process, base_url: address.trim().to_owned() }
    }

    fn desk(&self, dialect: Dialect, question: &str) -> Desk {
        let mut desk = Desk::of(&self.base_url, dialect);
        desk.call.messages = vec![Prompt::text(Author::User, question)];
        desk
    }

    async fn ask(&self, dialect: Dialect, question: &str) -> Heard {
        self.desk(dialect, question).ask().await
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        if self.process.kill().is_ok() {
            drop(self.process.wait());
        }
    }
}

#[tokio::test]
async fn an_independent_mock_is_understood_in_every_dialect() {
    let mock = Mock::start();
    for dialect in DIALECTS {
        let heard = mock.ask(dialect, "plain").await;
        assert_eq!(heard.text, "Ebb — und Flut: 潮汐 🌊🌊🌊, naïve.", "{dialect:?}: every half");
        assert_eq!(heard.outcome.finish, Finish::Complete, "{dialect:?}");
        let usage = heard.outcome.usage;
        let counts = (usage.input, usage.output, usage.estimated);
        assert_eq!(counts, (Tokens(11), Tokens(7), false), "{dialect:?}: as it was said");
    }
}

#[tokio::test]
async fn an_independent_mocks_reasoning_is_heard_apart() {
    let mock = Mock::start();
    for dialect in DIALECTS {
        let heard = mock.ask(dialect, "think").await;
        let said = (heard.reasoning.as_str(), heard.text.as_str());
        assert_eq!(said, ("Let me think.", "The moon."), "{dialect:?}");
    }
}

#[tokio::test]
async fn an_independent_mocks_failures_get_their_classes() {
    let mock = Mock::start();
    for dialect in DIALECTS {
        let busy = mock.ask(dialect, "busy").await;
        assert_eq!(busy.class(), Some(FailureClass::Throttled), "{dialect:?}");
        let wait = busy.outcome.error.and_then(|error| error.retry_after_ms);
        assert_eq!(wait, Some(1_000), "{dialect:?}: Retry-After: 1");
        let tool = mock.ask(dialect, "tool").await;
        assert_eq!(tool.class(), Some(FailureClass::Broken), "{dialect:?}: no tool was offered");
        assert!(tool.message().contains("get_weather"), "{dialect:?}: {}", tool.message());
        let cut = mock.ask(dialect, "cut").await;
        assert_eq!(cut.outcome.finish, Finish::Cut, "{dialect:?}: {:?}", cut.outcome);
        assert!("one two three".starts_with(cut.text.trim_end()), "{dialect:?}: {:?}", cut.text);
        let unknown = mock.ask(dialect, "nothing matches this").await;
        assert!(unknown.class().is_some(), "{dialect:?}: {:?}", unknown.outcome);
    }
}

#[tokio::test]
async fn an_independent_mock_checks_the_key() {
    let mock = Mock::start();
    for dialect in DIALECTS {
        let mut desk = mock.desk(dialect, "plain");
        desk.call.endpoint.key = Some(gateway::ApiKey::new("sk-another-key-entirely".into()));
        assert_eq!(desk.ask().await.class(), Some(FailureClass::Credential), "{dialect:?}");
        if dialect == Dialect::Gemini {
            // The mock lists no models there; `gemini.rs` plays the list.
            continue;
        }
        let desk = mock.desk(dialect, "plain");
        let listed = desk.gateway.list_models(&desk.grant(), &desk.call.endpoint).await;
        assert!(listed.is_ok_and(|names| names.contains(&"gpt-4o".to_owned())), "{dialect:?}");
    }
}

#[tokio::test]
async fn an_independent_mock_runs_a_whole_conversation_with_tools() {
    let mock = Mock::strict();
    for (dialect, model) in [
        (Dialect::OpenAi, "gpt-5"),
        (Dialect::Anthropic, "claude-sonnet-4-5"),
        (Dialect::Gemini, "gemini-2.5-pro"),
    ] {
        let mut desk = mock.desk(dialect, "What is the weather in Ulm?");
        desk.call.model = model.into();
        // At Anthropic, the mock then checks that signed thinking comes back.
        let thinking = Some(Thinking::Low);
        let offered = offering(ToolChoice::Free);
        desk.call.wishes = Arc::new(Wishes { thinking, ..(*offered).clone() });
        let heard = desk.ask().await;
        assert_eq!(heard.outcome.finish, Finish::Complete, "{dialect:?}: {heard:?}");
        let said = (heard.reasoning.as_str(), heard.text.as_str());
        assert_eq!(said, ("Which city?", "Let me look."), "{dialect:?}");
        let calls: Vec<_> = heard.outcome.tool_calls().cloned().collect();
        let wanted: Vec<_> =
            calls.iter().map(|call| (call.name.as_str(), call.arguments.as_str())).collect();
        let expected = [("get_weather", r#"{"city":"Ulm 🌊"}"#), ("get_tide", "{}")];
        assert_eq!(wanted, expected, "{dialect:?}: in small pieces");

        let result = |call: ToolCall| {
            Part::ToolResult(ToolResult {
                call: call.id,
                text: "rain".into(),
                ..ToolResult::default()
            })
        };
        let parts = calls.into_iter().map(result).collect();
        let parts_before = heard.outcome.parts;
        desk.call.messages.push(Prompt { author: Author::Assistant, parts: parts_before });
        desk.call.messages.push(Prompt { author: Author::User, parts });
        let heard = desk.ask().await;
        assert_eq!(heard.text, "Take an umbrella.", "{dialect:?}: {:?}", heard.outcome.error);
    }
}

#[tokio::test]
async fn an_independent_mock_answers_in_a_form_and_looks_at_pictures() {
    let mock = Mock::start();
    let schema = serde_json::json!({"type": "object", "properties": {"height": {"type": "number"}},
        "required": ["height"], "additionalProperties": false});
    let form = Form::new("tide", schema, true).expect("a plain form");
    for (dialect, model, question) in [
        (Dialect::OpenAi, "gpt-5", "as a form"),
        (Dialect::Anthropic, "claude-opus-4-1-20250805", "as a form"),
        (Dialect::Anthropic, "claude-sonnet-5", "in any form"),
        (Dialect::Gemini, "gemini-2.5-pro", "in any form"),
    ] {
        let mut desk = mock.desk(dialect, question);
        desk.call.model = model.into();
        desk.call.wishes = Arc::new(Wishes { form: Some(form.clone()), ..Wishes::default() });
        let heard = desk.ask().await;
        assert_eq!(heard.text, r#"{"height":3}"#, "{dialect:?}, {model}: {heard:?}");
        assert_eq!(heard.outcome.tool_calls().count(), 0, "{dialect:?}, {model}: no tool");
    }
    let picture = Image::read(&b"\x89PNG\r\n\x1a\n"[..]).expect("a picture");
    for dialect in DIALECTS {
        let mut desk = mock.desk(dialect, "What is in this picture?");
        desk.call.messages[0].parts.push(Part::Image(picture.clone()));
        let heard = desk.ask().await;
        assert_eq!(heard.text, "A tide gauge.", "{dialect:?}: {:?}", heard.outcome.error);
    }
}
