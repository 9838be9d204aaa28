//! Without a mouse: from the chooser to an answer, and a paste of many lines.

use fantoccini::key::Key;
use support::desktop::Desktop;
use support::upstream::openai::openai_stream;

use crate::seeded::{open_mira, two_desks};
use support::people::PASSPHRASE;

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_is_opened_used_and_locked_without_a_click() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let window = Desktop::start(dir.path()).await;
    window.sees("Choose your desk").await;
    // Mira's bay is the first; the one that was open last is lit.
    window.keys(&[Key::Left], "").await;
    window.find("section[aria-label='Open: Mira'] input:focus").await;
    window.type_text(PASSPHRASE).await;
    window.keys(&[Key::Enter], "").await;
    window.find("textarea[aria-label='Message']:focus").await;
    window.type_text("Sensor or datum?").await;
    window.keys(&[Key::Enter], "").await;
    window.sees("The datum moved.").await;
    window.settled().await;
    window.find("textarea[aria-label='Message']:focus").await;

    // The keys of the desk: another model's list, a new chat, the old one by search.
    window.keys(&[Key::Control, Key::Shift], "m").await;
    window.find("input[placeholder='Find a model']:focus").await;
    window.keys(&[Key::Escape], "").await;
    window.keys(&[Key::Control, Key::Shift], "o").await;
    window.sees("A clean desk").await;
    window.keys(&[Key::Control], "k").await;
    window.find("input[placeholder='Search chats and messages']:focus").await;
    window.type_text("sensor").await;
    window.find("mark").await;
    window.keys(&[Key::Enter], "").await;
    window.sees("The datum moved.").await;

    let desk = window.windows().await;
    window.lock().await;
    window.switch_to_new(&desk).await;
    window.sees("Choose your desk").await;
    assert_eq!(upstream.questions().len(), 1, "one question was asked");
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_lines_are_pasted_and_sent() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = two_desks(dir.path(), openai_stream(&["So many lines."])).await;
    let lines: Vec<String> = (1..=20_000).map(|at| format!("{at:05} tide gauge reads")).collect();
    let log = lines.join("\n");
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.type_text("What is wrong here?").await;
    window.paste(&log).await;
    window.sees("20,000 lines").await;
    window.clean("chat-pasted").await;

    // It takes keys at once.
    window.find("textarea[aria-label='Message']:focus").await;
    window.type_text(" Be brief.").await;
    window
        .until("the words beside the paste", async || {
            let field = window.client.find(fantoccini::Locator::Css("textarea")).await.ok()?;
            let words = field.prop("value").await.ok()??;
            (words == "What is wrong here? Be brief.").then_some(())
        })
        .await;
    window.keys(&[Key::Enter], "").await;
    window.sees("So many lines.").await;
    window.settled().await;
    let asked = upstream.questions()[0].request.json();
    let text = asked["messages"].as_array().and_then(|all| all.last()).expect("a question");
    let text = text["content"].as_str().expect("it is text");
    assert!(text.starts_with("What is wrong here? Be brief."), "what was typed comes first");
    assert!(text.ends_with(&log), "every line of the paste was sent");
    window.sees("Show all").await;

    // More than a message can hold is said, and not sent.
    window.paste(&vec![log; 10].join("\n")).await;
    window.sees("is more than a message can hold").await;
    window.clean("chat-too-long").await;
    window.keys(&[Key::Enter], "").await;
    window.press("Remove pasted text").await;
    window
        .until("the warning to go", async || {
            (!window.text().await.contains("more than a message can hold")).then_some(())
        })
        .await;
    assert_eq!(upstream.questions().len(), 1, "what is too long was not sent");
    window.quit().await;
}
