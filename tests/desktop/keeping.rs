//! What keeps a desk: its lock, its repair, its end; and the desk that keeps nothing.

use std::path::Path;

use engine::api::{BackupView, Nothing};
use fantoccini::key::Key;
use support::desktop::Desktop;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::seeded::{lock, open, open_jonas, open_mira, two_desks};

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_history_is_repaired_with_the_last_good_backup() {
    let dir = tempfile::tempdir().expect("a folder");
    backed_up_and_damaged(dir.path()).await;
    let window = Desktop::start(dir.path()).await;
    window.sees("Choose your desk").await;
    window.choose("Mira").await;
    window.fill("Passphrase", PASSPHRASE).await;
    window.press("Open desk").await;
    window.sees("a file is damaged").await;
    window.sees("Choose a backup").await;
    window.clean("repair").await;
    window.press("Restore backup").await;
    window.find("textarea[aria-label='Message']").await;
    window.sees("The backup is back").await;
    window.open_chat("Sensor or datum?").await;
    window.sees("The datum moved.").await;
    window.quit().await;
}

/// One answered question in a backup, and a history that was damaged after it.
async fn backed_up_and_damaged(dir: &Path) {
    let upstream = Upstream::start(openai_stream(&["The datum moved."])).await;
    let carrel = Carrel::start(dir).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    admin.confirm_code().await;
    admin.ask_new("Sensor or datum?").await;
    let _: BackupView = admin.ok("back_up", &Nothing {}).await;
    carrel.app.close().await;
    let profile = carrel.profile("Mira").await;
    let history = dir.join(format!("profiles/{profile}/history/1.db"));
    let mut bytes = std::fs::read(&history).expect("the history is there");
    for byte in bytes.iter_mut().skip(4_096).take(8_192) {
        *byte ^= 0x5a;
    }
    std::fs::write(&history, bytes).expect("a test may damage its own files");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_desk_shows_nothing_and_comes_back_as_it_was_left() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    window.ask("Sensor or datum?").await;
    window.sees("The datum moved.").await;
    window.settled().await;
    window.type_text("half a thought").await;
    lock(&window).await;
    window.clean("locked").await;
    let source = window.client.source().await.expect("the page can be read");
    for kept in ["Sensor", "datum", "half a thought"] {
        assert!(!source.contains(kept), "{kept:?} is not in the locked window");
    }
    window.choose("Mira").await;
    window.press("Use a recovery code").await;
    window.press("Open desk").await;
    window.sees("Enter the recovery code.").await;
    window.clean("recover").await;
    window.press("Back").await;

    open_mira(&window).await;
    window.open_chat("Sensor or datum?").await;
    window.sees("The datum moved.").await;
    window
        .until("the unsent words", async || {
            let field = window.client.find(fantoccini::Locator::Css("textarea")).await.ok()?;
            let words = field.prop("value").await.ok()??;
            (words == "half a thought").then_some(())
        })
        .await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_desk_says_that_nothing_is_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["For the guest."])).await;
    let window = Desktop::start(dir.path()).await;
    window.sees("Choose your desk").await;
    window.choose("Guest desk").await;
    window.clean("chooser-guest").await;
    window.press("Open guest desk").await;
    window.sees("Nothing is kept").await;
    window.clean("guest-desk").await;
    window.keys(&[Key::Control], ",").await;
    window.sees("How this desk looks").await;
    let text = window.text().await;
    for closed in ["Members", "Privacy and lock"] {
        assert!(!text.contains(closed), "a guest has no {closed:?}");
    }
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_desk_is_gone_from_the_chooser() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["Well."])).await;
    let window = Desktop::start(dir.path()).await;
    open_jonas(&window).await;
    let desk = window.windows().await;
    window.keys(&[Key::Control], ",").await;
    window.press("Privacy and lock").await;
    window.press("Erase this desk…").await;
    window.fill("Type Jonas to go on", "Jonas").await;
    window.fill("Passphrase", "not the one").await;
    window.decide("Erase the desk").await;
    window.sees("This does not open the desk.").await;
    window.clean("dialog-erase").await;
    window.fill("Passphrase", OTHER_PASSPHRASE).await;
    // The window ends with its desk.
    window.decide("Erase the desk").await;
    window.switch_to_new(&desk).await;
    window.sees("Choose your desk").await;
    assert!(!window.text().await.contains("Jonas"), "no card, no name");
    open(&window, "Mira", PASSPHRASE).await;
    window.quit().await;
}
