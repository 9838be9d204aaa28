//! The gateway against somebody else's idea of the providers.
//!
//! Starts the npm package `@copilotkit/aimock` from `tests/mock`. Where it is
//! not installed the tests fail and say how: `npm ci --prefix tests/mock`
//! (`cargo xtask test` does it).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use domain::{Author, Dialect, FailureClass, Finish, Prompt, Tokens};

use crate::desk::{Desk, Heard, KEY};

const DIALECTS: [Dialect; 3] = [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini];

/// A running mock; ends when dropped.
struct Mock {
    process: Child,
    base_url: String,
}

impl Mock {
    fn start() -> Self {
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
