//! Several windows: of one person, and of one after another.

use fantoccini::key::Key;
use support::desktop::Desktop;
use support::upstream::openai::openai_stream;

use crate::seeded::{lock, open_jonas, open_mira, two_desks};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_window_shows_the_same_desk_and_a_lock_closes_both() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.ask("Sensor or datum?").await;
    window.sees("The datum moved.").await;
    window.settled().await;
    let first = window.windows().await;
    window.menu("Desk menu", "New window").await;
    let second = window.switch_to_new(&first).await;
    window.open_chat("Sensor or datum?").await;
    window.sees("The datum moved.").await;

    window.ask("Since when?").await;
    window.settled().await;
    window.switch(&first[0]).await;
    window.open_chat("Sensor or datum?").await;
    window.sees("Since when?").await;

    window.lock().await;
    let both = [first, vec![second]].concat();
    window
        .until("both windows to close", async || {
            let left = window.client.windows().await.ok()?;
            let left: Vec<String> = left.into_iter().map(String::from).collect();
            (left.len() == 1 && !both.contains(&left[0])).then_some(())
        })
        .await;
    window.switch_to_new(&both).await;
    window.sees("Choose your desk").await;
    let source = window.client.source().await.expect("the page can be read");
    assert!(!source.contains("datum"), "the one window left shows nothing of the desk");
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_after_a_lock_keeps_nothing_for_the_next_person() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["Mira's answer."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.ask("mira-canary-1234").await;
    window.settled().await;
    window.keys(&[Key::Control, Key::Shift], "c").await;
    window.sees("Copied as Markdown").await;
    window.type_text("mira-draft-5678").await;
    window.keys(&[Key::Control], "k").await;
    window.find("input[placeholder='Search chats and messages']:focus").await;
    window.type_text("mira-canary").await;
    window.find("mark").await;
    window.keys(&[Key::Escape], "").await;
    lock(&window).await;
    nothing_of_mira(&window).await;

    open_jonas(&window).await;
    nothing_of_mira(&window).await;
    let field = window.find("textarea[aria-label='Message']").await;
    let words = field.prop("value").await.expect("the field can be read");
    assert_eq!(words.as_deref(), Some(""), "no draft of hers");
    window.keys(&[Key::Control], "k").await;
    window.find("input[placeholder='Search chats and messages']:focus").await;
    nothing_of_mira(&window).await;
    window.type_text("mira-canary").await;
    window.sees("Nothing on this desk matches").await;
    window.quit().await;
}

/// Neither page nor title nor notices show anything of Mira's desk.
async fn nothing_of_mira(window: &Desktop) {
    let title = window.client.title().await.expect("the window has a title");
    assert_eq!(title, "Carrel", "the title never says what is on the desk");
    let source = window.client.source().await.expect("the page can be read");
    for kept in ["mira-canary", "mira-draft", "Mira's answer", "Copied as Markdown"] {
        assert!(!source.contains(kept), "{kept:?} is still on the page");
    }
}
