//! A route from its making to an answer that its second model gave.

use engine::api::Nothing;
use fantoccini::key::Key;
use support::desktop::Desktop;
use support::people::Carrel;
use support::upstream::Upstream;
use support::upstream::openai::{error, openai_stream};

use crate::seeded::open_mira;

/// Mira's desk with two providers.
async fn two_providers(dir: &std::path::Path) -> [Upstream; 2] {
    let broken = error(503, "overloaded", "the harbour is closed");
    let upstreams = [
        Upstream::start(broken).await,
        Upstream::start(openai_stream(&["The datum moved."])).await,
    ];
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    admin.offer("Harbour", &upstreams[0].base_url(), true).await;
    admin.offer("Quay", &upstreams[1].base_url(), false).await;
    admin.confirm_code().await;
    let _: Nothing = admin.ok("lock", &Nothing {}).await;
    carrel.app.close().await;
    upstreams
}

/// The names in the numbered list with this label.
async fn steps(window: &Desktop, list: &str) -> Vec<String> {
    let script = "return [...document.querySelectorAll(`ol[aria-label='${arguments[0]}'] li`)]
        .map((row) => /(harbour|quay)-1/.exec(row.innerText)?.[0] ?? '')";
    let read = window.client.execute(script, vec![list.into()]).await.expect("it runs");
    serde_json::from_value(read).expect("names")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_made_ordered_by_keyboard_tested_and_answers_by_its_second_model() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstreams = two_providers(dir.path()).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.keys(&[Key::Control], ",").await;
    window.press("Models and providers").await;
    window.press("Add a route").await;
    window.fill("Name", "Everyday").await;
    for model in ["quay-1 · Quay", "harbour-1 · Harbour"] {
        window.menu_of("Add a model: Models", model).await;
    }
    window.clean("dialog-route").await;
    window.decide("Add a route").await;
    window.decided().await;
    let chain = "Models of Everyday";
    window.find("ol[aria-label='Models of Everyday']").await;
    assert_eq!(steps(&window, chain).await, ["quay-1", "harbour-1"], "as they were added");
    window.focus_control("Move harbour-1 up").await;
    window.keys(&[Key::Enter], "").await;
    window
        .until("the other order", async || {
            (steps(&window, chain).await == ["harbour-1", "quay-1"]).then_some(())
        })
        .await;
    window.press("Test this route").await;
    window.sees("quay-1 answered in").await;
    window.clean("settings-route").await;
    assert!(!upstreams[0].questions().is_empty(), "who is listed first was asked first");

    window.press("Back to my desk").await;
    window.keys(&[Key::Control, Key::Shift], "m").await;
    window.find("[role=option]").await;
    window.sees("Everyday").await;
    window.clean("picker-route").await;
    window.type_text("Everyday").await;
    window.keys(&[Key::Enter], "").await;
    window.ask("Why?").await;
    window.settled().await;
    let answer = window.answer().await;
    assert!(answer.starts_with("The datum moved."), "by the route's second model: {answer}");
    let facts = "[...document.querySelectorAll('button.facts')].at(-1).click()";
    window.client.execute(facts, vec![]).await.expect("the line of facts opens");
    window.sees("Everyday").await;
    window.sees("stood in").await;
    window.clean("chat-route").await;
    window.quit().await;
}
