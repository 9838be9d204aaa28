//! Asking, stopping, editing, finding; restart, lock and kill in the middle.

use fantoccini::key::Key;
use support::desktop::Desktop;
use support::upstream::Gate;
use support::upstream::openai::{openai_stream, openai_stream_held};

use crate::seeded::{on_disk, open_mira, two_desks};

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_there_after_a_restart_and_the_search_jumps_to_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let text = "The datum moved.\n\n```python\nfit = harmonic(obs)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |";
    let _upstream = two_desks(dir.path(), openai_stream(&[text])).await;
    let window = Desktop::start(dir.path()).await;
    window.sees("Choose your desk").await;
    window.clean("chooser").await;
    open_mira(&window).await;
    window.ask("Sensor or datum?").await;
    window.sees("The datum moved.").await;
    window.settled().await;
    window.sees("17 tokens").await;
    window.clean("chat").await;
    window.quit().await;

    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.keys(&[Key::Control], "k").await;
    window.find("input[placeholder='Search chats and messages']:focus").await;
    window.type_text("harmonic").await;
    window.sees("Only this desk was searched.").await;
    window.find("mark").await;
    window.clean("palette").await;
    window.keys(&[Key::Enter], "").await;
    window
        .until("the chat with the hit", async || {
            window.exists("[aria-label='Answer'] table").await.then_some(())
        })
        .await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_answer_is_continued_and_an_edited_question_branches() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::new();
    let upstream =
        two_desks(dir.path(), openai_stream_held(&["One, two"], &gate, &["never said"])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.ask("Count to three").await;
    window.sees("One, two").await;
    window.press("Stop").await;
    window.sees("You stopped it here").await;
    upstream.next(openai_stream(&[", three."]));
    window.press("Continue").await;
    window.sees("One, two, three.").await;

    upstream.next(openai_stream(&["Four."]));
    window.press_hidden("Edit question").await;
    window.replace_in("textarea:focus", "Count to four").await;
    window.press("Ask again").await;
    window.sees("Four.").await;
    window.sees("2 of 2").await;
    window.press_hidden("Previous version").await;
    window.sees("One, two, three.").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_begins_below_an_earlier_answer_by_keyboard() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.ask("Sensor or datum?").await;
    window.settled().await;
    upstream.next(openai_stream(&["Since March."]));
    window.ask("Since when?").await;
    window.sees("Since March.").await;
    window.settled().await;

    window.focus_control("Branch from here").await;
    window.keys(&[Key::Enter], "").await;
    window.find("textarea[aria-label='Message']:focus").await;
    window.sees("begins a new branch").await;
    let text = transcript(&window).await;
    assert!(!text.contains("Since March."), "what follows is out of the way: {text}");
    window.clean("chat-branch").await;
    window.keys(&[Key::Escape], "").await;
    reads(&window, "Since March.").await;

    window.focus_control("Branch from here").await;
    window.keys(&[Key::Enter], "").await;
    window.find("textarea[aria-label='Message']:focus").await;
    window.sees("begins a new branch").await;
    upstream.next(openai_stream(&["Nobody did."]));
    window.type_text("Who moved it?").await;
    window.keys(&[Key::Enter], "").await;
    window.sees("Nobody did.").await;
    window.settled().await;
    reads(&window, "2 of 2").await;
    let text = transcript(&window).await;
    assert!(text.contains("The datum moved.") && !text.contains("Since March."), "{text}");
    let sent = upstream.questions()[2].request.json().to_string();
    assert!(!sent.contains("Since when?"), "the model reads one branch: {sent}");
    window.press_hidden("Previous version").await;
    reads(&window, "Since March.").await;
    window.quit().await;
}

/// What stands in the transcript, apart from what is only said to those who listen.
async fn transcript(window: &Desktop) -> String {
    let script = "return document.querySelector('[role=log]')?.innerText ?? ''";
    let text = window.client.execute(script, vec![]).await.unwrap_or_default();
    text.as_str().unwrap_or_default().to_owned()
}

/// Waits until the transcript shows `text`.
async fn reads(window: &Desktop, text: &str) {
    window
        .until(&format!("{text:?} in the transcript"), async || {
            transcript(window).await.contains(text).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn locking_mid_stream_shows_the_door_and_keeps_the_partial() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::new();
    let upstream =
        two_desks(dir.path(), openai_stream_held(&["lock-canary-4711 "], &gate, &["never said"]))
            .await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    let desk = window.windows().await;
    window.ask("Go").await;
    window.sees("lock-canary-4711").await;
    window.lock().await;
    window.switch_to_new(&desk).await;
    window.sees("Choose your desk").await;
    upstream.record(0).await.left().await;
    assert!(!window.text().await.contains("lock-canary"), "the door shows nothing of the desk");
    let found = support::canary::find(dir.path(), b"lock-canary-4711");
    assert!(found.is_empty(), "nor does any file in the clear: {found:?}");

    open_mira(&window).await;
    window.open_chat("Go").await;
    window.sees("lock-canary-4711").await;
    window.sees("The desk was locked here").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_at_most_the_last_quarter_second() {
    let dir = tempfile::tempdir().expect("a folder");
    let gate = Gate::new();
    let _upstream =
        two_desks(dir.path(), openai_stream_held(&["Kept words. "], &gate, &["x"])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.ask("Go").await;
    window.sees("Kept words.").await;
    on_disk(&window, dir.path(), "Kept words.").await;
    window.kill();

    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.open_chat("Go").await;
    window.sees("Kept words.").await;
    window.sees("Carrel ended while this was written").await;
    window.quit().await;
}
