//! What all desks share, damaged, and put back in the window.

use std::path::Path;

use support::desktop::Desktop;
use support::people::PASSPHRASE;
use support::upstream::openai::openai_stream;

use crate::seeded::{open_jonas, open_mira, two_desks};

fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).expect("it is there");
    // In each page of a database, and within the text of a small file.
    for byte in bytes.iter_mut().skip(100).step_by(500) {
        *byte ^= 0x5a;
    }
    std::fs::write(path, bytes).expect("a test may damage its own files");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_list_and_a_damaged_workspace_cost_nobody_their_desk() {
    let dir = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    damage(&dir.path().join("door.db"));
    damage(&dir.path().join("workspace/1.db"));

    let window = Desktop::start(dir.path()).await;
    window.sees("The list of desks is damaged").await;
    window.sees("Choose a backup").await;
    window.clean("repair-door").await;
    window.press("Restore backup").await;
    window.sees("Choose your desk").await;
    window.sees("The backup is back").await;

    window.choose("Jonas").await;
    window.fill("Passphrase", support::people::OTHER_PASSPHRASE).await;
    window.press("Open desk").await;
    window.sees("Ask an admin to open their desk").await;
    window.clean("repair-workspace-member").await;
    window.press("Back").await;
    window.choose("Mira").await;
    window.fill("Passphrase", PASSPHRASE).await;
    window.press("Open desk").await;
    window.sees("The shared file is damaged").await;
    window.sees("Choose a backup").await;
    window.clean("repair-workspace").await;
    window.press("Restore backup").await;
    window.find("textarea[aria-label='Message']").await;
    window.ask("Sensor or datum?").await;
    window.sees("The datum moved.").await;
    window.settled().await;
    crate::seeded::lock(&window).await;

    window.choose("Jonas").await;
    window.fill("Passphrase", support::people::OTHER_PASSPHRASE).await;
    window.press("Open desk").await;
    window.sees("An admin put back a backup").await;
    window.clean("repair-workspace-older").await;
    window.press("Open it anyway").await;
    window.find("textarea[aria-label='Message']").await;
    crate::seeded::lock(&window).await;
    open_mira(&window).await;
    window.open_chat("Sensor or datum?").await;
    window.sees("The datum moved.").await;
    crate::seeded::lock(&window).await;
    open_jonas(&window).await;
    window.quit().await;
}
