//! From a hit of the search to its message, in chats that do not fit on a screen.

use domain::Message;
use engine::api::Question;
use fantoccini::key::Key;
use serde_json::{Value, json};
use support::desktop::Desktop;
use support::people::{Carrel, PASSPHRASE};
use support::upstream::openai::openai_stream;

use crate::seeded::{long_chat, open_mira, two_desks};

const MESSAGES: u32 = 600;

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_in_the_middle_of_a_long_chat_is_in_view_and_lit() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["Well."])).await;
    let (_, messages) = long_chat(dir.path(), MESSAGES).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    for at in [301, 40, 598] {
        jump(&window, &messages[at]).await;
        lit(&window, &messages[at]).await;
    }
    window.clean("chat-hit").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_on_another_branch_shows_that_branch() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = two_desks(dir.path(), openai_stream(&["Well."])).await;
    let (chat, messages) = long_chat(dir.path(), MESSAGES).await;
    let carrel = Carrel::start(dir.path()).await;
    let mira = carrel.unlock("Mira", PASSPHRASE, "w").await;
    let branch = Question::Branch { after: messages[9].id, text: "Another way?".to_owned() };
    upstream.next(openai_stream(&["This branch is short."]));
    mira.ask(branch).await.expect("accepted").settled().await;
    let follow = Question::FollowUp { chat, text: "And on?".to_owned() };
    mira.ask(follow).await.expect("accepted").settled().await;
    carrel.app.close().await;

    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.open_chat("A long watch").await;
    window.sees("This branch is short.").await;
    jump(&window, &messages[455]).await;
    lit(&window, &messages[455]).await;
    let text = window.text().await;
    assert!(!text.contains("This branch is short."), "the other branch: {text}");
    window.quit().await;
}

/// Searches for the first words of a message and goes to it.
async fn jump(window: &Desktop, message: &Message) {
    window.keys(&[Key::Control], "k").await;
    window.find("input[placeholder='Search chats and messages']:focus").await;
    window.type_text(&beginning(message)).await;
    window.find("[role=option] mark").await;
    // A message with the very same words could stand before it; none does.
    window.keys(&[Key::Enter], "").await;
}

/// Waits until the message is lit, wholly loaded around, and stands in the transcript's view.
async fn lit(window: &Desktop, message: &Message) {
    let script = "const row = document.querySelector('.row.lit');
        const log = document.querySelector('[role=log]');
        if (!row || !log) return 'no row is lit';
        const [seen, own] = [log.getBoundingClientRect(), row.getBoundingClientRect()];
        const middle = (own.top + own.bottom) / 2;
        if (middle < seen.top || middle > seen.bottom) return `${middle} is out of ${seen.top} to ${seen.bottom}`;
        const places = [...log.querySelectorAll('.place')].filter((place) => {
            const { top, bottom } = place.getBoundingClientRect();
            return bottom > seen.top && top < seen.bottom;
        });
        if (places.length > 0) return 'its neighbours are not there';
        return row.innerText.replaceAll(/\\s+/g, ' ').includes(arguments[0]) ? '' : row.innerText;";
    let words = beginning(message);
    window
        .until(&format!("{words:?} in view"), async || {
            let said = window.client.execute(script, vec![json!(words)]).await.ok()?;
            (said == Value::String(String::new())).then_some(())
        })
        .await;
}

/// Words that begin a message and stand in no other.
fn beginning(message: &Message) -> String {
    let words: Vec<&str> = message.text.split(' ').take(7).collect();
    words.join(" ")
}
