//! A person's own program: let in at the window, answered while the desk is open, and taken back.

use std::net::SocketAddr;

use fantoccini::key::Key;
use serde_json::json;
use support::desktop::Desktop;
use support::programs::Port;
use support::upstream::openai::openai_stream;

use crate::seeded::{open_mira, two_desks};

/// The text of the element that `css` names.
async fn text_of(window: &Desktop, css: &str) -> String {
    window.find(css).await.text().await.expect("it has text")
}

async fn privacy(window: &Desktop) {
    window.keys(&[Key::Control], ",").await;
    window.press("Privacy and lock").await;
    window.sees("Your own programs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_let_in_answered_refused_at_lock_and_taken_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    privacy(&window).await;
    window.press("Add a program…").await;
    window.sees("It gets a token of its own").await;
    window.fill("Name", "Notes").await;
    window.clean("dialog-program").await;
    window.decide("Make a token").await;
    window.sees("It is shown this once.").await;
    window.clean("dialog-program-token").await;
    let token = text_of(&window, "[aria-label='Token']").await;
    window.decide("I have put it in").await;
    window.decided().await;
    window.sees("Token made").await;
    window.clean("settings-programs").await;
    assert!(!window.text().await.contains(&token), "it was shown once");
    let url = text_of(&window, "code").await;
    let address = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/v1"));
    let address: SocketAddr = address.expect("the base URL").parse().expect("an address");
    let port = Port::elsewhere(address, &token);
    let question = json!({
        "model": "scripted-1", "messages": [{ "role": "user", "content": "Why?" }],
    });
    let reply = port.ask(&question).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let said = &reply.json()["choices"][0]["message"]["content"];
    assert_eq!(said, "The datum moved.", "through Mira's desk");

    let known = window.windows().await;
    window.lock().await;
    window.switch_to_new(&known).await;
    window.sees("Choose your desk").await;
    let refused = port.ask(&question).await;
    assert_eq!(refused.status, 401, "a locked desk answers nobody: {}", refused.text());
    open_mira(&window).await;
    window.find("textarea[aria-label='Message']").await;
    assert_eq!(port.ask(&question).await.status, 200, "an open one does, by the same token");

    privacy(&window).await;
    window.press("Take back the token of Notes").await;
    window.clean("dialog-program-revoke").await;
    window.decide("Take back").await;
    window.decided().await;
    window
        .until("the program to be gone", async || {
            (!window.text().await.contains("Token made")).then_some(())
        })
        .await;
    assert_eq!(port.ask(&question).await.status, 401, "a stranger at once");
    window.quit().await;
}
