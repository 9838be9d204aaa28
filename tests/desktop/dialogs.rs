//! What asks back while one works with chats: rename, delete, shortcuts.

use fantoccini::key::Key;
use support::desktop::Desktop;
use support::upstream::openai::openai_stream;

use crate::seeded::{open_mira, two_desks};

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_renamed_and_deleted_after_being_asked() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.ask("Sensor or datum?").await;
    window.sees("The datum moved.").await;
    window.settled().await;

    window.keys(&[Key::Control], "/").await;
    window.sees("Keyboard shortcuts").await;
    window.clean("dialog-shortcuts").await;
    window.keys(&[Key::Escape], "").await;
    window.decided().await;

    window.menu_of("Actions for Sensor or datum?", "Rename").await;
    window.find("[role=dialog] input:focus").await;
    window.clean("dialog-rename").await;
    window.replace_in("[role=dialog] input", "Tide gauge").await;
    window.keys(&[Key::Enter], "").await;
    window.decided().await;
    window.open_chat("Tide gauge").await;

    window.press_hidden("Delete answer").await;
    window.sees("Delete this answer?").await;
    window.clean("dialog-delete-answer").await;
    window.decide("Delete answer").await;
    window.decided().await;
    window
        .until("the answer to go", async || {
            (!window.text().await.contains("The datum moved.")).then_some(())
        })
        .await;

    window.menu_of("Actions for Tide gauge", "Delete chat").await;
    window.sees("Delete “Tide gauge”?").await;
    window.clean("dialog-delete-chat").await;
    window.decide("Delete chat").await;
    window.decided().await;
    window.sees("A clean desk").await;
    window.quit().await;
}
