//! From an empty folder to a streamed answer, as a new user would.

use std::path::Path;

use support::desktop::Desktop;
use support::upstream::openai::{error, models, openai_stream_held};
use support::upstream::{Gate, Upstream};

/// A window over an empty folder, taken to the choice of who answers.
async fn set_up(dir: &Path) -> Desktop {
    let window = Desktop::start(dir).await;
    window.sees("Set up this machine").await;
    window.clean("first-workspace").await;
    window.fill("Workspace", "Tidewater Survey").await;
    window.fill("Your name", "Mira").await;
    window.fill("Passphrase", support::people::PASSPHRASE).await;
    window.press("Continue").await;

    window.sees("Keep this code somewhere else").await;
    window.clean("first-recovery").await;
    window.type_code_back().await;
    window.tick("I have it on paper or on a device I do not keep at this machine.").await;
    window.press("Continue").await;
    window.sees("Choose who answers first").await;
    window
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_reaches_a_streamed_answer_of_their_own_provider() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::new();
    let answer = openai_stream_held(&["The datum "], &gate, &["moved."]);
    let upstream = Upstream::start(answer).await;
    upstream.models(error(401, "invalid_api_key", "No such key."));
    let window = set_up(dir.path()).await;
    window.tick("A provider, with your key").await;
    window.select("Service", "Other, by address").await;
    window.fill("Address", &upstream.base_url()).await;
    window.fill("Key", "sk-first-run-0001").await;
    window.press("Test address and key").await;
    window.sees("does not accept the key").await;
    window.clean("first-model-refused").await;

    upstream.models(models(&["tide-large", "tide-small"]));
    window.fill("Key", "sk-first-run-7d19").await;
    window.press("Test address and key").await;
    window.sees("2 models").await;
    window.select("Model", "tide-small").await;
    window.clean("first-model-tested").await;
    window.press("Open my desk").await;
    window.sees("A clean desk").await;

    window.ask("Sensor or datum?").await;
    window.sees("The datum").await;
    assert!(!window.answer().await.contains("moved."), "it is shown while it is written");
    gate.open();
    window.sees("The datum moved.").await;
    window.settled().await;
    let asked = &upstream.questions()[0].request;
    assert_eq!(asked.json()["model"], "tide-small", "the chosen model");
    let key = asked.header("authorization");
    assert_eq!(key, Some("Bearer sk-first-run-7d19"), "with the key that was tested last");
    let source = window.client.source().await.expect("the page can be read");
    assert!(!source.contains("sk-first-run"), "which the window does not hold any more");
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_reaches_an_answer_of_the_built_in_model() {
    let dir = tempfile::tempdir().expect("a folder");
    let window = set_up(dir.path()).await;
    window.tick("Built-in model").await;
    window.clean("first-model").await;
    window.press("Open my desk").await;
    window.sees("A clean desk").await;
    window.clean("clean-desk").await;

    window.ask("Say hello in one short sentence.").await;
    window.find("[aria-label='Answer'] p").await;
    window.settled().await;
    let answer = window.answer().await;
    assert!(!answer.trim().is_empty(), "a real model said something");
    window.sees("SmolLM2").await;
    window.quit().await;
}
