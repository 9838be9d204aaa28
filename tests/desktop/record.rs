//! The record, by an auditor: a checkpoint is kept elsewhere and compared later.

use domain::Role;
use engine::api::{AssignRole, Nothing};
use fantoccini::key::Key;
use support::desktop::Desktop;
use support::people::{Carrel, PASSPHRASE};
use support::upstream::openai::openai_stream;

use crate::seeded::{open_jonas, two_desks};

/// Puts the note into the dialog as a paste would: typing loses what no keyboard has.
async fn compare(window: &Desktop, note: &str) {
    let paste = "const field = document.querySelector('[role=dialog] textarea');
        field.focus();
        field.select();
        return document.execCommand('insertText', false, arguments[0]);";
    let pasted = window.client.execute(paste, vec![note.into()]).await.expect("a script");
    assert_eq!(pasted, true, "the field takes it");
    window.decide("Compare").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_keeps_a_checkpoint_and_sees_later_that_nothing_was_changed() {
    let dir = tempfile::tempdir().expect("a folder");
    let downloads = tempfile::tempdir().expect("a folder");
    let _upstream = two_desks(dir.path(), openai_stream(&["The datum moved."])).await;
    let carrel = Carrel::start(dir.path()).await;
    let mira = carrel.unlock("Mira", PASSPHRASE, "mira").await;
    let member = carrel.profile("Jonas").await;
    let _: Nothing = mira.ok("assign_role", &AssignRole { member, role: Role::Auditor }).await;
    carrel.app.close().await;
    drop((mira, carrel));
    let window = Desktop::start_saving_to(dir.path(), downloads.path()).await;

    open_jonas(&window).await;
    window.keys(&[Key::Control], ",").await;
    window.press("Record").await;
    window.sees("Unbroken").await;
    let told = window.text().await;
    assert!(!told.contains("Refused"), "opening a desk asks for nothing it may not: {told}");
    window.press("Save a checkpoint").await;
    window.sees("Checkpoint saved").await;
    let saved = std::fs::read_dir(downloads.path()).expect("a folder").flatten();
    let notes = saved.filter(|entry| entry.file_name().to_string_lossy().ends_with(".txt"));
    let note = notes.last().expect("it is where downloads are").path();
    let note = std::fs::read_to_string(note).expect("its own");
    window.press("Compare…").await;
    compare(&window, &note).await;
    window.sees("Unchanged since then").await;
    window.sees("that Jonas signed").await;
    window.clean("dialog-checkpoint").await;
    let size = note.lines().nth(1).expect("how many");
    compare(&window, &note.replacen(&format!("\n{size}\n"), "\n3\n", 1)).await;
    window.sees("Signed by nobody here").await;
    window.quit().await;
}
