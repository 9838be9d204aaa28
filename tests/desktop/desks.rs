//! Desks side by side, guests, and the recovery code.

use fantoccini::key::Key;
use support::desktop::Desktop;
use support::people::{Carrel, OTHER_PASSPHRASE, PASSPHRASE};
use support::upstream::openai::openai_stream;

use crate::seeded::{open_jonas, open_mira, two_desks};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_have_windows_at_once_and_nothing_crosses() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["Mira's answer."])).await;
    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    let mira = window.windows().await;
    window.ask("mira-canary-1234").await;
    window.sees("Mira's answer.").await;
    window.settled().await;
    window.keys(&[Key::Control], "k").await;
    window.find("input[placeholder='Search chats and messages']:focus").await;
    window.type_text("mira-canary").await;
    window.find("mark").await;
    window.keys(&[Key::Escape], "").await;
    window.menu("Desk menu", "Open another desk").await;
    window.switch_to_new(&mira).await;
    open_jonas(&window).await;
    let seen = window.client.source().await.expect("the page can be read");
    assert!(!seen.contains("mira-canary"), "Jonas's window holds nothing of Mira's");
    window.keys(&[Key::Control], "k").await;
    window.find("input[placeholder='Search chats and messages']:focus").await;
    window.type_text("mira-canary").await;
    window.sees("Nothing on this desk matches").await;
    window.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_asks_and_leaves_no_byte_behind() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["For the guest."])).await;
    let window = Desktop::start(dir.path()).await;
    window.sees("Choose your desk").await;
    window.choose("Guest desk").await;
    window.press("Open guest desk").await;
    window.find("textarea[aria-label='Message']").await;
    let desk = window.windows().await;
    window.ask("guest-canary-9876").await;
    window.sees("For the guest.").await;
    window.settled().await;
    window.keys(&[Key::Control], "l").await;
    window.sees("Leave and erase?").await;
    window.clean("dialog-leave").await;
    window.decide("Leave and erase").await;
    window.switch_to_new(&desk).await;
    window.sees("Choose your desk").await;
    window.quit().await;
    for place in support::desktop::webview_folders(dir.path()) {
        let found = support::canary::find(&place, b"guest-canary-9876");
        assert!(found.is_empty(), "a guest's words lie in {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_passphrase_is_replaced_with_the_recovery_code() {
    let dir = tempfile::tempdir().expect("a folder");
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    let code = admin.confirm_code().await;
    carrel.app.close().await;

    let window = Desktop::start(dir.path()).await;
    window.sees("Choose your desk").await;
    window.choose("Mira").await;
    window.fill("Passphrase", OTHER_PASSPHRASE).await;
    window.press("Open desk").await;
    window.sees("This does not open the desk.").await;
    window.press("Use a recovery code").await;
    window.fill("Recovery code", &code.groups.join(" ")).await;
    window.fill("New passphrase", OTHER_PASSPHRASE).await;
    window.press("Open desk").await;
    window.sees("Keep this code somewhere else").await;
    drop(window);

    let carrel = Carrel::start(dir.path()).await;
    let profile = carrel.profile("Mira").await;
    let old =
        engine::api::Unlock { profile, passphrase: PASSPHRASE.to_owned(), accept_older: false };
    let failure = carrel.window("w").fails("unlock", &old).await;
    assert_eq!(
        failure.code,
        engine::api::FailureCode::WrongSecret,
        "the forgotten passphrase opens nothing any more"
    );
}
