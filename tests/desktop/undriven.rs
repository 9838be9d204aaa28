//! The application as it is shipped: no driver, its webviews in private mode.

use support::desktop::Undriven;
use support::people::Carrel;
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

const ASKED: &str = "guest-canary-4471";
const ANSWERED: &str = "answer-canary-8823";
const UNSENT: &str = "unsent-canary-9035";

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_leaves_no_byte_in_any_folder_of_the_home() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["It is the ", ANSWERED])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.add_provider(&upstream.base_url()).await;
    admin.confirm_code().await;
    carrel.app.close().await;

    let mut window = Undriven::start(dir.path()).await;
    open_and_ask(&window, ASKED).await;
    let asked = upstream.record(0).await.request.json().to_string();
    assert!(asked.contains(ASKED), "a guest asked, by keyboard: {asked}");
    window.at_rest().await;
    window.type_text(UNSENT).await;
    // Not only once the window that knew it has cleared up: private mode itself writes nothing.
    nothing_of_the_guest(&window.home(), dir.path());
    window.press(&["ctrl+l"]).await;
    window.press(&["Tab", "Return"]).await;
    nothing_of_the_guest(&window.home(), dir.path());

    // The window that came after shows the chooser again, and opens another guest's desk.
    window.take_keyboard();
    open_and_ask(&window, "Is anybody there?").await;
    let asked = upstream.record(1).await.request.json().to_string();
    assert!(asked.contains("anybody") && !asked.contains(ASKED), "a desk of its own: {asked}");
    window.kill();
    nothing_of_the_guest(&window.home(), dir.path());
}

/// Opens the guest desk from the chooser: its bay stands beside Mira's, and its one button
/// has the focus there.
async fn open_and_ask(window: &Undriven, question: &str) {
    window.press(&["Right"]).await;
    window.press(&["Return"]).await;
    window.type_text(question).await;
    window.press(&["Return"]).await;
}

fn nothing_of_the_guest(home: &std::path::Path, data: &std::path::Path) {
    for place in [home, data] {
        for canary in [ASKED, ANSWERED, UNSENT] {
            let found = support::canary::find(place, canary.as_bytes());
            assert!(found.is_empty(), "{canary:?} lies in {found:?}");
        }
    }
}
