//! Without a connection: what the window says, and who still answers.
//!
//! The page is told as the system tells it; that WebKitGTK tells it the truth
//! was tried where no network is (docs/decisions/0014-offline.md).

use support::desktop::Desktop;
use support::people::Carrel;
use support::upstream::Upstream;
use support::upstream::openai::openai_stream;

use crate::seeded::open_mira;

/// The connection comes or goes, as the page hears of it.
async fn connection(window: &Desktop, there: bool) {
    let script = "const [there] = arguments;
        Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => there });
        dispatchEvent(new Event(there ? 'online' : 'offline'));";
    window.client.execute(script, vec![there.into()]).await.expect("the page is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_on_this_computer_answers_without_a_connection() {
    let dir = tempfile::tempdir().expect("a folder");
    let upstream = Upstream::start(openai_stream(&["From this computer."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let admin = carrel.first_run().await;
    admin.offer("Far", "https://models.invalid/v1", true).await;
    admin.offer("Near", &upstream.base_url(), false).await;
    admin.confirm_code().await;
    carrel.app.close().await;

    let window = Desktop::start(dir.path()).await;
    open_mira(&window).await;
    let text = window.text().await;
    assert!(!text.contains("You are offline"), "there is a connection: {text}");
    connection(&window, false).await;
    window.sees("You are offline").await;
    window.sees("Models on this computer still answer.").await;
    window.sees("far-1 answers only over the internet").await;
    window.clean("offline").await;
    window.press("Use near-1").await;
    window.ask("Sensor or datum?").await;
    window.sees("From this computer.").await;
    window.settled().await;
    window.clean("offline-chat").await;
    connection(&window, true).await;
    window
        .until("the banner to go", async || {
            (!window.text().await.contains("You are offline")).then_some(())
        })
        .await;
    window.quit().await;
}
