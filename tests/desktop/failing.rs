//! Providers that fail, seen by the person who waits for an answer.

use engine::api::{Nothing, SetFallback};
use fantoccini::key::Key;
use support::desktop::Desktop;
use support::people::Carrel;
use support::upstream::openai::{begun, error, openai_stream};
use support::upstream::{Script, Upstream};

use crate::seeded::open_mira;

/// Mira's desk with two providers; the second stands in for the first.
async fn two_providers(dir: &std::path::Path, first: Script, second: Script) -> [Upstream; 2] {
    let upstreams = [Upstream::start(first).await, Upstream::start(second).await];
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    admin.offer("Harbour", &upstreams[0].base_url(), true).await;
    let models = vec![admin.offer("Quay", &upstreams[1].base_url(), false).await];
    let _: Nothing = admin.ok("set_fallback", &SetFallback { models }).await;
    admin.confirm_code().await;
    let _: Nothing = admin.ok("lock", &Nothing {}).await;
    carrel.app.close().await;
    upstreams
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_and_a_resting_model_are_explained() {
    let dir = tempfile::tempdir().expect("a folder");
    let broken = error(503, "overloaded", "the harbour is closed");
    let upstreams = two_providers(dir.path(), broken, openai_stream(&["The datum moved."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    // Often enough for the breaker to open.
    for question in ["Why?", "Since when?", "How far?", "Who?", "Where?", "And then?"] {
        window.ask(question).await;
        window.settled().await;
        let answer = window.answer().await;
        assert!(answer.starts_with("The datum moved."), "an answer all the same: {answer}");
    }
    let facts = "[...document.querySelectorAll('button.facts')].at(-1).click()";
    window.client.execute(facts, vec![]).await.expect("the line of facts opens");
    window.sees("stood in").await;
    window.clean("chat-fallback").await;
    window.keys(&[Key::Escape], "").await;
    window.keys(&[Key::Control], ",").await;
    window.press("Models and providers").await;
    window.sees("Paused, ").await;
    window.sees("Last failure, ").await;
    window.sees("When a model fails").await;
    window.clean("settings-models-failing").await;
    upstreams[0].usually(openai_stream(&["OK"]));
    window.press("Try now").await;
    window.sees("harbour-1 answered in").await;
    window.sees("Recovering").await;
    window.clean("settings-models-tried").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_provider_says_when_it_is_asked_again_and_nobody_has_to_wait() {
    let dir = tempfile::tempdir().expect("a folder");
    let paused = Script::answer(429, &[("retry-after", "25")], "{}");
    let _upstreams = two_providers(dir.path(), paused.clone(), paused).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.ask("Why?").await;
    window.sees("asks for a pause.").await;
    window.sees("Trying again in").await;
    window.clean("chat-pause").await;
    window.press("Stop").await;
    window.settled().await;
    let text = window.text().await;
    assert!(!text.contains("Trying again in"), "the wait is over: {text}");
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_stays_and_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let cut = begun(&["Half an ", "answer"]).cut();
    let _upstreams = two_providers(dir.path(), cut, openai_stream(&["Another."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.ask("Why?").await;
    window.settled().await;
    let answer = window.answer().await;
    assert!(answer.starts_with("Half an answer"), "what was shown stays: {answer}");
    window.sees("Continue").await;
    window.clean("chat-cut").await;
    window.quit().await;
}
